export type {
  Attempt,
  DebuggedCall,
  DebugEntry,
  KeptEvent,
  KeptRecording,
  Nodes,
  Page,
  Paged,
  RecordReader,
  RecordWriter,
  Unit,
} from './records.ts'
