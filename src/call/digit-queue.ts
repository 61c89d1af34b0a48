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

  /** The next digit. Rejects with `signal.reason` when that aborts first; no digit is lost then. */
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
      const take = (digit: Digit): void => {
        signal.removeEventListener('abort', stop)
        resolve(digit)
      }
      const stop = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1)
        reject(signal.reason as Error)
      }
      this.#waiting.push(take)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  takeAll(): string {
    const digits = this.#kept.join('')
    this.#kept = []
    return digits
  }
}
