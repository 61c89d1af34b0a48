export { openRecordings, type KeptRecordings, type RecordingFile, type RecordingsOptions } from './recordings.ts'
export type { Retention } from './keep-room.ts'
