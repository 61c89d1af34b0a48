import type { Clock } from '../../base/index.ts'

const mostFailures = 3
const restMs = 30_000

/**
 * Keeps callers from waiting for a provider that is down: after three failures in a row nobody asks it for half a
 * minute, then one may try.
 */
export class Breaker {
  readonly #clock: Clock
  #failures = 0
  #restsUntil = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** May it be asked now? The one that may try after a rest keeps others from trying, too. */
  get mayTry(): boolean {
    if (this.#failures < mostFailures) return true
    if (this.#clock.now() < this.#restsUntil) return false
    this.#restsUntil = this.#clock.now() + restMs
    return true
  }

  succeeded(): void {
    this.#failures = 0
  }

  failed(): void {
    this.#failures++
    if (this.#failures >= mostFailures) this.#restsUntil = this.#clock.now() + restMs
  }
}
