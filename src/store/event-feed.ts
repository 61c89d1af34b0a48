import { asFailure, type Log } from '../base/index.ts'
import type { KeptEvent } from '../records/index.ts'
import type { Database } from './database.ts'
import type { Listeners } from './listeners.ts'
import { keptEvent } from './reader.ts'

const mostRead = 500

/**
 * Tells events in their order, whoever kept them. Numbers have no gaps and become visible in their order: events that
 * follow the last one told are told at once, and when some of another process are between, they are read.
 */
export class EventFeed {
  readonly #database: Database
  readonly #listeners: Listeners<readonly KeptEvent[]>
  readonly #log: Log
  #last = 0
  #wanted = 0
  #isReading = false

  constructor(database: Database, listeners: Listeners<readonly KeptEvent[]>, log: Log) {
    this.#database = database
    this.#listeners = listeners
    this.#log = log
  }

  /** Begins after the events that there are. */
  async begin(): Promise<void> {
    this.#last = await this.#counted()
  }

  /** These have been committed by this process. */
  kept(events: readonly KeptEvent[]): void {
    const [first] = events
    const last = events.at(-1)
    if (first === undefined || last === undefined) return
    if (!this.#isReading && (first.id === this.#last + 1 || this.#listeners.size === 0)) {
      this.#last = Math.max(this.#last, last.id)
      if (this.#listeners.size > 0) this.#listeners.tell(events)
    } else this.#upTo(last.id)
  }

  /** Events of other processes have been committed, or may have been. */
  async catchUp(): Promise<void> {
    this.#upTo(await this.#counted())
  }

  #upTo(last: number): void {
    this.#wanted = Math.max(this.#wanted, last)
    if (this.#isReading) return
    this.#isReading = true
    void this.#read()
  }

  async #read(): Promise<void> {
    try {
      while (this.#last < this.#wanted) {
        if (this.#listeners.size === 0) this.#last = this.#wanted
        else await this.#readSome()
      }
    } catch (error) {
      // The next notice asks again.
      this.#log.warn('store.events-unread', { error: asFailure(error) })
    }
    this.#isReading = false
  }

  async #readSome(): Promise<void> {
    const wanted = this.#wanted
    const rows = await this.#database.kysely
      .selectFrom('events')
      .select(['id', 'at', 'data'])
      .where('id', '>', this.#last)
      .where('id', '<=', wanted)
      .orderBy('id')
      .limit(mostRead)
      .execute()
    this.#last = rows.length < mostRead ? wanted : (rows.at(-1)?.id ?? wanted)
    if (rows.length > 0) this.#listeners.tell(rows.map(keptEvent))
  }

  async #counted(): Promise<number> {
    const { value } = await this.#database.kysely
      .selectFrom('counters')
      .select('value')
      .where('name', '=', 'events')
      .executeTakeFirstOrThrow()
    return value
  }
}
