import { unlessAborted } from '../../base/index.ts'
import type { Audio, AudioLibrary, MediaSource } from '../../call/index.ts'

const mostPrepared = 8

/**
 * Sound that is opened before its turn. Each is kept for the next play of its source and for no other, so that nothing is
 * asked for twice and nothing is heard that has grown old; of too many, those prepared first are let go.
 */
export class PreparedSound {
  readonly #library: AudioLibrary
  readonly #prepared = new Map<string, Promise<Audio>>()

  constructor(library: AudioLibrary) {
    this.#library = library
  }

  /**
   * Resolves when a play of `source` can begin, or has failed: it is the play that says why.
   *
   * @param ended aborts when nothing will be played any more
   */
  async prepare(source: MediaSource, signal: AbortSignal, ended: AbortSignal): Promise<void> {
    const key = JSON.stringify(source)
    let opening = this.#prepared.get(key)
    if (opening === undefined) {
      opening = this.#library.open(source, ended)
      this.#prepared.set(key, opening)
      const [oldest] = this.#prepared.size > mostPrepared ? this.#prepared.keys() : []
      if (oldest !== undefined) this.#prepared.delete(oldest)
    }
    const ready = opening.then(
      () => undefined,
      () => undefined,
    )
    await unlessAborted(ready, signal, ended)
  }

  /** @throws what the AudioLibrary throws */
  open(source: MediaSource, signal: AbortSignal): Promise<Audio> {
    const key = JSON.stringify(source)
    const prepared = this.#prepared.get(key)
    this.#prepared.delete(key)
    return unlessAborted(prepared ?? this.#library.open(source, signal), signal)
  }
}
