export { describe } from './difference.ts'
export { lineOf, storyteller, type Carried, type Fact } from './facts.ts'
export { perform, type Difference, type OpenHouse, type Performance, type World } from './perform.ts'
export { readTranscript } from './read.ts'
export type {
  Clause,
  Expected,
  FactKind,
  ScriptedAnswer,
  Setup,
  Step,
  Transcript,
  TranscriptLine,
} from './transcript.ts'
export { ScriptedWebServer } from './web-server.ts'
