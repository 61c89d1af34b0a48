import { Failure, type Clock } from '../base/index.ts'

const windowMs = 60_000
const mostFailures = 10
const mostAddresses = 10_000

/** Counts failed attempts at saying who one is, by address: after ten in a minute no more are looked at for a while. */
export class FailedAttempts {
  readonly #clock: Clock
  readonly #failures = new Map<string, { count: number; readonly since: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Makes an attempt; undefined is a failed one.
   *
   * @throws API_TOO_MANY without making it, when too many of this address have failed
   */
  async of<T>(address: string, attempt: () => Promise<T | undefined>): Promise<T | undefined> {
    const before = this.#recent(address)
    if (before !== undefined && before.count >= mostFailures) {
      throw new Failure('API_TOO_MANY', {
        most: mostFailures,
        retryAfterMs: before.since + windowMs - this.#clock.now(),
      })
    }
    // Counted before the outcome is known, so that many at once do not slip through.
    const counted = before ?? { count: 0, since: this.#clock.now() }
    counted.count++
    this.#remember(address, counted)
    const result = await attempt()
    if (result !== undefined) this.#failures.delete(address)
    return result
  }

  #recent(address: string): { count: number; readonly since: number } | undefined {
    const known = this.#failures.get(address)
    return known !== undefined && this.#clock.now() - known.since < windowMs ? known : undefined
  }

  /** The address that was counted longest ago makes room. */
  #remember(address: string, counted: { count: number; readonly since: number }): void {
    this.#failures.delete(address)
    this.#failures.set(address, counted)
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > mostAddresses && oldest !== undefined) this.#failures.delete(oldest)
  }
}
