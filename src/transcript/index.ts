export { carriedBy } from './carried.ts'
export { isExpected } from './compare.ts'
export { describe } from './difference.ts'
export { lineOf, storyteller, type Carried, type Fact } from './facts.ts'
export { perform, type Difference, type Performance } from './perform.ts'
export { readTranscript } from './read.ts'
export { keepNothing } from './recordings.ts'
export { Scene, type OpenHouse, type World } from './scene.ts'
export {
  isFirstGrade,
  type Again,
  type Clause,
  type Expected,
  type FactKind,
  type ScriptedAnswer,
  type ScriptedCallee,
  type Setup,
  type Step,
  type Transcript,
  type TranscriptLine,
} from './transcript.ts'
