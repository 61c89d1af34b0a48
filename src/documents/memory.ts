import type { Collection, Document, Documents } from '../callflow/index.ts'
import type { DocumentChange } from './store.ts'

/** Documents in memory. */
export class MemoryDocuments implements Documents {
  readonly #byCollection = new Map<string, Map<string, Document>>()
  readonly #listeners: ((change: DocumentChange) => void)[] = []

  async get(accountId: string, collection: Collection, id: string): Promise<Document | undefined> {
    return this.#collection(accountId, collection).get(id)
  }

  async list(accountId: string, collection: Collection): Promise<readonly Document[]> {
    return [...this.#collection(accountId, collection).values()]
  }

  async save(accountId: string, collection: Collection, document: Document): Promise<void> {
    this.put(accountId, collection, document)
  }

  /** Saves at once. */
  put(accountId: string, collection: Collection, document: Document): void {
    this.#collection(accountId, collection).set(document.id, document)
    for (const listener of this.#listeners) listener({ accountId, collection, id: document.id, how: 'edited' })
  }

  /** Calls `listener` after each change from now on. */
  onChange(listener: (change: DocumentChange) => void): void {
    this.#listeners.push(listener)
  }

  #collection(accountId: string, collection: Collection): Map<string, Document> {
    const key = `${collection}/${accountId}`
    const known = this.#byCollection.get(key)
    if (known !== undefined) return known
    const created = new Map<string, Document>()
    this.#byCollection.set(key, created)
    return created
  }
}
