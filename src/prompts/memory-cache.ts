import type { Audio } from '../call/index.ts'

/** Audio that was heard lately, by key, within a number of bytes. What was heard longest ago goes first. */
export class MemoryCache {
  readonly #mostBytes: number
  readonly #kept = new Map<string, Audio>()
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Audio | undefined {
    const audio = this.#kept.get(key)
    if (audio === undefined) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, audio)
    return audio
  }

  put(audio: Audio): void {
    const bytes = audio.samples.byteLength
    this.#remove(audio.key)
    if (bytes > this.#mostBytes) return
    this.#kept.set(audio.key, audio)
    this.#bytes += bytes
    for (const [key] of this.#kept) {
      if (this.#bytes <= this.#mostBytes) return
      this.#remove(key)
    }
  }

  #remove(key: string): void {
    const audio = this.#kept.get(key)
    if (audio === undefined) return
    this.#kept.delete(key)
    this.#bytes -= audio.samples.byteLength
  }
}
