export { CallflowIndex, type CallflowsOptions } from './callflows.ts'
export { accountOf, demoAccount, DocumentDirectory } from './directory.ts'
export { MemoryDocuments, type DocumentChange } from './memory.ts'
