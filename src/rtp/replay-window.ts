/** As many as RFC 3711 section 3.3.2 wants, and as many again for late ones: 2.5 s of audio. */
const size = 128

/** Which packets of one source have been taken. Each is taken once; what is older than the window is not taken at all. */
export class ReplayWindow {
  /** At the index modulo the size: the index that was taken last. */
  readonly #taken = new Float64Array(size).fill(-1)
  #highest = -1

  /** Of all that were taken; -1 when none was. */
  get highest(): number {
    return this.#highest
  }

  isFresh(index: number): boolean {
    return index > this.#highest - size && this.#taken[index % size] !== index
  }

  take(index: number): void {
    this.#taken[index % size] = index
    if (index > this.#highest) this.#highest = index
  }
}
