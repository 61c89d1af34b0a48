import type { Collection, Document, Documents } from '../callflow/index.ts'

/** A document as it is kept. Documents of accounts have themselves as their account. */
export interface KeptDocument {
  readonly accountId: string
  readonly collection: Collection
  readonly id: string
  /** Without our own bookkeeping; unknown fields are kept as they came. */
  readonly document: Document
  /** `{count}-{32 hexadecimal digits}`: another one after each change. */
  readonly revision: string
  /** Unix milliseconds. */
  readonly createdAt: number
  readonly modifiedAt: number
}

export interface DocumentChange {
  readonly accountId: string
  readonly collection: Collection
  /** Undefined: any document of the collection may have changed. */
  readonly id: string | undefined
  readonly how: 'created' | 'edited' | 'deleted'
}

export interface DocumentPage {
  /** The id of the first document. */
  readonly startKey?: string
  readonly size: number
}

/** Where documents are kept. Nothing here is on the way of a call: a cache is between. */
export interface DocumentStore {
  find(accountId: string, collection: Collection, id: string): Promise<KeptDocument | undefined>
  /** All, or a page, in the order of ids. */
  list(accountId: string, collection: Collection, page?: DocumentPage): Promise<readonly KeptDocument[]>
  count(accountId: string, collection: Collection): Promise<number>
  /** All accounts, in the order of ids. */
  accounts(): Promise<readonly KeptDocument[]>
  /** @throws DOCUMENT_EXISTS */
  create(accountId: string, collection: Collection, document: Document): Promise<KeptDocument>
  /** @throws DOCUMENT_NOT_FOUND · DOCUMENT_CONFLICT when `revision` is given and is not the one that is kept */
  replace(accountId: string, collection: Collection, document: Document, revision?: string): Promise<KeptDocument>
  /** Creates or replaces. */
  put(accountId: string, collection: Collection, document: Document): Promise<KeptDocument>
  /** @throws DOCUMENT_NOT_FOUND · DOCUMENT_CONFLICT */
  remove(accountId: string, collection: Collection, id: string, revision?: string): Promise<KeptDocument>
  /** Removes an account with everything it has: documents, records, tokens, jobs. @throws DOCUMENT_NOT_FOUND */
  removeAccount(accountId: string): Promise<void>
  /** Calls `listener` after each change, also of other nodes. @returns how to stop */
  onChange(listener: (change: DocumentChange) => void): () => void
}

/** Documents as calls read them, and word of what changed. */
export interface WatchedDocuments extends Documents {
  /** All accounts, in the order of ids. */
  accounts(): Promise<readonly Document[]>
  /** Calls `listener` after each change from now on. @returns how to stop */
  onChange(listener: (change: DocumentChange) => void): () => void
}
