import type { Clock } from '../../base/index.ts'
import type { Digit } from '../../call/index.ts'

const mostKept = 64

interface Waiter {
  readonly give: (digit: Digit) => void
}

/** Digits in dialled order: given to whoever waits, kept (at most 64) while nobody does. */
export class DigitQueue {
  readonly #waiters = new Set<Waiter>()
  #kept: Digit[] = []

  add(digit: Digit): void {
    const [waiter] = this.#waiters
    if (waiter !== undefined) {
      this.#waiters.delete(waiter)
      waiter.give(digit)
    } else if (this.#kept.length < mostKept) this.#kept.push(digit)
  }

  /** Rejects with the signal's reason when that aborts before a digit comes; no digit is lost by it. */
  next(signal: AbortSignal): Promise<Digit> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error)
        return
      }
      const kept = this.#kept.shift()
      if (kept !== undefined) {
        resolve(kept)
        return
      }
      const leave = (): void => {
        this.#waiters.delete(waiter)
        reject(signal.reason as Error)
      }
      const give = (digit: Digit): void => {
        signal.removeEventListener('abort', leave)
        resolve(digit)
      }
      const waiter: Waiter = { give }
      this.#waiters.add(waiter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  takeAll(): string {
    const digits = this.#kept.join('')
    this.#kept = []
    return digits
  }
}

export type Via = 'rtp' | 'info'

const pairedWithinMs = 1_000
/** More keys than the fastest machine presses in that time (40 ms and 40 ms of pause each). */
const mostTold = 25

/**
 * Some phones tell each key twice, by telephone-event and by INFO. The second telling of a key is found here, and a
 * flood of keys that nobody can have pressed.
 */
export class DoubleTold {
  readonly #clock: Clock
  #told: { readonly digit: Digit; readonly via: Via; readonly atMs: number }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns false for what is to be ignored */
  isNews(digit: Digit, via: Via): boolean {
    const nowMs = this.#clock.now()
    this.#told = this.#told.filter(({ atMs }) => nowMs - atMs < pairedWithinMs)
    const pair = this.#told.findIndex((told) => told.digit === digit && told.via !== via)
    if (pair >= 0) {
      this.#told.splice(pair, 1)
      return false
    }
    if (this.#told.length >= mostTold) return false
    this.#told.push({ digit, via, atMs: nowMs })
    return true
  }
}
