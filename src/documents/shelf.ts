import type { Collection, Document } from '../callflow/index.ts'
import type { KeptDocument } from './store.ts'

/** What is known of a document: that it is there, in which revision, or that it is not. */
interface Known {
  readonly document: Document | undefined
  readonly revision: string
}

/** What is known of one collection of one account. Outdated knowledge is kept until there is better. */
export class Shelf {
  readonly accountId: string
  readonly collection: Collection
  /** Reads of the store underway, by the id of the document, or {@link whole}. */
  readonly underway = new Map<string, Promise<void>>()
  readonly #known = new Map<string, Known>()
  readonly #outdated = new Set<string>()
  #isComplete = false
  #isOutdated = false
  #listed: readonly Document[] | undefined

  constructor(accountId: string, collection: Collection) {
    this.accountId = accountId
    this.collection = collection
  }

  /** Documents and gaps that are remembered. */
  get size(): number {
    return this.#known.size + 1
  }

  /** The ids to be read again before the list is what it should be, or undefined when all of it is to be read. */
  get missing(): ReadonlySet<string> | undefined {
    return this.#isComplete && !this.#isOutdated ? this.#outdated : undefined
  }

  /** Every document, in the order of ids, as far as was ever known; undefined when it never was. */
  get listed(): readonly Document[] | undefined {
    if (!this.#isComplete) return undefined
    this.#listed ??= [...this.#known.values()].flatMap(({ document }) => document ?? []).sort(byId)
    return this.#listed
  }

  isFresh(id: string): boolean {
    if (this.#isOutdated || this.#outdated.has(id)) return false
    return this.#isComplete || this.#known.has(id)
  }

  /** Was it ever known whether there is such a document? */
  knows(id: string): boolean {
    return this.#isComplete || this.#known.has(id)
  }

  get(id: string): Document | undefined {
    return this.#known.get(id)?.document
  }

  put(id: string, kept: KeptDocument | undefined): void {
    this.#learn(id, kept)
    this.#outdated.delete(id)
    this.#listed = undefined
  }

  putAll(all: readonly KeptDocument[]): void {
    const ids = new Set(all.map(({ id }) => id))
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
    for (const kept of all) this.#learn(kept.id, kept)
    this.#outdated.clear()
    this.#isOutdated = false
    this.#isComplete = true
    this.#listed = undefined
  }

  /** What is known, and what is being read now, is no longer so; undefined: of all documents. */
  outdate(id: string | undefined): void {
    if (id === undefined) {
      this.#isOutdated = true
      this.underway.clear()
    } else {
      this.#outdated.add(id)
      this.underway.delete(id)
      this.underway.delete(whole)
    }
  }

  /** A document of the same revision stays the same object: whoever has read it need not read it again. */
  #learn(id: string, kept: KeptDocument | undefined): void {
    const before = this.#known.get(id)
    if (before?.document !== undefined && before.revision === kept?.revision) return
    this.#known.set(id, { document: kept?.document, revision: kept?.revision ?? '' })
  }
}

/** The key of a read of the whole collection: no id is empty. */
export const whole = ''

const byId = (one: Document, other: Document): number => (one.id < other.id ? -1 : 1)
