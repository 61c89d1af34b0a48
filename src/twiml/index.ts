export type { TwimlDocument, TwimlElement } from './document.ts'
export { parseTwiml } from './parse.ts'
export { runDocument } from './interpreter.ts'
export { lintTwiml } from './lint.ts'
export { verbs } from './verbs/index.ts'
export {
  newSessionState,
  type Dialling,
  type DocumentEnd,
  type Method,
  type Occasion,
  type Parameters,
  type Party,
  type Place,
  type Reach,
  type ReachOptions,
  type SessionState,
} from './session.ts'
