export { childrenOf, textOf, type Position, type TwimlDocument, type TwimlElement } from './document.ts'
export { parseTwiml } from './parse.ts'
export { runDocument } from './interpreter.ts'
export { lintTwiml, type Finding } from './lint.ts'
export { verbs } from './verbs/index.ts'
export type { Verb } from './verb.ts'
export {
  newSessionState,
  type DocumentEnd,
  type Method,
  type Parameters,
  type SessionState,
  type VerbContext,
} from './session.ts'
