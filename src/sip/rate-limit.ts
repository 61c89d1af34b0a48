import { sourceOf } from './source.ts'

/** How many sources are remembered at once; when more come, the ones seen first are forgotten first. */
const mostSources = 10_000

/** Counts per source and second. Memory is bounded however many sources there are. */
export class RateLimit {
  readonly #perSecond: number
  readonly #counts = new Map<string, number>()
  #second = Number.NaN

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Counts one of whoever `address` belongs to. @returns whether it is still within the limit */
  allows(address: string, nowMs: number): boolean {
    const source = sourceOf(address)
    const second = Math.floor(nowMs / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#counts.clear()
    }
    const count = (this.#counts.get(source) ?? 0) + 1
    if (count === 1 && this.#counts.size >= mostSources) {
      const [oldest] = this.#counts.keys()
      if (oldest !== undefined) this.#counts.delete(oldest)
    }
    this.#counts.set(source, count)
    return count <= this.#perSecond
  }
}
