import pg from 'pg'
import { never, unlessAborted, unwanted, within, type Clock, type Log } from '../base/index.ts'
import type { Notice, NoticeListener } from './database.ts'
import { postgresFailure } from './postgres-failure.ts'
import { listenSql } from './sql.ts'

export interface PostgresListenerOptions {
  readonly settings: pg.ClientConfig
  readonly channel: string
  readonly node: string
  readonly clock: Clock
  readonly log: Log
}

/** A connection that seems to live is asked so often. */
const checkMs = 10_000
const answerMs = 5_000
const shortestPauseMs = 200
const longestPauseMs = 5_000

/** Hears what other processes tell, on a connection of its own that is made anew whenever it is lost. */
export class PostgresListener {
  readonly #options: PostgresListenerOptions
  readonly #closing = new AbortController()
  /** Says that the connection of now is of no use. */
  #lose: (why: unknown) => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: PostgresListenerOptions) {
    this.#options = options
  }

  /** @throws DATABASE_UNAVAILABLE when the first connection cannot be made */
  async listen(told: NoticeListener): Promise<void> {
    const first = await this.#connect(told)
    this.#running = this.#keep(first, told)
  }

  async close(): Promise<void> {
    this.#closing.abort(unwanted)
    this.#lose(unwanted)
    await this.#running
  }

  async #keep(first: Ear, told: NoticeListener): Promise<void> {
    const { log } = this.#options
    let ear: Ear | undefined = first
    while (ear !== undefined) {
      const why = await this.#untilLost(ear)
      ear.client.removeAllListeners('notification')
      await this.#limited(() => ear?.client.end() ?? Promise.resolve()).catch(() => undefined)
      if (this.#closing.signal.aborted) return
      log.warn('store.listening-lost', { error: why })
      ear = await this.#reconnect(told)
      if (ear !== undefined) {
        log.info('store.listening-again')
        told.onGap()
      }
    }
  }

  async #reconnect(told: NoticeListener): Promise<Ear | undefined> {
    const { clock } = this.#options
    for (
      let pauseMs = shortestPauseMs;
      !this.#closing.signal.aborted;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    ) {
      try {
        return await this.#connect(told)
      } catch {
        await clock.sleep(pauseMs, this.#closing.signal).catch(() => undefined)
      }
    }
    return undefined
  }

  async #connect(told: NoticeListener): Promise<Ear> {
    const { settings, channel } = this.#options
    const client = new pg.Client(settings)
    const lost = new AbortController()
    client.on('error', (error) => lost.abort(postgresFailure(error)))
    client.on('end', () => lost.abort(new Error('the connection ended')))
    client.on('notification', ({ payload = '' }) => this.#hear(payload, told))
    try {
      await client.connect()
      await client.query(listenSql(channel))
    } catch (error) {
      await client.end().catch(() => undefined)
      throw postgresFailure(error)
    }
    this.#lose = (why) => lost.abort(why)
    return { client, lost: lost.signal }
  }

  #hear(payload: string, told: NoticeListener): void {
    try {
      // Only processes of ours know the channel; others than ours would be no JSON, or not of these words.
      const { node, ...notice } = JSON.parse(payload) as Notice & { readonly node: string }
      if (node !== this.#options.node) told.onNotice(notice)
    } catch (error) {
      this.#options.log.warn('store.notice-unread', { error })
    }
  }

  /** Asks now and then, because a connection can be gone without a word. Resolves to why it is of no use any more. */
  async #untilLost({ client, lost }: Ear): Promise<unknown> {
    while (!lost.aborted) {
      const isLost = await this.#options.clock.sleep(checkMs, lost).then(
        () => false,
        () => true,
      )
      if (isLost) break
      try {
        await this.#limited(() => unlessAborted(client.query('SELECT 1'), lost))
      } catch (error) {
        return lost.reason ?? error
      }
    }
    return lost.reason
  }

  #limited<T>(work: () => Promise<T>): Promise<T> {
    const limit = { clock: this.#options.clock, ms: answerMs, signal: never }
    return within(limit, () => new Error(`no answer within ${answerMs} ms`), work)
  }
}

interface Ear {
  readonly client: pg.Client
  /** Aborts when the connection is lost. */
  readonly lost: AbortSignal
}
