export type { FileStore, StoredFile } from './files.ts'
