import { asFailure, never, type Clock, type Log } from './base/index.ts'
import {
  cdrAt,
  legRecordOf,
  type Call,
  type CallEvent,
  type CallObserver,
  type Cdr,
  type LegRecord,
} from './call/index.ts'
import type { Job } from './outbox/index.ts'
import type { DebugEntry, RecordWriter, Unit } from './records/index.ts'

export type ChannelHook = 'channel_create' | 'channel_answer' | 'channel_bridge' | 'channel_destroy'

/** What happened to a call at a parking place. */
export interface Parking {
  readonly name: 'PARK_PARKED' | 'PARK_RETRIEVED' | 'PARK_ABANDONED'
  readonly slot: string
}

const parkingNames = { retrieved: 'PARK_RETRIEVED', returned: 'PARK_RETRIEVED', abandoned: 'PARK_ABANDONED' } as const

export interface LedgerOptions {
  readonly writer: RecordWriter
  /** The running process. */
  readonly node: string
  readonly clock: Clock
  readonly log: Log
  /** Keep events, or only CDRs and debug entries. */
  readonly keepsEvents: boolean
  /** An event as it may be kept: without secrets, and without what people dialled unless that is wanted. */
  readonly keepable: (event: CallEvent) => CallEvent
  /** What web servers are to be told of a leg: webhooks, and at its end the posts to `cdr_url`. */
  readonly jobsFor: (hook: ChannelHook | Parking, record: LegRecord | Cdr) => Promise<readonly Job[]>
  /** Told of jobs as soon as they are durable. */
  readonly carry: (jobs: readonly Job[], call: Call | undefined) => void
}

/** Writes down what happens on calls, a little later and a little at a time, so that calls never wait for a disk. */
export interface Ledger {
  readonly observe: CallObserver
  /** A call is over. */
  onCdr(cdr: Cdr, call: Call): void
  /** A leg whose process died: it ended now, as far as anybody can tell. */
  recover(record: LegRecord): void
  /** Resolves when everything so far is kept. */
  close(): Promise<void>
}

const gatherMs = 20
const mostEvents = 2_000

export function openLedger(options: LedgerOptions): Ledger {
  return new Book(options)
}

class Book implements Ledger {
  readonly #options: LedgerOptions
  readonly #live = new Map<string, LegRecord>()
  /** What web servers are told is put together one after the other, so that it is kept in the order it happened. */
  #telling: Promise<unknown> = Promise.resolve()
  readonly #writing = new Set<Promise<unknown>>()
  #events: { readonly at: number; readonly event: CallEvent }[] = []
  #debug: DebugEntry[] = []
  #isGathering = false

  constructor(options: LedgerOptions) {
    this.#options = options
  }

  readonly observe: CallObserver = (event, call) => {
    this.#keep(event, call.arrivedAt + event.atMs)
    if (event.sequence === 1) this.#changed(call, 'channel_create')
    if (event.type === 'leg.answered') this.#changed(call, 'channel_answer')
    if (event.type === 'bridge.began' && !event.isEarly) this.#changed(call, 'channel_bridge')
    if (event.type === 'cdr.requested') this.#changed(call, undefined)
    if (event.type === 'call.parked') this.#changed(call, { name: 'PARK_PARKED', slot: event.slot })
    if (event.type === 'call.unparked') this.#changed(call, { name: parkingNames[event.how], slot: event.slot })
  }

  onCdr(cdr: Cdr, call: Call): void {
    this.#end(cdr, call)
  }

  recover(record: LegRecord): void {
    const { clock, log } = this.#options
    log.warn('ledger.recovered', { callId: record.callId, accountId: record.accountId })
    this.#end(
      cdrAt(record, { at: clock.now(), cause: 'NORMAL_TEMPORARY_FAILURE', sipStatus: 503, by: 'server' }),
      undefined,
    )
  }

  async close(): Promise<void> {
    this.#flush()
    await this.#telling
    await Promise.all(this.#writing)
  }

  #keep(event: CallEvent, at: number): void {
    const { keepable, keepsEvents, node } = this.#options
    const kept = keepable(event)
    if (keepsEvents) this.#events.push({ at, event: kept })
    if (kept.type === 'pivot.debug') {
      const record = kept.record as Readonly<Record<string, unknown>>
      const { accountId, callId } = kept
      const [iteration, attempt] = [Number(record['iteration']), Number(record['attempt'])]
      this.#debug.push({ accountId, callId, iteration, attempt, at, node, record })
    }
    if (this.#events.length >= mostEvents) this.#flush()
    else this.#gather()
  }

  #changed(call: Call, hook: ChannelHook | Parking | undefined): void {
    const record = legRecordOf(call)
    this.#live.set(`${record.accountId} ${record.callId}`, record)
    if (hook !== undefined)
      this.#tell(hook, record, call, (jobs) => (jobs.length === 0 ? undefined : { jobs, isCarriedHere: true }))
    this.#gather()
  }

  #end(cdr: Cdr, call: Call | undefined): void {
    this.#live.delete(`${cdr.accountId} ${cdr.callId}`)
    this.#tell('channel_destroy', cdr, call, (jobs) => ({ ended: cdr, jobs, isCarriedHere: true }))
  }

  #tell(
    hook: ChannelHook | Parking,
    record: LegRecord | Cdr,
    call: Call | undefined,
    unitOf: (jobs: readonly Job[]) => Unit | undefined,
  ): void {
    const { jobsFor, log } = this.#options
    this.#telling = this.#telling.then(async () => {
      const jobs = await jobsFor(hook, record).catch((error: unknown) => {
        log.error('ledger.not-told', { callId: record.callId, hook: nameOfHook(hook), error: asFailure(error) })
        return []
      })
      const unit = unitOf(jobs)
      if (unit !== undefined) this.#write(unit, call)
    })
  }

  #write(unit: Unit, call: Call | undefined): void {
    const { writer, carry, log } = this.#options
    const { jobs = [] } = unit
    const writing = writer
      .write(unit)
      .then((isKept) => (isKept && jobs.length > 0 ? carry(jobs, call) : undefined))
      .catch((error: unknown) => log.error('ledger.not-written', { error: asFailure(error) }))
    this.#writing.add(writing)
    void writing.finally(() => this.#writing.delete(writing))
  }

  /** What comes within a few milliseconds is written at once. */
  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    void this.#options.clock.sleep(gatherMs, never).then(() => this.#flush())
  }

  #flush(): void {
    this.#isGathering = false
    for (const live of this.#live.values()) this.#write({ live }, undefined)
    this.#live.clear()
    if (this.#events.length > 0 || this.#debug.length > 0)
      this.#write({ events: this.#events, debug: this.#debug }, undefined)
    this.#events = []
    this.#debug = []
  }
}

const nameOfHook = (hook: ChannelHook | Parking): string => (typeof hook === 'string' ? hook : 'parking')
