import type { Clock } from '../../base/index.ts'
import type { Digit } from '../../call/index.ts'

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
