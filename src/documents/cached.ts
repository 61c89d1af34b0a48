import { asFailure, Failure, within, type Clock, type Log } from '../base/index.ts'
import type { Collection, Document } from '../callflow/index.ts'
import { Shelf, whole } from './shelf.ts'
import type { DocumentChange, DocumentStore, KeptDocument, WatchedDocuments } from './store.ts'

export interface CachedDocumentsOptions {
  readonly store: DocumentStore
  readonly clock: Clock
  readonly log: Log
  /** Documents remembered, of all accounts together; default 100,000. */
  readonly most?: number
  /** Milliseconds that a call waits for a document it knows an older form of; default 500. */
  readonly patienceMs?: number
  /** Milliseconds that a call waits for a document it knows nothing of; default 5,000. */
  readonly longestMs?: number
}

/** More documents of a list than these are read together instead of one by one. */
const mostSingly = 16
const mostShelves = 5_000
const againMs = 1_000
/** Whose accounts: the shelf of all accounts belongs to none. */
const everybody = ''

/**
 * The documents that calls read. Each is had from the store once and again after it changed. When the store is away,
 * what was known before is taken (an old callflow is better than silence), and read again as soon as the store is back.
 */
export class CachedDocuments implements WatchedDocuments {
  readonly #options: Required<CachedDocumentsOptions>
  /** The least recently used first. */
  readonly #shelves = new Map<string, Shelf>()
  readonly #listeners = new Set<(change: DocumentChange) => void>()
  readonly #closing = new AbortController()
  readonly #unwatch: () => void
  /** Shelves of which somebody was given what is outdated. */
  readonly #owing = new Set<Shelf>()
  #isAway = false

  constructor(options: CachedDocumentsOptions) {
    this.#options = { most: 100_000, patienceMs: 500, longestMs: 5_000, ...options }
    this.#unwatch = options.store.onChange((change) => this.#onChange(change))
  }

  /** @throws DATABASE_UNAVAILABLE when the store is away and nothing is known of the document */
  async get(accountId: string, collection: Collection, id: string): Promise<Document | undefined> {
    const shelf = this.#shelf(accountId, collection)
    if (!shelf.isFresh(id)) await this.#refresh(shelf, id, shelf.knows(id))
    return shelf.get(id)
  }

  /** In the order of ids. @throws DATABASE_UNAVAILABLE when the store is away and nothing is known of the collection */
  async list(accountId: string, collection: Collection): Promise<readonly Document[]> {
    const shelf = this.#shelf(accountId, collection)
    const { missing } = shelf
    if (missing === undefined || missing.size > mostSingly) {
      await this.#refresh(shelf, whole, shelf.listed !== undefined)
    } else {
      await Promise.all([...missing].map((id) => this.#refresh(shelf, id, true)))
    }
    return shelf.listed ?? []
  }

  accounts(): Promise<readonly Document[]> {
    return this.list(everybody, 'accounts')
  }

  async save(accountId: string, collection: Collection, document: Document): Promise<void> {
    await this.#options.store.put(accountId, collection, document)
  }

  onChange(listener: (change: DocumentChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#unwatch()
    this.#closing.abort(new Failure('DATABASE_UNAVAILABLE', { problem: 'the server stops' }))
  }

  #shelf(accountId: string, collection: Collection): Shelf {
    const key = keyOf(accountId, collection)
    const shelf = this.#shelves.get(key) ?? new Shelf(accountId, collection)
    this.#shelves.delete(key)
    this.#shelves.set(key, shelf)
    return shelf
  }

  /**
   * Reads a document, or all, from the store; whoever asks while it is being read waits for the same. Resolves without
   * it when it takes too long and something `isKnown` already.
   */
  async #refresh(shelf: Shelf, id: string, isKnown: boolean): Promise<void> {
    const { clock, patienceMs } = this.#options
    const read = this.#read(shelf, id)
    if (!isKnown) return read
    try {
      if (this.#isAway) throw away('it was away a moment ago')
      const late = (): Failure => away(`no answer within ${patienceMs} ms`)
      await within({ clock, ms: patienceMs, signal: this.#closing.signal }, late, () => read)
    } catch (error) {
      read.catch(() => undefined)
      this.#onAway(error)
      this.#owe(shelf)
    }
  }

  #read(shelf: Shelf, id: string): Promise<void> {
    const already = shelf.underway.get(id)
    if (already !== undefined) return already
    const { clock, longestMs } = this.#options
    const late = (): Failure => away(`no answer within ${longestMs} ms`)
    const isStillAsked = (): boolean => shelf.underway.get(id) === reading
    const reading = within({ clock, ms: longestMs, signal: this.#closing.signal }, late, () =>
      this.#fetch(shelf, id, isStillAsked),
    )
      .then(
        () => this.#onBack(),
        (error: unknown) => {
          this.#onAway(error)
          throw error
        },
      )
      .finally(() => isStillAsked() && shelf.underway.delete(id))
    shelf.underway.set(id, reading)
    return reading
  }

  /** What was changed meanwhile (`isStillAsked` is false) is put where it belongs, but counts as outdated. */
  async #fetch(shelf: Shelf, id: string, isStillAsked: () => boolean): Promise<void> {
    const { accountId, collection } = shelf
    if (id === whole) {
      const all = await this.#fetchAll(accountId, collection)
      shelf.putAll(all)
      if (!isStillAsked()) shelf.outdate(undefined)
    } else {
      const owner = accountId === everybody ? id : accountId
      const kept = await this.#options.store.find(owner, collection, id)
      shelf.put(id, kept)
      if (!isStillAsked()) shelf.outdate(id)
    }
    this.#makeRoom()
  }

  #fetchAll(accountId: string, collection: Collection): Promise<readonly KeptDocument[]> {
    const { store } = this.#options
    return accountId === everybody ? store.accounts() : store.list(accountId, collection)
  }

  #makeRoom(): void {
    let size = 0
    for (const shelf of this.#shelves.values()) size += shelf.size
    for (const [key, shelf] of this.#shelves) {
      if (size <= this.#options.most && this.#shelves.size <= mostShelves) return
      this.#shelves.delete(key)
      size -= shelf.size
    }
  }

  #onChange(change: DocumentChange): void {
    const { accountId, collection, id, how } = change
    this.#shelves.get(keyOf(accountId, collection))?.outdate(id)
    if (collection === 'accounts') {
      this.#shelves.get(keyOf(everybody, collection))?.outdate(id)
      if (how === 'deleted') this.#outdateAccount(accountId)
    }
    this.#tell(change)
  }

  #outdateAccount(accountId: string): void {
    for (const shelf of this.#shelves.values()) if (shelf.accountId === accountId) shelf.outdate(undefined)
  }

  #tell(change: DocumentChange): void {
    for (const listener of this.#listeners) listener(change)
  }

  #onAway(error: unknown): void {
    if (this.#isAway || this.#closing.signal.aborted) return
    this.#isAway = true
    this.#options.log.error('documents.store-away', { error: asFailure(error) })
  }

  #onBack(): void {
    if (!this.#isAway) return
    this.#isAway = false
    this.#options.log.info('documents.store-back')
  }

  /** Whoever was given outdated documents is told of a change when there are newer ones. */
  #owe(shelf: Shelf): void {
    this.#owing.add(shelf)
    if (this.#owing.size === 1) this.#settle().catch(() => undefined)
  }

  async #settle(): Promise<void> {
    const { clock } = this.#options
    while (this.#owing.size > 0) {
      await clock.sleep(againMs, this.#closing.signal)
      for (const shelf of this.#owing) {
        const isRead = await this.#read(shelf, whole).then(
          () => true,
          () => false,
        )
        if (!isRead) break
        this.#owing.delete(shelf)
        const { accountId, collection } = shelf
        this.#tell({ accountId, collection, id: undefined, how: 'edited' })
      }
    }
  }
}

const away = (problem: string): Failure => new Failure('DATABASE_UNAVAILABLE', { problem })

const keyOf = (accountId: string, collection: Collection): string => `${collection}/${accountId}`
