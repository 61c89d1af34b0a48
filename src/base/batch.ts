/**
 * Gathers what is handed over one by one and delivers it together, once the events that are at hand have been dealt with:
 * for receivers that every delivery wakes up.
 */
export class Batch<T> {
  readonly #deliver: (items: readonly T[]) => void
  #items: T[] = []

  constructor(deliver: (items: readonly T[]) => void) {
    this.#deliver = deliver
  }

  add(item: T): void {
    this.#items.push(item)
    if (this.#items.length === 1) setImmediate(() => this.flush())
  }

  /** Delivers now what is there. */
  flush(): void {
    if (this.#items.length === 0) return
    const items = this.#items
    this.#items = []
    this.#deliver(items)
  }
}
