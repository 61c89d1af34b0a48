import { asFailure, isFailure, unwanted, type Clock, type Log } from '../base/index.ts'
import type { RecordWriter, Unit } from '../records/index.ts'
import type { Database } from './database.ts'
import type { EventFeed } from './event-feed.ts'
import type { Journal } from './journal.ts'
import type { Listeners } from './listeners.ts'
import { batchOf, isPrecious, unitRows, type UnitRows } from './units.ts'

export interface WriterLimits {
  /** Units and bytes that wait in memory. */
  readonly mostUnits: number
  readonly mostBytes: number
  /** Units of one transaction. */
  readonly batchUnits: number
  /** How long the first unit of a batch waits for others. */
  readonly gatherMs: number
  /** Of the journal on disk. */
  readonly journalBytes: number
}

export const usualLimits: WriterLimits = {
  mostUnits: 20_000,
  mostBytes: 67_108_864,
  batchUnits: 500,
  gatherMs: 10,
  journalBytes: 1_073_741_824,
}

/** What the writer has done since it was opened, for metrics. */
export interface WriterCounters {
  /** Units waiting in memory. */
  readonly queued: number
  readonly queuedBytes: number
  readonly written: number
  /** Units that could not be kept: there was no room, or the database refuses them. */
  readonly dropped: number
  /** Units that went to the journal on disk. */
  readonly journaled: number
  readonly batches: number
  /** Transactions that failed because the database was not there, and were tried again. */
  readonly retries: number
  readonly lastCommitMs: number
}

export interface WriterOptions {
  readonly database: Database
  readonly journal: Journal
  readonly node: string
  readonly feed: EventFeed
  readonly jobsAdded: Listeners<void>
  readonly limits: WriterLimits
  readonly clock: Clock
  readonly log: Log
}

interface Entry extends UnitRows {
  readonly isPrecious: boolean
  readonly resolve: (isKept: boolean) => void
}

const shortestPauseMs = 100
const longestPauseMs = 5_000
/** What is left in memory when the store closes is given so long before it goes to the journal. */
const closingMs = 5_000

/** Keeps units in their order, many in one transaction. */
export class Writer implements RecordWriter {
  readonly #options: WriterOptions
  #queue: Entry[] = []
  #queuedBytes = 0
  #preciousQueued = 0
  #isRunning = false
  #running: Promise<void> = Promise.resolve()
  /** Aborts to cut the gathering short. */
  #gathering: AbortController | undefined
  readonly #closing = new AbortController()
  #isHurried = false
  #keys = 0
  #written = 0
  #dropped = 0
  #journaled = 0
  #batches = 0
  #retries = 0
  #lastCommitMs = 0

  constructor(options: WriterOptions) {
    this.#options = options
  }

  counters(): WriterCounters {
    return {
      queued: this.#queue.length,
      queuedBytes: this.#queuedBytes,
      written: this.#written,
      dropped: this.#dropped,
      journaled: this.#journaled,
      batches: this.#batches,
      retries: this.#retries,
      lastCommitMs: this.#lastCommitMs,
    }
  }

  write(unit: Unit): Promise<boolean> {
    const { limits, node, journal } = this.#options
    const precious = isPrecious(unit)
    const isFull = this.#queue.length >= limits.mostUnits || this.#queuedBytes >= limits.mostBytes
    // Once some are in the journal, those that must keep their order follow them.
    if (precious && (isFull || !journal.isEmpty || this.#closing.signal.aborted)) return this.#toJournal(unit)
    if (isFull || this.#closing.signal.aborted) return this.#drop(1)
    return new Promise((resolve) => {
      this.#push({ ...unitRows(unit, this.#newKey(), node, true), isPrecious: precious, resolve })
    })
  }

  /** Resolves when everything that was told before is kept, or was dropped. */
  async flush(): Promise<void> {
    this.#isHurried = true
    this.#gathering?.abort(unwanted)
    await this.#running
  }

  /** Writes what is in the journal. To be called before anything else is written. */
  async replay(): Promise<void> {
    while (!this.#options.journal.isEmpty) await this.#replaySome()
  }

  /** Writes what waits, or puts it into the journal when the database does not take it. */
  async close(): Promise<void> {
    const { clock } = this.#options
    const done = new AbortController()
    const alarm = clock.sleep(closingMs, done.signal).then(
      () => this.#closing.abort(unwanted),
      () => undefined,
    )
    await this.flush()
    done.abort(unwanted)
    await alarm
    this.#closing.abort(unwanted)
    const left = this.#queue
    this.#queue = []
    for (const { unit, isPrecious: precious, resolve } of left) {
      resolve(await (precious ? this.#toJournal(unit) : this.#drop(1)))
    }
    await this.#options.journal.close()
  }

  #push(entry: Entry): void {
    this.#queue.push(entry)
    this.#queuedBytes += entry.bytes
    if (entry.isPrecious) this.#preciousQueued++
    if (this.#queue.length >= this.#options.limits.batchUnits) this.#gathering?.abort(unwanted)
    this.#start()
  }

  #start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#running = this.#run()
  }

  async #run(): Promise<void> {
    const { journal, limits } = this.#options
    while (!this.#closing.signal.aborted && (this.#queue.length > 0 || !journal.isEmpty)) {
      if (this.#queue.length > 0) {
        await this.#gather()
        await this.#writeSome(this.#queue.slice(0, limits.batchUnits))
      }
      // Those in memory came before those in the journal.
      if (this.#preciousQueued === 0 && !journal.isEmpty) await this.#replaySome()
    }
    // In the same turn as the last look at the queue: nothing can come between.
    this.#isRunning = false
    this.#isHurried = false
  }

  async #gather(): Promise<void> {
    const { clock, limits } = this.#options
    if (this.#isHurried || this.#queue.length >= limits.batchUnits) return
    this.#gathering = new AbortController()
    await clock.sleep(limits.gatherMs, this.#gathering.signal).catch(() => undefined)
    this.#gathering = undefined
  }

  async #writeSome(entries: readonly Entry[]): Promise<void> {
    const isKept = await this.#commit(entries)
    if (isKept.length === 0) return
    this.#queue = this.#queue.slice(entries.length)
    for (const [index, { bytes, isPrecious: precious, resolve }] of entries.entries()) {
      this.#queuedBytes -= bytes
      if (precious) this.#preciousQueued--
      resolve(isKept[index] === true)
    }
  }

  async #replaySome(): Promise<void> {
    const { journal, limits } = this.#options
    const read = await journal.read(limits.batchUnits)
    const units = read.lines.flatMap((line) => this.#readLine(line))
    const isKept = units.length === 0 ? [true] : await this.#commit(units)
    if (isKept.length > 0) await journal.take(read)
  }

  #readLine(line: string): readonly UnitRows[] {
    try {
      const { key, unit } = JSON.parse(line) as { readonly key: string; readonly unit: Unit }
      return [unitRows(unit, key, this.#options.node, false)]
    } catch (error) {
      void this.#drop(1)
      this.#options.log.error('store.journal-line-unread', { error: asFailure(error) })
      return []
    }
  }

  /**
   * Writes units in one transaction, again and again until the database is there. A unit that the database refuses must
   * not keep the others: then each is written alone.
   *
   * @returns of each whether it is kept; nothing when the store closes before
   */
  async #commit(units: readonly UnitRows[]): Promise<readonly boolean[]> {
    const { clock, log } = this.#options
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await this.#transact(units, pauseMs === shortestPauseMs)
        return units.map(() => true)
      } catch (error) {
        if (!isFailure(error, 'DATABASE_UNAVAILABLE') && !isFailure(error, 'DATABASE_IN_USE')) {
          return this.#commitAlone(units, error)
        }
        this.#retries++
        log.warn('store.write-failed', { error, units: units.length, pauseMs, queued: this.#queue.length })
        await clock.sleep(pauseMs, this.#closing.signal).catch(() => undefined)
        if (this.#closing.signal.aborted) return []
      }
    }
  }

  async #commitAlone(units: readonly UnitRows[], error: unknown): Promise<readonly boolean[]> {
    if (units.length === 1) {
      this.#options.log.error('store.unit-refused', { error: asFailure(error) })
      return [await this.#drop(1)]
    }
    const isKept: boolean[] = []
    for (const unit of units) {
      const [isOneKept] = await this.#commit([unit])
      if (isOneKept === undefined) return []
      isKept.push(isOneKept)
    }
    return isKept
  }

  async #transact(units: readonly UnitRows[], isFirstTry: boolean): Promise<void> {
    const { database, feed, jobsAdded, clock } = this.#options
    const begunAt = clock.now()
    const batch = batchOf(database, units)
    const results = await database.batch(batch.steps)
    this.#lastCommitMs = clock.now() - begunAt
    this.#batches++
    this.#written += units.length
    if (isFirstTry) feed.kept(batch.eventsOf(results))
    // The first try may have been committed without our knowing: then these events have other numbers.
    else await feed.catchUp()
    if (batch.hasOpenJobs) jobsAdded.tell()
  }

  async #toJournal(unit: Unit): Promise<boolean> {
    const line = JSON.stringify({ key: this.#newKey(), unit })
    const appended = this.#options.journal.append(line)
    this.#start()
    if (!(await appended)) return this.#drop(1)
    this.#journaled++
    return true
  }

  async #drop(units: number): Promise<false> {
    this.#dropped += units
    return false
  }

  /** Grows in time, and is nobody else's. */
  #newKey(): string {
    return `${(++this.#keys).toString(36).padStart(8, '0')}-${this.#options.node}`
  }
}
