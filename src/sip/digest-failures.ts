import type { Clock } from '../base/index.ts'
import { sourceOf } from './source.ts'

/** How many sources are remembered; the ones that failed longest ago are forgotten first. */
const mostSources = 10_000

export interface FailureLimits {
  /** So many failed authentications of one address within `windowMs` … */
  readonly most: number
  readonly windowMs: number
  /** … and it is not listened to for so long. 0 = it always is. */
  readonly refusedMs: number
}

interface Failed {
  count: number
  since: number
  /** Unix milliseconds; 0 = it is listened to. */
  refusedUntil: number
}

/** Counts failed authentications by address. A right password forgives none: who has one could guess others. */
export class AuthenticationFailures {
  readonly #clock: Clock
  readonly #limits: FailureLimits
  readonly #sources = new Map<string, Failed>()

  constructor(clock: Clock, limits: FailureLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Addresses that are not listened to, now. */
  get refused(): number {
    const nowMs = this.#clock.now()
    return [...this.#sources.values()].filter(({ refusedUntil }) => refusedUntil > nowMs).length
  }

  isRefused(address: string): boolean {
    const failed = this.#sources.get(sourceOf(address))
    return failed !== undefined && failed.refusedUntil > this.#clock.now()
  }

  /** One more of `address`. @returns whether it is refused from now on, and was not before */
  add(address: string): boolean {
    const { most, windowMs, refusedMs } = this.#limits
    const nowMs = this.#clock.now()
    const source = sourceOf(address)
    const before = this.#sources.get(source)
    const isRecent = before !== undefined && nowMs - before.since < windowMs && before.refusedUntil === 0
    const failed = isRecent ? before : { count: 0, since: nowMs, refusedUntil: 0 }
    failed.count++
    const isTooMany = failed.count >= most && refusedMs > 0
    if (isTooMany) failed.refusedUntil = nowMs + refusedMs
    this.#sources.delete(source)
    this.#sources.set(source, failed)
    const [oldest] = this.#sources.keys()
    if (this.#sources.size > mostSources && oldest !== undefined) this.#sources.delete(oldest)
    return isTooMany
  }
}
