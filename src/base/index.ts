export { systemClock, within, type Clock, type Limit } from './clock.ts'
export { Outcome, unwanted } from './outcome.ts'
export { VirtualClock } from './virtual-clock.ts'
export { aborted, follow, never, unlessAborted } from './signals.ts'
export { Batch } from './batch.ts'
export { fieldsOf, flagOf, integerOf, listOf, textOf, textsOf } from './fields.ts'
export { safeRegex, type SafeRegex } from './regex.ts'
export { addressFor, plainAddress } from './mapped-address.ts'
export { jsonProblem, type JsonProblem } from './json.ts'
export { newId, newUuid, randomBetween, randomHex, randomKey, randomUint16, randomUint32 } from './ids.ts'
export { jsonLog, silentLog, type Log, type LogFields, type LogLevel, type LogOptions } from './log.ts'
export {
  asFailure,
  Failure,
  failures,
  isFailure,
  type Fault,
  type FailureCode,
  type FailureDetails,
} from './failure.ts'
