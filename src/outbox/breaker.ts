const mostFailuresInARow = 5
const firstRestMs = 1_000
const longestRestMs = 30_000

/**
 * Spares a server that is down, and the jobs that would be tried on it in vain.
 *
 *   closed ──5 failures in a row──▶ open ──rest of 1, 2, 4 … 30 s──▶ one probe
 *     ▲                               ▲────────── it fails ────────────┘ │
 *     └───────────────────────────── it does not ────────────────────────┘
 */
export class Breaker {
  #failures = 0
  #restMs = firstRestMs
  #nextProbeAt = 0
  #restsUntil = 0
  #openSince: number | undefined

  /** Unix milliseconds; undefined while it is closed. */
  get openSince(): number | undefined {
    return this.#openSince
  }

  /** From when on it may be asked (again); Unix milliseconds. */
  get askableAt(): number {
    return this.#openSince === undefined ? this.#restsUntil : Math.max(this.#nextProbeAt, this.#restsUntil)
  }

  /**
   * The server is not there, or not well. What was under way when the breaker opened says nothing new.
   *
   * @returns whether it opens now
   */
  failed(nowMs: number, { isProbe }: { readonly isProbe: boolean }): boolean {
    const isOpen = this.#openSince !== undefined
    if (isOpen ? !isProbe : ++this.#failures < mostFailuresInARow) return false
    this.#restMs = isOpen ? Math.min(this.#restMs * 2, longestRestMs) : firstRestMs
    this.#openSince ??= nowMs
    this.#nextProbeAt = nowMs + this.#restMs
    return !isOpen
  }

  /** The server has answered sensibly. @returns whether it was open */
  answered(): boolean {
    const wasOpen = this.#openSince !== undefined
    this.#failures = 0
    this.#openSince = undefined
    return wasOpen
  }

  /** The server asked for peace until then. */
  rest(untilMs: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, untilMs)
  }
}
