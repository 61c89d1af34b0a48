import type { Clock, Log } from './base/index.ts'
import type { Call, Cdr } from './call/index.ts'
import type { Document } from './callflow/index.ts'
import type { Config } from './config/index.ts'
import {
  accountOf,
  CachedDocuments,
  defaultAccountOf,
  hidingPrivate,
  importDocuments,
  type DocumentEntry,
  type DocumentStore,
} from './documents/index.ts'
import { deliveredBy, shownUrl, type Http } from './http/index.ts'
import { openLedger, type Ledger } from './ledger.ts'
import type { Opened } from './opened.ts'
import { jobOf, openOutbox, type Job, type JobAttempt, type Outbox } from './outbox/index.ts'
import { cdrDelivery, keepable } from './pivot/index.ts'
import { openStore, type Store } from './store/index.ts'
import { openUpkeep } from './upkeep.ts'
import { keepVigil } from './vigil.ts'

export interface KeepingOptions {
  readonly config: Config
  /** The running process, unique per start. */
  readonly node: string
  readonly http: Http
  readonly clock: Clock
  readonly log: Log
  readonly opened: Opened
  readonly loaded: LoadedAtStart
}

/** What is brought into the database at the start. */
export interface LoadedAtStart {
  /** The folder, or `demo`. */
  readonly from: string
  readonly account: Document
  readonly entries: readonly DocumentEntry[]
}

/** Everything that outlives a call: the database, what calls read of it, and who writes and carries. */
export interface Keeping {
  readonly store: Store
  /** As everybody but the import sees them. */
  readonly documentStore: DocumentStore
  readonly documents: CachedDocuments
  readonly defaultAccount: Document | undefined
  readonly outbox: Outbox
  readonly ledger: Ledger
  /** Takes over what earlier processes left behind: when calls can be carried. */
  begin(): Promise<void>
}

/** What is still to be told to web servers when the calls are over gets so long; the rest stays in the database. */
const deliveriesMs = 5_000

/**
 * @throws DATABASE_IN_USE · DATABASE_UNAVAILABLE · DATABASE_TOO_NEW · CONFIG_INVALID when there is no such default account
 */
export async function openKeeping(options: KeepingOptions): Promise<Keeping> {
  const { config, node, http, clock, log, opened, loaded } = options
  const { databaseUrl: url, dataDir, keepDays } = config
  const store = opened.add('store', await openStore({ url, dataDir, node, clock, log }))
  await importDocuments(loaded.entries, store.documents, { from: loaded.from, log })
  const documentStore = hidingPrivate(store.documents)
  const documents = new CachedDocuments({ store: documentStore, clock, log })
  opened.add('documents', { close: async () => documents.close() })
  const defaultAccount = await defaultAccountOf(documents, { id: config.defaultAccount, loaded: loaded.account })

  const posts = new CdrPosts()
  const outbox = openOutbox({
    jobs: store.jobs,
    http,
    clock,
    log,
    node,
    onAttempt: (attempt) => posts.onAttempt(attempt),
  })
  opened.add('outbox', { close: () => outbox.close(deliveriesMs) })
  const reportJobs = async (cdr: Cdr): Promise<readonly Job[]> => {
    const { accountId, reports } = cdr
    const account = reports.length === 0 ? undefined : await documents.get(accountId, 'accounts', accountId)
    const nowMs = clock.now()
    return reports.map((report) =>
      jobOf(cdrDelivery(cdr, report, account && accountOf(account).secret, nowMs), { accountId, nowMs }),
    )
  }
  const ledger = opened.add(
    'ledger',
    openLedger({
      writer: store.records,
      node,
      clock,
      log,
      keepsEvents: config.keepEvents,
      keepable: (event) => keepable(event, { showPersonal: config.log.pii }),
      jobsFor: async (hook, record) => ('endedAt' in record ? reportJobs(record) : []),
      carry: (jobs, call) => {
        if (call !== undefined) posts.expect(jobs, call)
        outbox.adopt(jobs)
      },
    }),
  )
  opened.add('upkeep', openUpkeep({ store, keepDays, clock, log }))
  const { nodes, jobs } = store
  return {
    store,
    documentStore,
    documents,
    defaultAccount,
    outbox,
    ledger,
    begin: async () => {
      const isShared = url !== ''
      const onOrphan = ledger.recover.bind(ledger)
      opened.add('vigil', await keepVigil({ nodes, jobs, node, isShared, clock, log, onOrphan }))
      outbox.wake()
    },
  }
}

const mostPosts = 10_000

/** Posts to `cdr_url` under way: calls that are over but whose story has a last line to come. */
class CdrPosts {
  readonly #calls = new Map<string, Call>()

  expect(jobs: readonly Job[], call: Call): void {
    for (const { id, kind } of jobs) if (kind === 'cdr' && this.#calls.size < mostPosts) this.#calls.set(id, call)
  }

  onAttempt({ job, attempted, attempts, pauseMs }: JobAttempt): void {
    const call = this.#calls.get(job.id)
    if (call === undefined || pauseMs !== undefined) return
    this.#calls.delete(job.id)
    const { status, code } = deliveredBy(attempted, attempts)
    const fact = { type: 'cdr.posted', url: shownUrl(job.url), status } as const
    call.tell(code === undefined ? fact : { ...fact, code })
  }
}
