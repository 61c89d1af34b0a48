export { wildcard, type Flow } from './flow.ts'
export {
  become,
  branch,
  child,
  defineAction,
  hangUp,
  stop,
  type Action,
  type ActionContext,
  type Children,
  type Next,
} from './action.ts'
export { newRegistry, type Registered, type Registry } from './registry.ts'
export { checkFlow, readFlow, type Problem, type ReadOptions } from './read-flow.ts'
export { notedCallflows, notedDocuments } from './noted.ts'
export { runFlow } from './engine.ts'
export {
  collections,
  type Callflows,
  type Collection,
  type Document,
  type Documents,
  type FoundFlow,
} from './documents.ts'
