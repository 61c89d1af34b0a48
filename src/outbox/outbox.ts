import { setMaxListeners } from 'node:events'
import { asFailure, never, newId, randomBetween, unwanted, within, type Clock, type Log } from '../base/index.ts'
import {
  attemptDelivery,
  deliveredBy,
  isWorthAnother,
  shownUrl,
  type Attempted,
  type Deliveries,
  type Delivered,
  type Delivery,
  type Http,
} from '../http/index.ts'
import { Claiming } from './claiming.ts'
import type { Held, Host, Lane } from './host.ts'
import type { Job, JobStore, Settled } from './job.ts'
import { Lanes } from './lanes.ts'
import { pauseBefore, type Jitter } from './pauses.ts'
import { Settling } from './settling.ts'

/** One attempt at a job, told when it is over. */
export interface JobAttempt {
  readonly job: Job
  /** What was sent: the job, as `prepare` changed it. */
  readonly sent: Delivery
  readonly attempted: Attempted
  /** This one included. */
  readonly attempts: number
  /** When it began; Unix milliseconds. */
  readonly at: number
  /** Until the next attempt; undefined when there is none. */
  readonly pauseMs: number | undefined
}

export interface OutboxLimits {
  /** Jobs held in memory at a time, and the characters of their bodies; the others wait in the database. */
  readonly mostHeld: number
  readonly mostHeldCharacters: number
  /** Of them for one host of one account. */
  readonly mostHeldPerHost: number
  /** Attempts under way at a time. */
  readonly mostUnderway: number
  readonly mostUnderwayPerHost: number
  /** For one attempt. */
  readonly attemptMs: number
  /** Between looks into the database for jobs that nobody told of. */
  readonly pollMs: number
}

export interface OutboxOptions {
  readonly jobs: JobStore
  readonly http: Http
  readonly clock: Clock
  readonly log: Log
  /** The running process, unique per start. */
  readonly node: string
  /** What is sent now, for jobs whose address or signature depends on when. A rejection counts as an attempt. */
  readonly prepare?: (job: Job) => Promise<Delivery>
  /** Told of each attempt before it is settled; may {@link Outbox.pause} the webhook. Must not throw. */
  readonly onAttempt?: (attempt: JobAttempt) => void
  readonly limits?: Partial<OutboxLimits>
  readonly jitter?: Jitter
}

/** Carries jobs to web servers: at least once, in order per order key, as long as it takes within a day. */
export interface Outbox extends Deliveries {
  /** Takes over jobs that are in the database as claimed by this process. Those of one order key come in their order. */
  adopt(jobs: readonly Job[]): void
  /** These jobs will be adopted, but jobs of the same order keys may be elsewhere: they are left to the database then. */
  share(jobs: readonly Job[]): void
  /** Looks into the database now: jobs may have been freed. */
  wake(): void
  /** The jobs of a webhook wait in the database (it is disabled), or go on. Never rejects. */
  pause(hookId: string, isPaused: boolean): Promise<void>
  /** Removes the jobs of a webhook that is no more. Never rejects. */
  forget(hookId: string): Promise<void>
  /** Jobs held in memory, and attempts under way. */
  readonly held: number
  readonly underway: number
  /** Makes the attempts that are due, within `ms` milliseconds; everything else is left to the database. */
  close(ms: number): Promise<void>
}

/** A delivery as a job that is due now. */
export function jobOf(
  delivery: Delivery,
  { accountId, nowMs, orderKey }: { readonly accountId: string; readonly nowMs: number; readonly orderKey?: string },
): Job {
  const order = orderKey === undefined ? {} : { orderKey }
  return { ...delivery, ...order, id: newId(), accountId, createdAt: nowMs, attempts: 0, dueAt: nowMs }
}

export const openOutbox = (options: OutboxOptions): Outbox => new Worker(options)

const usual: OutboxLimits = {
  mostHeld: 10_000,
  mostHeldCharacters: 64 * 1024 * 1024,
  mostHeldPerHost: 5_000,
  mostUnderway: 128,
  mostUnderwayPerHost: 16,
  attemptMs: 15_000,
  pollMs: 5_000,
}
const mostElsewhere = 50_000
/** A job that is due later than so is not kept in memory. */
const longestHeldMs = 720_000
const longestRestMs = 60_000
const settlingMs = 5_000

const spread: Jitter = (ms) => randomBetween(Math.floor(ms * 0.8), Math.ceil(ms * 1.2) + 1)

class Worker implements Outbox {
  readonly #options: OutboxOptions
  readonly #limits: OutboxLimits
  readonly #jitter: Jitter
  readonly #claiming: Claiming
  readonly #settling: Settling
  readonly #lanes: Lanes
  readonly #ids = new Set<string>()
  /** Over, and the database has not been told yet: a claim may still bring them. */
  readonly #over = new Set<string>()
  readonly #waiters = new Map<string, (delivered: Delivered) => void>()
  readonly #paused = new Set<string>()
  /** When webhooks were enabled again: their jobs are as young as that. Unix milliseconds. */
  readonly #resumedAt = new Map<string, number>()
  /** Order keys of which the database may have jobs that come first. */
  readonly #elsewhere = new Set<string>()
  readonly #giveUp = new AbortController()
  #characters = 0
  #underway = 0
  #isClosing = false
  #hasOrderedSettled = false
  #wasFull = false
  #onIdle: (() => void) | undefined

  constructor(options: OutboxOptions) {
    const { jobs, clock, log, node, jitter = spread } = options
    this.#options = options
    this.#limits = { ...usual, ...options.limits }
    this.#jitter = jitter
    setMaxListeners(0, this.#giveUp.signal)
    const { mostUnderwayPerHost, pollMs } = this.#limits
    this.#lanes = new Lanes({ clock, mostUnderwayPerHost, onDue: () => this.#pump() })
    this.#settling = new Settling({ jobs, clock, log, onSettled: (settled) => this.#onSettled(settled) })
    const room = (): number => this.#room()
    const take = (claimed: readonly Job[]): void => this.#take(claimed, true)
    this.#claiming = new Claiming({ jobs, clock, log, node, pauseMs: () => jitter(pollMs), room, take })
  }

  get held(): number {
    return this.#ids.size
  }

  get underway(): number {
    return this.#underway
  }

  async deliver(delivery: Delivery): Promise<Delivered> {
    const { jobs, clock, log, node } = this.#options
    const job = jobOf(delivery, { accountId: delivery.accountId ?? '', nowMs: clock.now() })
    let isKept = true
    try {
      await jobs.add([job], this.#isClosing ? undefined : node)
    } catch (error) {
      isKept = false
      log.error('outbox.not-kept', { kind: job.kind, url: shownUrl(job.url), error: asFailure(error) })
    }
    return new Promise((resolve) => {
      this.#waiters.set(job.id, resolve)
      this.#admit({ job, wasClaimed: false, isKept, attempts: 0, dueAt: job.dueAt, last: undefined })
      this.#pump()
    })
  }

  adopt(jobs: readonly Job[]): void {
    this.#take(jobs, false)
  }

  share(jobs: readonly Job[]): void {
    for (const { orderKey } of jobs) if (orderKey !== undefined) this.#leave(orderKey)
  }

  wake(): void {
    this.#claiming.wake()
  }

  async pause(hookId: string, isPaused: boolean): Promise<void> {
    const { jobs, clock, log } = this.#options
    if (isPaused) {
      this.#paused.add(hookId)
      for (const held of this.#lanes.takeOut(isOf(hookId))) this.#release(held)
    } else if (this.#paused.delete(hookId)) this.#resumedAt.set(hookId, clock.now())
    try {
      await jobs.pause(hookId, isPaused)
    } catch (error) {
      log.error('outbox.not-paused', { hookId, isPaused, error: asFailure(error) })
    }
    if (!isPaused) this.wake()
  }

  async forget(hookId: string): Promise<void> {
    const { jobs, log } = this.#options
    const isIts = isOf(hookId)
    for (const held of this.#lanes.takeOut(isIts)) {
      if (isIts(held)) this.#end(held, { id: held.job.id, how: 'given-up' })
      else this.#release(held)
    }
    this.#paused.add(hookId) // What is under way is not tried again either.
    this.#resumedAt.delete(hookId)
    try {
      await jobs.forget(hookId)
    } catch (error) {
      log.error('outbox.not-forgotten', { hookId, error: asFailure(error) })
    }
  }

  async close(ms: number): Promise<void> {
    const { clock, log } = this.#options
    this.#isClosing = true
    this.#claiming.stop()
    for (const held of this.#lanes.takeOutWaiting()) this.#release(held)
    const idle = (): Promise<void> =>
      new Promise((resolve) => {
        this.#onIdle = resolve
        this.#pump()
      })
    const settled = async (): Promise<void> => {
      if (this.#underway > 0) await idle()
      await this.#settling.done()
    }
    await within({ clock, ms, signal: never }, () => unwanted, idle).catch(() => this.#giveUp.abort(unwanted))
    for (const held of this.#lanes.takeOut(() => true)) this.#release(held)
    await within({ clock, ms: settlingMs, signal: never }, () => unwanted, settled).catch(() =>
      log.error('outbox.closed-unsettled', { held: this.held }),
    )
  }

  #take(jobs: readonly Job[], wasClaimed: boolean): void {
    for (const job of jobs) {
      const { attempts, dueAt } = job
      this.#admit({ job, wasClaimed, isKept: true, attempts, dueAt, last: undefined })
    }
    this.#pump()
  }

  /** Jobs come in here, from whoever. What does not fit is left to the database. */
  #admit(held: Held): void {
    const { job, wasClaimed } = held
    const { orderKey } = job
    if (this.#ids.has(job.id) || this.#over.has(job.id)) return
    this.#ids.add(job.id)
    this.#characters += charactersOf(job)
    const host = this.#lanes.hostOf(job)
    const isFull = this.#room() < 0 || host.held >= this.#limits.mostHeldPerHost
    const isPaused = job.hook !== undefined && this.#paused.has(job.hook.id)
    const mayBeLater = orderKey !== undefined && !wasClaimed && this.#elsewhere.has(orderKey)
    if (!this.#isClosing && !isFull && !isPaused && !mayBeLater) {
      if (wasClaimed && orderKey !== undefined) this.#leave(orderKey)
      this.#lanes.add(held)
      return
    }
    const nowMs = this.#options.clock.now()
    this.#wasFull ||= isFull
    // What is claimed and cannot be carried must not be claimed again at once.
    if (isFull || (wasClaimed && !this.#isClosing)) held.dueAt = nowMs + this.#jitter(surplusMs(host, nowMs))
    this.#lanes.forget(host)
    this.#release(held)
  }

  /** For how many jobs there is room. */
  #room(): number {
    const { mostHeld, mostHeldCharacters } = this.#limits
    const room = this.#characters > mostHeldCharacters ? -1 : mostHeld - this.held
    this.#wasFull ||= room <= 0
    return room
  }

  /** Begins as many attempts as may be under way. */
  #pump(): void {
    while (this.#underway < this.#limits.mostUnderway) {
      const taken = this.#lanes.take()
      if (taken === undefined) break
      this.#underway++
      void this.#carry(taken.lane, taken.held)
    }
    if (this.#underway === 0) this.#onIdle?.()
  }

  /** One attempt at the first job of a lane. Never rejects. */
  async #carry(lane: Lane, held: Held): Promise<void> {
    const { host } = lane
    const isProbe = host.breaker.openSince !== undefined
    const at = this.#options.clock.now()
    const { sent, attempted } = await this.#attempt(held.job, at)
    this.#underway--
    this.#lanes.finish(lane)
    held.last = attempted
    this.#judge(host, attempted, isProbe)
    this.#conclude(lane, held, { sent, attempted, at })
    this.#pump()
  }

  async #attempt(job: Job, nowMs: number): Promise<Pick<JobAttempt, 'sent' | 'attempted'>> {
    const { http, prepare } = this.#options
    const options = { http, key: job.id, totalMs: this.#limits.attemptMs, nowMs, signal: this.#giveUp.signal }
    try {
      const sent = prepare === undefined ? job : await prepare(job)
      return { sent, attempted: await attemptDelivery(sent, options) }
    } catch (error) {
      const failure = asFailure(error)
      return { sent: job, attempted: { result: 'unsent', answer: undefined, failure, retryAfterMs: undefined } }
    }
  }

  /** What the attempt says about the host. */
  #judge(host: Host, { result, retryAfterMs }: Attempted, isProbe: boolean): void {
    const { clock, log } = this.#options
    if (result === 'unsent' || this.#giveUp.signal.aborted) return
    const { breaker, key, held } = host
    const nowMs = clock.now()
    if (retryAfterMs !== undefined) breaker.rest(nowMs + Math.min(retryAfterMs, longestRestMs))
    if (result === 'failed') {
      if (breaker.failed(nowMs, { isProbe })) log.warn('outbox.host-down', { host: key, held })
    } else if (breaker.answered()) {
      log.info('outbox.host-back', { host: key, held })
      this.#lanes.hurry(host)
    }
  }

  /** What the attempt means for the job. */
  #conclude(lane: Lane, held: Held, made: Pick<JobAttempt, 'sent' | 'attempted' | 'at'>): void {
    const { clock, onAttempt } = this.#options
    const { job } = held
    const { result, retryAfterMs } = made.attempted
    if (this.#giveUp.signal.aborted && result !== 'delivered') {
      this.#releaseLane(lane) // Cut short by ourselves: not the attempt's fault.
      return
    }
    const attempts = ++held.attempts
    const nowMs = clock.now()
    const since = Math.max(job.createdAt, this.#resumedAt.get(job.hook?.id ?? '') ?? 0)
    const asked = { attempts, nowMs, since, retryAfterMs }
    const pauseMs = isWorthAnother(result) ? pauseBefore(job, asked, this.#jitter) : undefined
    this.#tell(held, made.attempted, pauseMs)
    lane.isUnderway = true // The webhook may be paused now; this job is concluded below.
    onAttempt?.({ ...made, job, attempts, pauseMs })
    lane.isUnderway = false
    const isPaused = job.hook !== undefined && this.#paused.has(job.hook.id) && isWorthAnother(result)
    if (pauseMs === undefined && !isPaused) {
      this.#finish(lane, held, result === 'delivered' ? 'delivered' : 'given-up')
      return
    }
    held.dueAt = nowMs + (pauseMs ?? 0)
    if (isPaused || this.#isClosing || (pauseMs ?? 0) > longestHeldMs) this.#releaseLane(lane)
    else this.#lanes.wait(lane)
  }

  #tell({ job, attempts }: Held, attempted: Attempted, pauseMs: number | undefined): void {
    const { log } = this.#options
    const { isDelivered, status, code } = deliveredBy(attempted, attempts)
    const fields = { kind: job.kind, jobId: job.id, url: shownUrl(job.url), attempts, status, code }
    if (isDelivered) log.debug('outbox.delivered', fields)
    else if (pauseMs === undefined) log.warn('outbox.given-up', fields)
    else log.info('outbox.failed', { ...fields, pauseMs })
  }

  #finish(lane: Lane, held: Held, how: 'delivered' | 'given-up'): void {
    if (held.wasClaimed && held.job.orderKey !== undefined) this.#hasOrderedSettled = true
    this.#lanes.advance(lane)
    this.#end(held, { id: held.job.id, how })
  }

  #releaseLane(lane: Lane): void {
    for (const held of this.#lanes.leave(lane)) this.#release(held)
  }

  /** Leaves a job to the database: any process may claim it when it is due. */
  #release(held: Held): void {
    const { attempts, dueAt } = held
    const { id, orderKey } = held.job
    if (orderKey !== undefined) this.#leave(orderKey)
    this.#end(held, { id, how: 'again', attempts, dueAt })
  }

  /** Jobs of this order key are in the database now, and come first. */
  #leave(orderKey: string): void {
    this.#elsewhere.delete(orderKey)
    this.#elsewhere.add(orderKey)
    const [oldest] = this.#elsewhere
    if (this.#elsewhere.size > mostElsewhere && oldest !== undefined) this.#elsewhere.delete(oldest)
  }

  /** This process carries the job no longer. */
  #end({ job, last, attempts, isKept }: Held, settled: Settled): void {
    this.#ids.delete(job.id)
    this.#characters -= charactersOf(job)
    if (isKept && settled.how !== 'again') this.#over.add(job.id)
    if (isKept) this.#settling.add(settled)
    const none = { isDelivered: false, attempts, status: undefined, code: undefined }
    this.#waiters.get(job.id)?.(last === undefined ? none : deliveredBy(last, attempts))
    this.#waiters.delete(job.id)
    if (!this.#wasFull || this.held > this.#limits.mostHeld / 2) return
    this.#wasFull = false
    this.wake()
  }

  /** What is behind a claimed job of an order key can be claimed once that job is over. */
  #onSettled(settled: readonly Settled[]): void {
    for (const { id } of settled) this.#over.delete(id)
    if (!this.#hasOrderedSettled) return
    this.#hasOrderedSettled = false
    this.wake()
  }
}

const isOf =
  (hookId: string) =>
  ({ job }: Held): boolean =>
    job.hook?.id === hookId

const charactersOf = ({ url, body }: Job): number => url.length + (typeof body === 'string' ? body.length : 0) + 500

/** How long a job is left to the database that finds no room: the longer its host has been down, the longer. */
const surplusMs = ({ breaker: { openSince } }: Host, nowMs: number): number =>
  Math.min(Math.max(5_000, openSince === undefined ? 0 : (nowMs - openSince) / 2), 300_000)
