import type { Clock } from '../../base/index.ts'

interface Said {
  readonly from: number
  readonly until: number
}

/** When a simulated caller spoke. */
export class Voice {
  readonly #clock: Clock
  readonly #said: Said[] = []
  #begunAt: number | undefined
  #listeners: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isSpeaking(): boolean {
    return this.#begunAt !== undefined
  }

  /** When the caller spoke last. */
  get lastAt(): number {
    return this.isSpeaking ? this.#clock.now() : (this.#said.at(-1)?.until ?? -Infinity)
  }

  begin(): void {
    this.#begunAt ??= this.#clock.now()
    this.#changed()
  }

  end(): void {
    if (this.#begunAt === undefined) return
    this.#said.push({ from: this.#begunAt, until: this.#clock.now() })
    this.#begunAt = undefined
    this.#changed()
  }

  /** Calls `listener` when the caller next begins or stops speaking. */
  onceChanged(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** From the first to the last word since `from`, or undefined when there was none. */
  since(from: number): Said | undefined {
    const now = this.#clock.now()
    const said = this.#begunAt === undefined ? this.#said : [...this.#said, { from: this.#begunAt, until: now }]
    const heard = said.filter(({ until }) => until > from)
    const [first] = heard
    const last = heard.at(-1)
    return first === undefined || last === undefined
      ? undefined
      : { from: Math.max(first.from, from), until: last.until }
  }

  #changed(): void {
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) listener()
  }
}
