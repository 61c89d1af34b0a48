import type { Clock } from '../../base/index.ts'

/** When a simulated caller spoke. */
export class Voice {
  readonly #clock: Clock
  readonly #spoken: { readonly from: number; readonly until: number }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The caller speaks for `ms` milliseconds from now, or from the end of what is being said. */
  speak(ms: number): void {
    const from = Math.max(this.#clock.now(), this.lastSpokenAt)
    this.#spoken.push({ from, until: from + ms })
  }

  /** When the last thing said ends; it may be in the future. */
  get lastSpokenAt(): number {
    return this.#spoken.at(-1)?.until ?? -Infinity
  }

  /** The first and last moment of speech between two moments, or undefined when there was none. */
  between(from: number, until: number): { readonly from: number; readonly until: number } | undefined {
    const heard = this.#spoken.filter((said) => said.from < until && said.until > from)
    const [first] = heard
    const last = heard.at(-1)
    if (first === undefined || last === undefined) return undefined
    return { from: Math.max(first.from, from), until: Math.min(last.until, until) }
  }
}
