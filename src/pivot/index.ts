export { pivotData, settingsOf, type PivotData, type PivotSettings } from './data.ts'
export { mostDocuments, openPivot, type Pivot, type PivotPorts } from './session.ts'
export type { DebugRecord } from './debug.ts'
export { encodeForm, withQuery, type Fields } from './form.ts'
export { twilioSignature, pivotSignature } from './signature.ts'
export {
  debugObserver,
  fileDebugLog,
  memoryDebugLog,
  type DebugLog,
  type DebugObserverOptions,
  type FileDebugLogOptions,
  type MemoryDebugLog,
} from './debug-log.ts'
