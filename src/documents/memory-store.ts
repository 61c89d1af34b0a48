import { Failure, randomHex, systemClock, type Clock } from '../base/index.ts'
import { collections, type Collection, type Document } from '../callflow/index.ts'
import type { DocumentChange, DocumentPage, DocumentStore, KeptDocument } from './store.ts'

/** Documents that are kept as long as the process runs. Whatever changes one is done when its call returns. */
export class MemoryDocumentStore implements DocumentStore {
  readonly #clock: Clock
  readonly #kept = new Map<string, Map<string, KeptDocument>>()
  readonly #listeners = new Set<(change: DocumentChange) => void>()

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  async find(accountId: string, collection: Collection, id: string): Promise<KeptDocument | undefined> {
    return this.#collection(accountId, collection).get(id)
  }

  async list(accountId: string, collection: Collection, page?: DocumentPage): Promise<readonly KeptDocument[]> {
    const all = [...this.#collection(accountId, collection).values()].sort(byId)
    if (page === undefined) return all
    const { startKey = '', size } = page
    return all.filter(({ id }) => id >= startKey).slice(0, size)
  }

  async count(accountId: string, collection: Collection): Promise<number> {
    return this.#collection(accountId, collection).size
  }

  async accounts(): Promise<readonly KeptDocument[]> {
    return this.all()
      .filter(({ collection }) => collection === 'accounts')
      .sort(byId)
  }

  async create(accountId: string, collection: Collection, document: Document): Promise<KeptDocument> {
    const { id } = document
    if (this.#collection(accountId, collection).has(id)) throw new Failure('DOCUMENT_EXISTS', { collection, id })
    return this.set(accountId, collection, document)
  }

  async replace(
    accountId: string,
    collection: Collection,
    document: Document,
    revision?: string,
  ): Promise<KeptDocument> {
    this.#wanted(accountId, collection, document.id, revision)
    return this.set(accountId, collection, document)
  }

  async put(accountId: string, collection: Collection, document: Document): Promise<KeptDocument> {
    return this.set(accountId, collection, document)
  }

  async remove(accountId: string, collection: Collection, id: string, revision?: string): Promise<KeptDocument> {
    const kept = this.#wanted(accountId, collection, id, revision)
    this.#collection(accountId, collection).delete(id)
    this.#tell({ accountId, collection, id, how: 'deleted' })
    return kept
  }

  async removeAccount(accountId: string): Promise<void> {
    this.#wanted(accountId, 'accounts', accountId, undefined)
    for (const collection of collections) {
      if (this.#kept.delete(`${collection}/${accountId}`)) {
        this.#tell({ accountId, collection, id: undefined, how: 'deleted' })
      }
    }
  }

  onChange(listener: (change: DocumentChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Everything of all accounts. */
  all(): readonly KeptDocument[] {
    return [...this.#kept.values()].flatMap((documents) => [...documents.values()])
  }

  /** {@link put}, at once. */
  set(accountId: string, collection: Collection, document: Document): KeptDocument {
    const { id } = document
    const before = this.#collection(accountId, collection).get(id)
    const modifiedAt = this.#clock.now()
    const kept: KeptDocument = {
      accountId,
      collection,
      id,
      document,
      revision: `${Number.parseInt(before?.revision ?? '0', 10) + 1}-${randomHex(16)}`,
      createdAt: before?.createdAt ?? modifiedAt,
      modifiedAt,
    }
    this.#collection(accountId, collection).set(id, kept)
    this.#tell({ accountId, collection, id, how: before === undefined ? 'created' : 'edited' })
    return kept
  }

  /** @throws DOCUMENT_NOT_FOUND · DOCUMENT_CONFLICT */
  #wanted(accountId: string, collection: Collection, id: string, revision: string | undefined): KeptDocument {
    const kept = this.#collection(accountId, collection).get(id)
    if (kept === undefined) throw new Failure('DOCUMENT_NOT_FOUND', { collection, id })
    if (revision !== undefined && revision !== kept.revision) {
      throw new Failure('DOCUMENT_CONFLICT', { collection, id, revision: kept.revision })
    }
    return kept
  }

  #tell(change: DocumentChange): void {
    for (const listener of this.#listeners) listener(change)
  }

  #collection(accountId: string, collection: Collection): Map<string, KeptDocument> {
    const key = `${collection}/${accountId}`
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const created = new Map<string, KeptDocument>()
    this.#kept.set(key, created)
    return created
  }
}

const byId = (one: KeptDocument, other: KeptDocument): number => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
