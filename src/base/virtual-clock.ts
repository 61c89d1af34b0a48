import type { Clock } from './clock.ts'

interface Sleeper {
  readonly at: number
  readonly order: number
  readonly wake: () => void
}

/**
 * A clock whose time passes only when nothing else happens: an hour of silence takes about a millisecond.
 * Work that runs in real time (a real HTTP request, say) is declared with {@link hold}, so that time waits for it.
 */
export class VirtualClock implements Clock {
  #now: number
  #order = 0
  #holds = 0
  readonly #sleepers: Sleeper[] = []

  /** @param startMs what `now()` says at first; 0 keeps tests readable */
  constructor(startMs = 0) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error)
        return
      }
      const stop = (): void => {
        this.#remove(sleeper)
        reject(signal?.reason as Error)
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const sleeper = { at: this.#now + Math.max(0, ms), order: this.#order++, wake }
      this.#insert(sleeper)
      signal?.addEventListener('abort', stop, { once: true })
    })
  }

  /** How many are asleep. */
  get waiting(): number {
    return this.#sleepers.length
  }

  /** Time stands still until `work` is settled, then jumps by the real milliseconds it took when `pass` is set. */
  async hold<T>(work: Promise<T>, { pass = false }: { pass?: boolean } = {}): Promise<T> {
    const begun = performance.now()
    this.#holds++
    try {
      return await work
    } finally {
      this.#holds--
      if (pass) this.#now += Math.round(performance.now() - begun)
    }
  }

  /** Lets everything run that can run now, without any time passing. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 3; idle++) {
      await turn()
      while (this.#holds > 0) await turn()
    }
  }

  /** Lets `ms` milliseconds pass, waking sleepers in order. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await this.settle()
    for (let next = this.#sleepers[0]; next !== undefined && next.at <= until; next = this.#sleepers[0]) {
      this.#wakeNext()
      await this.settle()
    }
    this.#now = Math.max(this.#now, until)
  }

  /** Wakes the next sleeper at its time. Resolves to false when nobody sleeps. */
  async step(): Promise<boolean> {
    await this.settle()
    if (this.#sleepers.length === 0) return false
    this.#wakeNext()
    await this.settle()
    return true
  }

  /** When the next sleeper wakes, or undefined when nobody sleeps. */
  get nextAt(): number | undefined {
    return this.#sleepers[0]?.at
  }

  #wakeNext(): void {
    const next = this.#sleepers.shift()
    if (next === undefined) return
    this.#now = Math.max(this.#now, next.at)
    next.wake()
  }

  #insert(sleeper: Sleeper): void {
    let index = this.#sleepers.length
    while (index > 0 && (this.#sleepers[index - 1] as Sleeper).at > sleeper.at) index--
    this.#sleepers.splice(index, 0, sleeper)
  }

  #remove(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper)
    if (index >= 0) this.#sleepers.splice(index, 1)
  }
}

/** One turn of the event loop: every promise that can go on has gone on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
