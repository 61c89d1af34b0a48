import type { Kysely, Selectable } from 'kysely'
import { Failure, randomHex, type Clock } from '../base/index.ts'
import { collections, type Collection, type Document } from '../callflow/index.ts'
import type { DocumentChange, DocumentPage, DocumentStore, KeptDocument } from '../documents/index.ts'
import type { Database } from './database.ts'
import type { Listeners } from './listeners.ts'
import { lostEveryRace, mostRaces } from './rows.ts'
import type { Tables } from './tables.ts'
import { removeAllOf } from './remove-account.ts'

type Row = Selectable<Tables['documents']>
type How = DocumentChange['how']

/** Documents in a database. A change and what other processes are told of it are committed together. */
export class Documents implements DocumentStore {
  readonly #database: Database
  readonly #clock: Clock
  readonly #listeners: Listeners<DocumentChange>
  /** Accounts that others may have read documents of. */
  readonly #known = new Set<string>()

  constructor(database: Database, clock: Clock, listeners: Listeners<DocumentChange>) {
    this.#database = database
    this.#clock = clock
    this.#listeners = listeners
  }

  async find(accountId: string, collection: Collection, id: string): Promise<KeptDocument | undefined> {
    this.#known.add(accountId)
    return this.#find(this.#database.kysely, accountId, collection, id)
  }

  async list(accountId: string, collection: Collection, page?: DocumentPage): Promise<readonly KeptDocument[]> {
    this.#known.add(accountId)
    let query = this.#database.kysely
      .selectFrom('documents')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('collection', '=', collection)
      .orderBy('id')
    if (page?.startKey !== undefined) query = query.where('id', '>=', page.startKey)
    if (page !== undefined) query = query.limit(page.size)
    return (await query.execute()).map(keptOf)
  }

  async count(accountId: string, collection: Collection): Promise<number> {
    const { count } = await this.#database.kysely
      .selectFrom('documents')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('account_id', '=', accountId)
      .where('collection', '=', collection)
      .executeTakeFirstOrThrow()
    return count
  }

  async accounts(): Promise<readonly KeptDocument[]> {
    const rows = await this.#database.kysely
      .selectFrom('documents')
      .selectAll()
      .where('collection', '=', 'accounts')
      .orderBy('id')
      .execute()
    for (const { account_id } of rows) this.#known.add(account_id)
    return rows.map(keptOf)
  }

  async create(accountId: string, collection: Collection, document: Document): Promise<KeptDocument> {
    const created = await this.#change(accountId, collection, document.id, async (on) =>
      this.#insert(on, accountId, collection, document),
    )
    if (created === undefined) throw new Failure('DOCUMENT_EXISTS', { collection, id: document.id })
    return created
  }

  async replace(
    accountId: string,
    collection: Collection,
    document: Document,
    revision?: string,
  ): Promise<KeptDocument> {
    for (let race = 0; race < mostRaces; race++) {
      const kept = await this.#expect(accountId, collection, document.id, revision)
      const edited = await this.#edit(kept, document)
      if (edited !== undefined) return edited
    }
    throw lostEveryRace(`${collection}/${document.id}`)
  }

  async put(accountId: string, collection: Collection, document: Document): Promise<KeptDocument> {
    for (let race = 0; race < mostRaces; race++) {
      const kept = await this.find(accountId, collection, document.id)
      const put =
        kept === undefined
          ? await this.#change(accountId, collection, document.id, (on) =>
              this.#insert(on, accountId, collection, document),
            )
          : await this.#edit(kept, document)
      if (put !== undefined) return put
    }
    throw lostEveryRace(`${collection}/${document.id}`)
  }

  async remove(accountId: string, collection: Collection, id: string, revision?: string): Promise<KeptDocument> {
    for (let race = 0; race < mostRaces; race++) {
      const kept = await this.#expect(accountId, collection, id, revision)
      const removed = await this.#change(accountId, collection, id, async (on) => {
        const { numDeletedRows } = await on
          .deleteFrom('documents')
          .where('account_id', '=', accountId)
          .where('collection', '=', collection)
          .where('id', '=', id)
          .where('revision', '=', kept.revision)
          .executeTakeFirst()
        return numDeletedRows > 0n ? { kept, how: 'deleted' } : undefined
      })
      if (removed !== undefined) return removed
    }
    throw lostEveryRace(`${collection}/${id}`)
  }

  async removeAccount(accountId: string): Promise<void> {
    await this.#expect(accountId, 'accounts', accountId, undefined)
    const changes = [accountDeleted(accountId), ...allOf(accountId)]
    await this.#database.kysely.transaction().execute(async (on) => {
      await removeAllOf(on, accountId)
      for (const change of changes) await this.#notify(on, change)
    })
    for (const change of changes) this.#listeners.tell(change)
  }

  onChange(listener: (change: DocumentChange) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** Others may have changed anything: says so of every account that somebody may have asked for. */
  async tellAll(): Promise<void> {
    await this.accounts()
    for (const accountId of this.#known) for (const change of allOf(accountId)) this.#listeners.tell(change)
  }

  async #find(on: Kysely<Tables>, accountId: string, collection: Collection, id: string) {
    const row = await on
      .selectFrom('documents')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('collection', '=', collection)
      .where('id', '=', id)
      .executeTakeFirst()
    return row === undefined ? undefined : keptOf(row)
  }

  async #expect(accountId: string, collection: Collection, id: string, revision: string | undefined) {
    const kept = await this.find(accountId, collection, id)
    if (kept === undefined) throw new Failure('DOCUMENT_NOT_FOUND', { collection, id })
    if (revision !== undefined && revision !== kept.revision) {
      throw new Failure('DOCUMENT_CONFLICT', { collection, id, revision: kept.revision })
    }
    return kept
  }

  async #insert(on: Kysely<Tables>, accountId: string, collection: Collection, document: Document) {
    const now = this.#clock.now()
    const row: Row = {
      account_id: accountId,
      collection,
      id: document.id,
      revision: revisionAfter(undefined),
      created_at: now,
      modified_at: now,
      data: JSON.stringify(document),
    }
    const { numInsertedOrUpdatedRows = 0n } = await on
      .insertInto('documents')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows > 0n ? { kept: keptOf(row), how: 'created' as const } : undefined
  }

  /** Resolves to undefined when somebody else has changed the document meanwhile. */
  #edit(kept: KeptDocument, document: Document): Promise<KeptDocument | undefined> {
    const { accountId, collection, id } = kept
    const edited = { ...kept, document, revision: revisionAfter(kept.revision), modifiedAt: this.#clock.now() }
    return this.#change(accountId, collection, id, async (on) => {
      const { numUpdatedRows } = await on
        .updateTable('documents')
        .set({ revision: edited.revision, modified_at: edited.modifiedAt, data: JSON.stringify(document) })
        .where('account_id', '=', accountId)
        .where('collection', '=', collection)
        .where('id', '=', id)
        .where('revision', '=', kept.revision)
        .executeTakeFirst()
      return numUpdatedRows > 0n ? { kept: edited, how: 'edited' } : undefined
    })
  }

  async #change(
    accountId: string,
    collection: Collection,
    id: string,
    work: (on: Kysely<Tables>) => Promise<{ readonly kept: KeptDocument; readonly how: How } | undefined>,
  ): Promise<KeptDocument | undefined> {
    const changed = await this.#database.kysely.transaction().execute(async (on) => {
      const done = await work(on)
      if (done !== undefined) await this.#notify(on, { accountId, collection, id, how: done.how })
      return done
    })
    if (changed === undefined) return undefined
    this.#known.add(accountId)
    this.#listeners.tell({ accountId, collection, id, how: changed.how })
    return changed.kept
  }

  async #notify(on: Kysely<Tables>, { id, ...change }: DocumentChange): Promise<void> {
    await this.#database.tell(on, { is: 'document', ...change, ...(id === undefined ? {} : { id }) })
  }
}

const accountDeleted = (accountId: string): DocumentChange => ({
  accountId,
  collection: 'accounts',
  id: accountId,
  how: 'deleted',
})

const allOf = (accountId: string): readonly DocumentChange[] =>
  collections.map((collection) => ({ accountId, collection, id: undefined, how: 'edited' }))

function keptOf({ account_id, collection, id, revision, created_at, modified_at, data }: Row): KeptDocument {
  return {
    accountId: account_id,
    // Only collections are ever written.
    collection: collection as Collection,
    id,
    document: JSON.parse(data) as Document,
    revision,
    createdAt: created_at,
    modifiedAt: modified_at,
  }
}

/** CouchDB's form: how many changes there were, and what tells this one from all others. */
const revisionAfter = (revision: string | undefined): string =>
  `${revision === undefined ? 1 : Number.parseInt(revision, 10) + 1}-${randomHex(16)}`
