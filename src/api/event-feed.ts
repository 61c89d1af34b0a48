import { Failure, Outcome, within, type Clock } from '../base/index.ts'
import type { KeptEvent, RecordReader } from '../records/index.ts'

/** What somebody wants to be told. */
export interface Wanted {
  readonly accountId: string
  readonly callId: string | undefined
  /** Names of events, `leg.*` for all that begin so; empty: all. */
  readonly types: readonly string[]
  /** Only what came after this event; undefined: only what comes from now on. */
  readonly afterId: number | undefined
}

/** What a stream says: events, that it still lives, or why it ends: nothing comes after that. */
export type Said =
  | { readonly say: 'event'; readonly event: KeptEvent }
  | { readonly say: 'alive' }
  | { readonly say: 'end'; readonly why: 'slow' | 'stopping' }

export interface FeedOptions {
  readonly reader: RecordReader
  readonly clock: Clock
  /** Aborts when nobody listens any more. */
  readonly signal: AbortSignal
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal
}

export const keepAliveMs = 15_000
export const mostWaiting = 2_000
const historyAtOnce = 500
const mostRemembered = 2_000

export const isWanted =
  ({ accountId, callId, types }: Wanted) =>
  ({ event }: KeptEvent): boolean =>
    event.accountId === accountId &&
    (callId === undefined || event.callId === callId) &&
    (types.length === 0 || types.some((type) => named(type, event.type)))

const named = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type

/**
 * Events as they are kept, after those that were missed. Whoever reads takes one at a time; who takes them too slowly
 * is told so and has to come back with the last id it had.
 */
export async function* feedOf(wanted: Wanted, options: FeedOptions): AsyncGenerator<Said, void, undefined> {
  const feed = new Feed(wanted, options)
  try {
    yield* feed.history()
    yield* feed.live()
  } finally {
    feed.close()
  }
}

class Feed {
  readonly #wanted: Wanted
  readonly #options: FeedOptions
  readonly #isWanted: (event: KeptEvent) => boolean
  /** History that the live events may bring again. */
  readonly #told = new Set<number>()
  #waiting: KeptEvent[] = []
  #isSlow = false
  #wake: () => void = () => undefined
  readonly #unsubscribe: () => void

  constructor(wanted: Wanted, options: FeedOptions) {
    this.#wanted = wanted
    this.#options = options
    this.#isWanted = isWanted(wanted)
    this.#unsubscribe = options.reader.onEvents((events) => this.#take(events))
    options.signal.addEventListener('abort', this.close, { once: true })
    options.stopping.addEventListener('abort', this.#woken, { once: true })
  }

  /** Idempotent. A stream that nobody ever read is closed by its signal. */
  readonly close = (): void => {
    this.#unsubscribe()
    this.#waiting = []
    this.#options.signal.removeEventListener('abort', this.close)
    this.#options.stopping.removeEventListener('abort', this.#woken)
  }

  readonly #woken = (): void => this.#wake()

  async *history(): AsyncGenerator<Said, void, undefined> {
    const { reader, signal } = this.#options
    const { accountId, callId } = this.#wanted
    let { afterId } = this.#wanted
    while (afterId !== undefined && !signal.aborted) {
      const call = callId === undefined ? {} : { callId }
      const events = await reader.events(accountId, { afterId, most: historyAtOnce, ...call })
      for (const event of events) {
        this.#remember(event.id)
        if (this.#isWanted(event)) yield { say: 'event', event }
      }
      afterId = events.length < historyAtOnce ? undefined : events.at(-1)?.id
    }
  }

  async *live(): AsyncGenerator<Said, void, undefined> {
    const { signal, stopping } = this.#options
    const isOver = (): boolean => signal.aborted
    while (!isOver()) {
      if (this.#isSlow) return yield { say: 'end', why: 'slow' }
      const waiting = this.#waiting
      this.#waiting = []
      for (const event of waiting) if (!this.#told.has(event.id)) yield { say: 'event', event }
      if (waiting.length > 0) continue
      if (stopping.aborted) return yield { say: 'end', why: 'stopping' }
      if (!(await this.#more()) && !isOver()) yield { say: 'alive' }
    }
  }

  #take(events: readonly KeptEvent[]): void {
    const wanted = events.filter(this.#isWanted)
    if (wanted.length === 0 || this.#isSlow) return
    if (this.#waiting.length + wanted.length > mostWaiting) {
      this.#isSlow = true
      this.#waiting = []
    } else this.#waiting.push(...wanted)
    this.#wake()
  }

  #remember(id: number): void {
    this.#told.add(id)
    const [oldest] = this.#told.size > mostRemembered ? this.#told : []
    if (oldest !== undefined) this.#told.delete(oldest)
  }

  /** @returns whether something came, or the stream is over, before it has to say that it lives */
  async #more(): Promise<boolean> {
    const { clock, signal } = this.#options
    const quiet = new Outcome('nothing to say')
    try {
      await within(
        { clock, ms: keepAliveMs, signal },
        () => quiet,
        () => this.#something(),
      )
      return true
    } catch (error) {
      return error !== quiet
    }
  }

  async #something(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}

/** How many streams there are, of each account. */
export class StreamLimit {
  readonly #most: number
  readonly #open = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  /** One more, until `signal` aborts. @throws API_TOO_MANY */
  take(accountId: string, signal: AbortSignal): void {
    const count = this.#open.get(accountId) ?? 0
    if (count >= this.#most) throw new Failure('API_TOO_MANY', { most: this.#most, retryAfterMs: keepAliveMs })
    this.#open.set(accountId, count + 1)
    signal.addEventListener('abort', () => this.#release(accountId), { once: true })
  }

  #release(accountId: string): void {
    const left = (this.#open.get(accountId) ?? 1) - 1
    if (left > 0) this.#open.set(accountId, left)
    else this.#open.delete(accountId)
  }
}
