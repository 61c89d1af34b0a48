import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TokenStore } from '../access/index.ts'
import { asFailure, Failure, type Clock, type Log } from '../base/index.ts'
import type { Collection } from '../callflow/index.ts'
import type { DocumentChange, DocumentStore } from '../documents/index.ts'
import type { JobStore } from '../outbox/index.ts'
import type { KeptEvent, Nodes, RecordReader, RecordWriter } from '../records/index.ts'
import type { PhoneName, RegistrationStore } from '../registrations/index.ts'
import type { Database, Notice } from './database.ts'
import { Documents } from './documents.ts'
import { EventFeed } from './event-feed.ts'
import { newJobStore } from './jobs.ts'
import { Journal } from './journal.ts'
import { Listeners } from './listeners.ts'
import { migrateSchema, schemaState, type SchemaState } from './migrate.ts'
import { newNodes } from './nodes.ts'
import { openPostgres } from './postgres.ts'
import { newReader } from './reader.ts'
import { newRegistrationStore } from './registrations.ts'
import { removeOld, type Removed, type Retention } from './retention.ts'
import { openSqlite } from './sqlite.ts'
import { newTokenStore } from './tokens.ts'
import { usualLimits, Writer, type WriterCounters, type WriterLimits } from './writer.ts'

export interface StoreOptions {
  /** `postgres://…`; empty: the embedded database in `dataDir`. */
  readonly url: string
  /** Holds `pivot.db` and `overflow.ndjson`. No other process may use it. */
  readonly dataDir: string
  /** The running process, unique per start: live legs and claimed jobs are its. */
  readonly node: string
  /** A real one: a database knows no other time. */
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<WriterLimits>
}

/** Everything that outlives a call. */
export interface Store {
  readonly documents: DocumentStore
  readonly records: RecordWriter & { counters(): WriterCounters }
  readonly reader: RecordReader
  readonly jobs: JobStore
  readonly tokens: TokenStore
  readonly registrations: RegistrationStore
  readonly nodes: Nodes
  /** Removes what is older, in small portions. @returns how many of each */
  removeOld(retention: Retention): Promise<Removed>
  /** Resolves when every unit that was told before is kept. */
  flush(): Promise<void>
  /** Keeps what still waits, then closes. */
  close(): Promise<void>
}

/**
 * Opens the database, brings its schema up to date, and writes what an earlier process left in its journal.
 *
 * @throws DATABASE_IN_USE · DATABASE_UNAVAILABLE · DATABASE_TOO_NEW
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await openDatabase(options)
  try {
    await migrateSchema(database)
    return await furnish(database, options)
  } catch (error) {
    await database.close()
    throw error
  }
}

/**
 * Brings the schema of a database up to date, or says what would be done.
 *
 * @throws DATABASE_IN_USE · DATABASE_UNAVAILABLE · DATABASE_TOO_NEW
 */
export async function migrateStore(
  options: StoreOptions,
  { checkOnly }: { readonly checkOnly: boolean },
): Promise<SchemaState> {
  const database = await openDatabase(options)
  try {
    const state = await schemaState(database)
    if (!checkOnly) await migrateSchema(database)
    return state
  } finally {
    await database.close()
  }
}

function openDatabase(options: StoreOptions): Promise<Database> {
  return options.url === '' ? openSqlite(options) : openPostgres(options)
}

async function furnish(database: Database, options: StoreOptions): Promise<Store> {
  const { dataDir, node, clock, log, limits } = options
  const documentsChanged = new Listeners<DocumentChange>(log)
  const jobsAdded = new Listeners<void>(log)
  const registrationsChanged = new Listeners<PhoneName | undefined>(log)
  const eventsKept = new Listeners<readonly KeptEvent[]>(log)
  const allLimits = { ...usualLimits, ...limits }
  const documents = new Documents(database, clock, documentsChanged)
  const feed = new EventFeed(database, eventsKept, log)
  await feed.begin()
  const journal = await openJournal(dataDir, allLimits.journalBytes, log)
  const writer = new Writer({ database, journal, node, feed, jobsAdded, limits: allLimits, clock, log })
  await writer.replay().catch(async (error: unknown) => {
    await journal.close()
    throw error
  })

  const unheard = (error: unknown): void => log.warn('store.notice-unheard', { error: asFailure(error) })
  const hear = (notice: Notice): void => {
    if (notice.is === 'jobs') jobsAdded.tell()
    else if (notice.is === 'events') feed.catchUp().catch(unheard)
    else if (notice.is === 'registration') registrationsChanged.tell(notice)
    else documentsChanged.tell(changeOf(notice))
  }
  await database.listen({
    onNotice: hear,
    onGap: () => {
      documents.tellAll().catch(unheard)
      feed.catchUp().catch(unheard)
      jobsAdded.tell()
      registrationsChanged.tell(undefined)
    },
  })
  return {
    documents,
    records: writer,
    reader: newReader(database, eventsKept),
    jobs: newJobStore(database, jobsAdded),
    tokens: newTokenStore(database),
    registrations: newRegistrationStore(database, registrationsChanged),
    nodes: newNodes(database),
    removeOld: (retention) => removeOld(database, retention),
    flush: () => writer.flush(),
    async close() {
      await writer.close()
      await database.close()
    },
  }
}

async function openJournal(dataDir: string, mostBytes: number, log: Log): Promise<Journal> {
  const path = join(dataDir, 'overflow.ndjson')
  try {
    await mkdir(dataDir, { recursive: true })
    return await Journal.open({ path, mostBytes, log })
  } catch (error) {
    throw new Failure('DATABASE_UNAVAILABLE', { problem: `${path}: ${asFailure(error).message}` }, { cause: error })
  }
}

/** Only processes of ours tell notices: the words are of our types. */
const changeOf = ({ accountId, collection, id, how }: Notice & { readonly is: 'document' }): DocumentChange => ({
  accountId,
  collection: collection as Collection,
  id,
  how: how as DocumentChange['how'],
})
