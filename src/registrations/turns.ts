/** Work on the same thing is done one after another. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Is somebody at it, or waiting? */
  isOn(key: string): boolean {
    return this.#last.has(key)
  }

  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const turn = before === undefined ? work() : before.then(work)
    const over: Promise<void> = turn.then(
      () => this.#over(key, over),
      () => this.#over(key, over),
    )
    this.#last.set(key, over)
    return turn
  }

  /** Resolves when nobody is at anything. */
  async over(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values())
  }

  #over(key: string, turn: Promise<void>): void {
    if (this.#last.get(key) === turn) this.#last.delete(key)
  }
}
