export { migrateStore, openStore, type Store, type StoreOptions } from './store.ts'
export type { SchemaState } from './migrate.ts'
export type { Removed, Retention } from './retention.ts'
export type { WriterCounters, WriterLimits } from './writer.ts'
