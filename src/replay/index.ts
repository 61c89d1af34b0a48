export { mostLogCharacters, readLog, type ReadLogOptions, type RecordedCall } from './log.ts'
export { replay, type Replayed, type ReplayOptions } from './replay.ts'
export type { Stuck } from './stuck.ts'
export { toTranscript } from './to-call.ts'
