export { pivotData, type PivotData } from './data.ts'
export { mostDocuments, openPivot, type Pivot, type PivotPorts } from './session.ts'
export { cdrDelivery, disposition } from './cdr.ts'
export { gregorianSeconds, withoutSecrets, withoutUser, type DebugRecord } from './debug.ts'
export { pivotSignature } from './signature.ts'
export { Cookies } from './cookies.ts'
export { signatures } from './question.ts'
export { encodeForm, withQuery, type Fields } from './form.ts'
export {
  debugObserver,
  fileDebugLog,
  keepable,
  type DebugLog,
  type DebugObserverOptions,
  type FileDebugLogOptions,
  type Keeping,
} from './debug-log.ts'
