/** How many connections there may be at once: of everybody, and of one source, whatever carries them. */
export class Admission {
  readonly #most: number
  readonly #mostPerSource: number
  readonly #perSource = new Map<string, number>()
  #size = 0

  constructor({ most, mostPerSource }: { readonly most: number; readonly mostPerSource: number }) {
    this.#most = most
    this.#mostPerSource = mostPerSource
  }

  /** Now. */
  get size(): number {
    return this.#size
  }

  /** @returns whether there is room for one more; it is counted then, until it leaves */
  enter(address: string): boolean {
    const ofSource = this.#perSource.get(address) ?? 0
    if (this.#size >= this.#most || ofSource >= this.#mostPerSource) return false
    this.#size++
    this.#perSource.set(address, ofSource + 1)
    return true
  }

  leave(address: string): void {
    this.#size--
    const left = (this.#perSource.get(address) ?? 1) - 1
    if (left === 0) this.#perSource.delete(address)
    else this.#perSource.set(address, left)
  }
}
