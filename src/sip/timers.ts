import { unwanted, type Clock } from '../base/index.ts'

/** A timer that is set; give it back to {@link Timers.clear}. */
export interface Timer {
  readonly at: number
  readonly fire: () => void
  /** Its place in the heap; -1 when it has fired or was cleared. */
  index: number
}

/**
 * Very many timers on one sleep of the clock: a binary heap, so that 100,000 transactions cost neither a promise nor
 * an abort signal each.
 */
export class Timers {
  readonly #clock: Clock
  readonly #heap: Timer[] = []
  #sleep: { readonly until: number; readonly stop: AbortController } | undefined
  #firing = false
  #latest = Number.NEGATIVE_INFINITY
  #offset = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds that never run backwards, whatever is done to the machine's clock. */
  now(): number {
    const now = this.#clock.now() + this.#offset
    if (now < this.#latest) this.#offset += this.#latest - now
    this.#latest = Math.max(now, this.#latest)
    return this.#latest
  }

  get size(): number {
    return this.#heap.length
  }

  /** Calls `fire` once, `ms` milliseconds from now. */
  set(ms: number, fire: () => void): Timer {
    const timer: Timer = { at: this.now() + ms, fire, index: this.#heap.length }
    this.#heap.push(timer)
    this.#up(timer)
    if (!this.#firing) this.#arm()
    return timer
  }

  /** Does nothing for undefined and for a timer that has fired. */
  clear(timer: Timer | undefined): void {
    if (timer === undefined || timer.index === -1) return
    const { index } = timer
    timer.index = -1
    const last = this.#heap.pop()
    if (last === undefined || last === timer) return
    last.index = index
    this.#heap[index] = last
    this.#up(last)
    this.#down(last)
  }

  /** Clears all of them. */
  close(): void {
    for (const timer of this.#heap) timer.index = -1
    this.#heap.length = 0
    this.#sleep?.stop.abort(unwanted)
    this.#sleep = undefined
  }

  #arm(): void {
    const first = this.#heap[0]
    if (first === undefined || (this.#sleep !== undefined && this.#sleep.until <= first.at)) return
    this.#sleep?.stop.abort(unwanted)
    const sleep = { until: first.at, stop: new AbortController() }
    this.#sleep = sleep
    this.#clock.sleep(Math.max(0, first.at - this.now()), sleep.stop.signal).then(
      () => this.#wake(sleep.until),
      () => undefined, // aborted: an earlier timer was set, or all were cleared
    )
  }

  #wake(until: number): void {
    // The sleep is over, so that much time has passed, even if the clock was set back meanwhile.
    this.#latest = Math.max(this.#latest, until)
    this.#sleep = undefined
    this.#firing = true
    const now = this.now()
    try {
      for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
        this.clear(first)
        first.fire()
      }
    } finally {
      this.#firing = false
      this.#arm()
    }
  }

  #up(timer: Timer): void {
    while (timer.index > 0) {
      const parent = this.#heap[(timer.index - 1) >> 1]
      if (parent === undefined || parent.at <= timer.at) return
      this.#swap(parent, timer)
    }
  }

  #down(timer: Timer): void {
    for (;;) {
      const left = this.#heap[2 * timer.index + 1]
      const right = this.#heap[2 * timer.index + 2]
      const least = right !== undefined && left !== undefined && right.at < left.at ? right : left
      if (least === undefined || least.at >= timer.at) return
      this.#swap(timer, least)
    }
  }

  #swap(upper: Timer, lower: Timer): void {
    const index = upper.index
    this.#heap[lower.index] = upper
    this.#heap[index] = lower
    upper.index = lower.index
    lower.index = index
  }
}
