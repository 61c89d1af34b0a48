import { asFailure, newId, randomHex, type Clock, type Log } from '../base/index.ts'
import type { DocumentChange, WatchedDocuments } from '../documents/index.ts'
import { shownUrl, wireUrl, type Delivery } from '../http/index.ts'
import { jobOf, type Job, type JobAttempt, type Outbox } from '../outbox/index.ts'
import { encodeForm, pivotSignature, withQuery } from '../pivot/index.ts'
import type { RecordWriter } from '../records/index.ts'
import { attemptRecord } from './attempts.ts'
import { objectTypes } from './catalogue.ts'
import { accountIdOf, type HookFacts } from './facts.ts'
import { Health, type HealthLimits } from './health.ts'
import { readHook, type Hook } from './hook.ts'
import { payloadOf } from './payload.ts'
import { SubscriptionIndex } from './subscriptions.ts'

export interface WebhooksOptions {
  readonly documents: WatchedDocuments
  readonly outbox: Pick<Outbox, 'pause' | 'forget'>
  readonly records: RecordWriter
  readonly clock: Clock
  readonly log: Log
  /** KAZOO's `cluster_id`, in every payload. */
  readonly clusterId: string
  /** Keep a record of attempts that succeed, too. Default true; KAZOO keeps none. */
  readonly logSuccesses?: boolean
  readonly limits?: Partial<HealthLimits>
}

/** Tells web servers of what happens, as the webhook documents of accounts want it. */
export interface Webhooks {
  /** What is to be delivered because of this: to be kept together with it. Without webhooks it costs a look into a map. */
  deliveriesFor(facts: HookFacts): Promise<readonly Job[]>
  /** The same for a change of a document. To be called once, where the change was made. */
  deliveriesForChange(change: DocumentChange): Promise<readonly Job[]>
  /** For the outbox: what is sent now, to where the webhook points now, signed now. */
  prepare(job: Job): Promise<Delivery>
  /** For the outbox: keeps a record of the attempt, and disables webhooks that do no good any more. */
  onAttempt(attempt: JobAttempt): void
  close(): void
}

const usual: HealthLimits = { mostRefused: 6, withinMs: 60_000, failingMs: 86_400_000 }
const actions = { created: 'doc_created', edited: 'doc_edited', deleted: 'doc_deleted' } as const

export function openWebhooks(options: WebhooksOptions): Webhooks {
  const { documents, outbox, records, clock, log, clusterId, logSuccesses = true } = options
  const health = new Health({ ...usual, ...options.limits })
  /** Webhooks as the outbox has been told of them. */
  const told = new Map<string, boolean>()
  const disabling = new Set<string>()

  /** A webhook that is disabled keeps its jobs waiting; one that is enabled (again) does not. */
  const tellOutbox = ({ id, isEnabled }: Hook): void => {
    if (told.get(id) === isEnabled) return
    told.set(id, isEnabled)
    if (isEnabled) health.renew(id, clock.now())
    void outbox.pause(id, !isEnabled)
  }
  const subscriptions = new SubscriptionIndex({ documents, clock, log, onRead: tellOutbox })

  const hookOf = async (accountId: string, id: string): Promise<Hook | undefined> => {
    const document = await documents.get(accountId, 'webhooks', id)
    return document === undefined ? undefined : readHook(document, accountId)
  }

  const deliveriesFor = async (facts: HookFacts): Promise<readonly Job[]> => {
    const { hooks, resellerId } = await subscriptions.of(accountIdOf(facts))
    const wanting = hooks.filter((hook) => wants(hook, facts))
    if (wanting.length === 0) return []
    const eventId = randomHex(5)
    return wanting.map((hook) => jobFor(hook, facts, { eventId, clusterId, resellerId, nowMs: clock.now() }))
  }

  const onWebhook = async ({ accountId, id, how }: DocumentChange): Promise<void> => {
    if (id === undefined) {
      await subscriptions.of(accountId) // Reads them all, and tells the outbox.
      return
    }
    const hook = how === 'deleted' ? undefined : await hookOf(accountId, id)
    if (hook !== undefined) {
      tellOutbox(hook)
      return
    }
    told.delete(id)
    health.forget(id)
    await outbox.forget(id)
  }

  const stop = documents.onChange((change) => {
    if (change.collection !== 'webhooks' && change.collection !== 'accounts') return
    subscriptions.clear()
    if (change.collection !== 'webhooks') return
    onWebhook(change).catch((error: unknown) => log.error('webhooks.unread', { error: asFailure(error) }))
  })

  const disable = async (accountId: string, id: string, reason: string): Promise<void> => {
    const document = await documents.get(accountId, 'webhooks', id)
    const hook = document === undefined ? undefined : readHook(document, accountId)
    if (document === undefined || hook === undefined || !hook.isEnabled) return
    await documents.save(accountId, 'webhooks', { ...document, enabled: false, disable_reason: reason })
    log.warn('webhooks.disabled', { accountId, hookId: id, url: shownUrl(hook.uri), reason })
    const about = { hook_id: id, hook_name: hook.name, hook: hook.hook, uri: hook.uri, reason }
    const at = clock.now()
    const jobs = await deliveriesFor({
      event: 'notifications',
      type: 'webhook_disabled',
      accountId,
      at,
      details: about,
    })
    if (jobs.length > 0) void records.write({ jobs })
  }

  const disableOnce = (accountId: string, id: string, reason: string): void => {
    if (disabling.has(id)) return
    disabling.add(id)
    told.set(id, false)
    void outbox.pause(id, true) // From this attempt on, so that none of its jobs is given up.
    disable(accountId, id, reason)
      .catch((error: unknown) => {
        log.error('webhooks.not-disabled', { accountId, hookId: id, error: asFailure(error) })
        told.set(id, true)
        void outbox.pause(id, false)
      })
      .finally(() => disabling.delete(id))
  }

  return {
    deliveriesFor,

    async deliveriesForChange({ accountId, collection, id, how }) {
      if (id === undefined) return []
      const type = objectTypes[collection]
      return deliveriesFor({ event: 'object', accountId, id, type, action: actions[how], at: clock.now() })
    },

    async prepare(job) {
      if (job.hook === undefined) return job
      const hook = await hookOf(job.accountId, job.hook.id)
      return prepared(job, hook ?? { uri: job.url, headers: {}, secret: undefined }, clock.now())
    },

    onAttempt(attempt) {
      const { job, attempted, attempts, at } = attempt
      const { hook, accountId } = job
      if (hook === undefined) return
      const { result } = attempted
      const isSuccess = result === 'delivered'
      if (!isSuccess || logSuccesses) {
        const record = attemptRecord(attempt, hook)
        const kept = { id: newId(), accountId, hookId: hook.id, at, record } as const
        void records.write({ attempts: [{ ...kept, result: isSuccess ? 'success' : 'failure' }] })
      }
      const since = attempts > 1 ? job.createdAt : at
      const reason = health.note(hook.id, { result, nowMs: clock.now(), since })
      if (reason !== undefined) disableOnce(accountId, hook.id, reason)
    },

    close: stop,
  }
}

/** @source KAZOO webhooks_util.erl, hook_matches; webhooks_object.erl, webhooks_notifications.erl for what chooses */
function wants(hook: Hook, facts: HookFacts): boolean {
  if ('isInternal' in facts && facts.isInternal && !hook.hasInternalLegs) return false
  if (hook.hook === 'all') return true
  if (hook.hook !== facts.event) return false
  const fits = (wanted: string, value: string): boolean => wanted === 'all' || wanted === value
  if (facts.event === 'object') return fits(hook.type, facts.type) && fits(hook.action, facts.action)
  return facts.event !== 'notifications' || fits(hook.type, facts.type)
}

interface JobFacts {
  readonly eventId: string
  readonly clusterId: string
  readonly resellerId: string | undefined
  readonly nowMs: number
}

function jobFor(hook: Hook, facts: HookFacts, { eventId, nowMs, ...options }: JobFacts): Job {
  const { id, accountId, method, isJson, retries, customData, uri } = hook
  const payload = payloadOf(facts, hook, options)
  const asJson = isJson && method !== 'GET'
  const body = asJson ? JSON.stringify(payload) : encodeForm(payload)
  const headers = {
    'content-type': asJson ? 'application/json' : 'application/x-www-form-urlencoded',
    'x-hook-id': id,
    'x-account-id': accountId,
  }
  const subject = 'leg' in facts ? facts.leg.callId : facts.event === 'object' ? facts.id : undefined
  const order = subject === undefined ? {} : { orderKey: `${id}/${subject}` }
  const call = 'leg' in facts ? { callId: facts.leg.callId } : {}
  const told = Object.keys(customData).length === 0 ? {} : { customData }
  return {
    ...jobOf({ kind: 'webhook', url: uri, method, headers, body, ...call }, { accountId, nowMs, ...order }),
    hook: { id, event: facts.event, eventId, quickTries: retries, ...told },
  }
}

/**
 * A job as it is sent now: to the address that its webhook has by now, so that a wrong one can be mended; with the
 * payload in the query for GET; signed at the time of the attempt, so that receivers can refuse what is old.
 */
function prepared(
  job: Job,
  { uri, headers: own, secret }: Pick<Hook, 'uri' | 'headers' | 'secret'>,
  nowMs: number,
): Delivery {
  const { method, body } = job
  const text = typeof body === 'string' ? body : ''
  const isGet = method === 'GET'
  const { 'content-type': type, ...always } = job.headers
  const url = isGet ? withQuery(uri, text) : uri
  const sent = isGet ? '' : text
  const isSigned = secret !== undefined && URL.canParse(url)
  const signature = isSigned
    ? { 'x-pivot-signature': pivotSignature(secret, { method, url: wireUrl(url), body: sent, nowMs }) }
    : {}
  const headers = {
    ...own,
    ...always,
    ...(isGet || type === undefined ? {} : { 'content-type': type }),
    ...signature,
  }
  const delivery = { kind: job.kind, url, method, headers }
  return isGet ? delivery : { ...delivery, body: sent }
}
