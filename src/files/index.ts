export type { FileStore, StoredFile } from './files.ts'
export { localFiles } from './local.ts'
export { openFiles } from './open.ts'
export { s3Files, type S3Options } from './s3.ts'
