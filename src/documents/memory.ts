import type { Collection, Document } from '../callflow/index.ts'
import { MemoryDocumentStore } from './memory-store.ts'
import type { DocumentEntry } from './import.ts'
import type { DocumentChange, WatchedDocuments } from './store.ts'

/** Documents in memory, for what lasts no longer than a call. */
export class MemoryDocuments implements WatchedDocuments {
  readonly #store = new MemoryDocumentStore()

  /** Everything of all accounts. */
  get entries(): readonly DocumentEntry[] {
    return this.#store.all()
  }

  async get(accountId: string, collection: Collection, id: string): Promise<Document | undefined> {
    return (await this.#store.find(accountId, collection, id))?.document
  }

  async list(accountId: string, collection: Collection): Promise<readonly Document[]> {
    return (await this.#store.list(accountId, collection)).map(({ document }) => document)
  }

  async accounts(): Promise<readonly Document[]> {
    return (await this.#store.accounts()).map(({ document }) => document)
  }

  async save(accountId: string, collection: Collection, document: Document): Promise<void> {
    this.put(accountId, collection, document)
  }

  /** Saves at once. */
  put(accountId: string, collection: Collection, document: Document): void {
    this.#store.set(accountId, collection, document)
  }

  onChange(listener: (change: DocumentChange) => void): () => void {
    return this.#store.onChange(listener)
  }
}
