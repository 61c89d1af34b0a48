export { pivotData, type PivotData } from './data.ts'
export { mostDocuments, openPivot, type Pivot, type PivotPorts } from './session.ts'
export { cdrDelivery, disposition } from './cdr.ts'
export { gregorianSeconds, type DebugRecord } from './debug.ts'
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
