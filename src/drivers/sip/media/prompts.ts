import type { Audio } from '../../../call/index.ts'
import { encodeG711 } from '../../../media/index.ts'
import type { Law } from '../media-port.ts'

const mostBytes = 128 * 1024 * 1024

/**
 * Sound as G.711 in shared memory: encoded once for each content and law, heard by any number of legs. What was used
 * least recently goes first when there is too much; legs that hear it keep it.
 */
export class Prompts {
  readonly #mostBytes: number
  readonly #sounds = new Map<string, Uint8Array>()
  #bytes = 0

  constructor(most = mostBytes) {
    this.#mostBytes = most
  }

  encoded(audio: Audio, law: Law): Uint8Array {
    const key = `${law} ${audio.key}`
    const known = this.#sounds.get(key)
    if (known !== undefined) {
      this.#sounds.delete(key)
      this.#sounds.set(key, known)
      return known
    }
    const sound = shared(encodeG711(audio.samples, law))
    this.#sounds.set(key, sound)
    this.#bytes += sound.length
    this.#forget()
    return sound
  }

  #forget(): void {
    for (const [key, sound] of this.#sounds) {
      if (this.#bytes <= this.#mostBytes) return
      this.#sounds.delete(key)
      this.#bytes -= sound.length
    }
  }
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}
