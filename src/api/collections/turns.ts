/**
 * Work of one key is done one after the other. What is checked against other documents (a number that another callflow
 * has) stays true until it is written; between processes the last one to write wins.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Settles as `work` does. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
