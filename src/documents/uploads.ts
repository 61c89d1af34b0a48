import { asFailure, type Log } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import { mediaKey, type FileStore, type StoredFile } from '../files/index.ts'

/** Where the sound of a media document that was uploaded is. */
export type UploadPlace =
  | { readonly kind: 'file'; readonly path: string; readonly contentType: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly contentType: string }

/** Finds uploaded sound. Undefined when there is none, or when it cannot be had. */
export type FindUpload = (accountId: string, document: Document) => Promise<UploadPlace | undefined>

interface Fetched {
  readonly document: Document
  readonly lengthBytes: number
  readonly place: Promise<UploadPlace>
}

const mostBytes = 33_554_432
const mostRemembered = 128 * 1024 * 1024

/**
 * Uploaded sound in `files`. What is not on this machine is fetched and remembered for as long as its document is the
 * same: whoever uploads another sound changes the document, and the next call hears it.
 */
export function uploadsIn(files: FileStore, log: Log): FindUpload {
  /** The one that was not asked for the longest first. */
  const fetched = new Map<string, Fetched>()

  const place = async (key: string, document: Document): Promise<UploadPlace | undefined> => {
    const known = fetched.get(key)
    if (known?.document === document) {
      fetched.delete(key)
      fetched.set(key, known)
      return known.place
    }
    const file = await files.find(key)
    if (file === undefined) return undefined
    const { path, contentType, lengthBytes } = file
    if (path !== undefined) return { kind: 'file', path, contentType }
    if (lengthBytes > mostBytes) {
      log.warn('documents.upload-too-large', { key, lengthBytes, mostBytes })
      return undefined
    }
    const again = fetched.get(key)
    if (again?.document === document) return again.place
    const one: Fetched = { document, lengthBytes, place: fetchBytes(file) }
    fetched.set(key, one)
    makeRoom(fetched)
    return one.place.catch((error: unknown) => {
      if (fetched.get(key) === one) fetched.delete(key)
      throw error
    })
  }

  return async (accountId, document) => {
    const key = mediaKey(accountId, document.id)
    try {
      return await place(key, document)
    } catch (error) {
      log.warn('documents.upload-unavailable', { key, error: asFailure(error) })
      return undefined
    }
  }
}

async function fetchBytes(file: StoredFile): Promise<UploadPlace> {
  const bytes = Buffer.concat((await (await file.open()).toArray()) as Buffer[])
  return { kind: 'bytes', bytes, contentType: file.contentType }
}

function makeRoom(fetched: Map<string, Fetched>): void {
  let bytes = [...fetched.values()].reduce((sum, one) => sum + one.lengthBytes, 0)
  for (const [key, one] of fetched) {
    if (bytes <= mostRemembered) return
    fetched.delete(key)
    bytes -= one.lengthBytes
  }
}
