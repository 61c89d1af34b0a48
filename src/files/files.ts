import type { Readable } from 'node:stream'

export interface StoredFile {
  readonly lengthBytes: number
  readonly contentType: string
  /** A file of this machine that has the content, when the store keeps it so. */
  readonly path?: string
  /** The content, or the bytes from `first` to `last` inclusive. @throws FILE_UNAVAILABLE */
  open(range?: { readonly first: number; readonly last: number }): Promise<Readable>
}

/**
 * Where the content of media and recordings is kept. Keys are ours: `media/{account}/{document}/{name}`,
 * `recordings/{account}/{id}.wav`; at most 512 characters of `[A-Za-z0-9._/-]`, no part of dots only.
 */
export interface FileStore {
  /**
   * Keeps the content under `key`, replacing what was there: whole or not at all. A file that is given by its path may
   * be moved away; whoever gave it removes it when it is still there.
   *
   * @throws FILE_UNAVAILABLE
   */
  put(key: string, content: Uint8Array | { readonly path: string }, contentType: string): Promise<void>
  find(key: string): Promise<StoredFile | undefined>
  /** @returns whether there was one */
  remove(key: string): Promise<boolean>
  /** Removes everything whose key begins with `prefix`. @returns how many */
  removeAll(prefix: string): Promise<number>
}
