import type { Notice, Notices } from './actions/index.ts'
import { asFailure, type Clock, type Log } from './base/index.ts'
import type { Call, Cdr } from './call/index.ts'
import type { Document } from './callflow/index.ts'
import type { Config } from './config/index.ts'
import {
  accountOf,
  CachedDocuments,
  defaultAccountOf,
  demoAccount,
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
import { tellingChanges } from './telling-changes.ts'
import { openUpkeep } from './upkeep.ts'
import { keepVigil } from './vigil.ts'
import { openWebhooks } from './webhooks/index.ts'

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
  /** For changes that webhooks are to be told of. */
  readonly tellingStore: DocumentStore
  readonly documents: CachedDocuments
  readonly defaultAccount: Document | undefined
  readonly outbox: Outbox
  readonly ledger: Ledger
  /** Tells web servers what people should know: they have the means to write to them. */
  readonly notices: Notices
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
  const isWanted = await bringIn(loaded, store, log)
  const documents = new CachedDocuments({ store: hidingPrivate(store.documents), clock, log })
  opened.add('documents', { close: async () => documents.close() })
  const defaultAccount = await defaultAccountOf(documents, {
    id: config.defaultAccount,
    loaded: isWanted ? loaded.account : undefined,
  })

  const posts = new CdrPosts()
  const outbox: Outbox = openOutbox({
    jobs: store.jobs,
    http,
    clock,
    log,
    node,
    prepare: (job) => webhooks.prepare(job),
    onAttempt: (attempt) => {
      posts.onAttempt(attempt)
      webhooks.onAttempt(attempt)
    },
  })
  const webhooks = openWebhooks({ documents, outbox, records: store.records, clock, log, ...config.webhooks })
  opened.add('webhooks', { close: async () => webhooks.close() })
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
      jobsFor: async (event, leg) => {
        if ('endedAt' in leg) {
          return [...(await webhooks.deliveriesFor({ event: 'channel_destroy', leg })), ...(await reportJobs(leg))]
        }
        if (event === 'channel_destroy') return []
        if (typeof event !== 'string')
          return webhooks.deliveriesFor({ event: 'parking', leg, at: clock.now(), ...event })
        if (event === 'channel_bridge') {
          const otherLeg = { callId: leg.otherLegCallId ?? '', destinationNumber: leg.otherLegNumber ?? '' }
          return webhooks.deliveriesFor({ event, leg, at: clock.now(), otherLeg })
        }
        return webhooks.deliveriesFor({ event, leg, at: leg.answeredAt ?? leg.createdAt })
      },
      carry: (jobs, call) => {
        if (call !== undefined) posts.expect(jobs, call)
        outbox.adopt(jobs)
      },
    }),
  )
  const tellWebServers = async ({ accountId, type, details }: Notice): Promise<boolean> => {
    const jobs = await webhooks.deliveriesFor({ event: 'notifications', accountId, type, at: clock.now(), details })
    return jobs.length > 0 && (await store.records.write({ jobs }))
  }
  const notices: Notices = {
    tell: (notice) =>
      tellWebServers(notice).catch((error: unknown) => {
        log.error('keeping.notice-not-told', { type: notice.type, callId: notice.callId, error: asFailure(error) })
        return false
      }),
  }
  opened.add('upkeep', openUpkeep({ store, keepDays, clock, log }))
  const { nodes, jobs } = store
  return {
    store,
    tellingStore: {
      ...tellingChanges(store.documents, async (change) => {
        const jobs = await webhooks.deliveriesForChange(change)
        if (jobs.length > 0) await store.records.write({ jobs })
      }),
      removeAccount: async (accountId) => {
        await store.flush() // What still waits to be written would come after the removal.
        await store.documents.removeAccount(accountId)
      },
    },
    documents,
    defaultAccount,
    outbox,
    ledger,
    notices,
    begin: async () => {
      const isShared = url !== ''
      const onOrphan = ledger.recover.bind(ledger)
      opened.add('vigil', await keepVigil({ nodes, jobs, node, isShared, clock, log, onOrphan }))
      outbox.wake()
    },
  }
}

/** The demo is for a database that has nothing else. @returns whether the documents were brought in */
async function bringIn({ from, entries }: LoadedAtStart, store: Store, log: Log): Promise<boolean> {
  const others = (await store.documents.accounts()).filter(({ id }) => id !== demoAccount.id)
  if (from === 'demo' && others.length > 0) return false
  await importDocuments(entries, store.documents, { from, log })
  return true
}

const mostPosts = 10_000

/** Posts to `cdr_url` under way: calls that are over but whose story has a last line to come. */
class CdrPosts {
  readonly #calls = new Map<string, Call>()

  expect(jobs: readonly Job[], call: Call): void {
    for (const { id, kind } of jobs) if (kind === 'cdr') this.#calls.set(id, call)
    // Other processes may have made the oldest: they are not waited for when there are too many.
    for (const id of this.#calls.keys()) {
      if (this.#calls.size <= mostPosts) break
      this.#calls.delete(id)
    }
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
