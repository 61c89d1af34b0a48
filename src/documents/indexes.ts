/**
 * What is made of documents and made again after they changed: by whoever asks first, for all who ask meanwhile. When
 * there are more than `most`, the one that was not asked for the longest is forgotten.
 */
export class Indexes<V> {
  readonly #most: number
  readonly #built = new Map<string, Promise<V>>()

  constructor(most: number) {
    this.#most = most
  }

  /** A failure is not remembered. */
  get(key: string, build: () => Promise<V>): Promise<V> {
    const index = this.#built.get(key) ?? this.#start(key, build)
    this.#built.delete(key)
    this.#built.set(key, index)
    for (const oldest of this.#built.keys()) {
      if (this.#built.size <= this.#most) break
      this.#built.delete(oldest)
    }
    return index
  }

  forget(key: string): void {
    this.#built.delete(key)
  }

  #start(key: string, build: () => Promise<V>): Promise<V> {
    const index = build()
    index.catch(() => {
      if (this.#built.get(key) === index) this.#built.delete(key)
    })
    return index
  }
}
