/** Work that several ask for at the same time is done once. */
export class Flights<T> {
  readonly #flying = new Map<string, Promise<T>>()

  share(key: string, work: () => Promise<T>): Promise<T> {
    const flying = this.#flying.get(key)
    if (flying !== undefined) return flying
    const started = work().finally(() => this.#flying.delete(key))
    this.#flying.set(key, started)
    // Whoever asked may be gone when it fails.
    started.catch(() => undefined)
    return started
  }
}
