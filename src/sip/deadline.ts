import type { Timer, Timers } from './timers.ts'

/** Something that must have happened by a time that can be moved. */
export class Deadline {
  readonly #timers: Timers
  readonly #pass: () => void
  #timer: Timer | undefined

  constructor(timers: Timers, pass: () => void) {
    this.#timers = timers
    this.#pass = pass
  }

  get isSet(): boolean {
    return this.#timer !== undefined
  }

  /** In place of the one before. */
  set(ms: number): void {
    this.clear()
    this.#timer = this.#timers.set(ms, () => {
      this.#timer = undefined
      this.#pass()
    })
  }

  clear(): void {
    this.#timers.clear(this.#timer)
    this.#timer = undefined
  }
}

/** Notices when nothing has happened for a long time. Cheap to tell that something has: no timer is moved for it. */
export class Idleness {
  readonly #timers: Timers
  readonly #ms: number
  readonly #pass: () => void
  #timer: Timer
  #lastMs: number

  constructor(timers: Timers, ms: number, pass: () => void) {
    this.#timers = timers
    this.#ms = ms
    this.#pass = pass
    this.#lastMs = timers.now()
    this.#timer = timers.set(ms, () => this.#look())
  }

  /** Something has happened. */
  end(): void {
    this.#lastMs = this.#timers.now()
  }

  stop(): void {
    this.#timers.clear(this.#timer)
  }

  #look(): void {
    const leftMs = this.#lastMs + this.#ms - this.#timers.now()
    if (leftMs <= 0) this.#pass()
    else this.#timer = this.#timers.set(leftMs, () => this.#look())
  }
}
