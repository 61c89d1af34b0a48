import { sourceOf } from './source.ts'

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
    const source = sourceOf(address)
    const ofSource = this.#perSource.get(source) ?? 0
    if (this.#size >= this.#most || ofSource >= this.#mostPerSource) return false
    this.#size++
    this.#perSource.set(source, ofSource + 1)
    return true
  }

  leave(address: string): void {
    this.#size--
    const source = sourceOf(address)
    const left = (this.#perSource.get(source) ?? 1) - 1
    if (left === 0) this.#perSource.delete(source)
    else this.#perSource.set(source, left)
  }
}
