import type { Digit } from './leg.ts'

const mostKept = 64

/** What every driver's leg keeps its digits in: in dialled order, handed to whoever waits, else kept (at most 64). */
export class DigitQueue {
  #kept: Digit[] = []
  readonly #waiting: ((digit: Digit) => void)[] = []

  /** Somebody waits for a digit. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0
  }

  add(digit: Digit): void {
    const next = this.#waiting.shift()
    if (next !== undefined) next(digit)
    else if (this.#kept.length < mostKept) this.#kept.push(digit)
  }

  /** The next digit. Rejects with the reason of the first of `signals` that aborts before it; no digit is lost then. */
  next(...signals: readonly AbortSignal[]): Promise<Digit> {
    const gone = signals.find(({ aborted }) => aborted)
    if (gone !== undefined) return Promise.reject(gone.reason as Error)
    const kept = this.#kept.shift()
    if (kept !== undefined) return Promise.resolve(kept)
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        for (const signal of signals) signal.removeEventListener('abort', stop)
      }
      const take = (digit: Digit): void => {
        leave()
        resolve(digit)
      }
      const stop = (event: Event): void => {
        leave()
        this.#waiting.splice(this.#waiting.indexOf(take), 1)
        reject((event.target as AbortSignal).reason as Error)
      }
      this.#waiting.push(take)
      for (const signal of signals) signal.addEventListener('abort', stop, { once: true })
    })
  }

  takeAll(): string {
    const digits = this.#kept.join('')
    this.#kept = []
    return digits
  }
}
