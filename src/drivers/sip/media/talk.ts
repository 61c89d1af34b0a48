import { encodeG711 } from '../../../media/index.ts'
import type { Law } from '../media-port.ts'
import type { KeyFrame } from './key-sender.ts'
import { Player } from './player.ts'
import { frameSamples } from './protocol.ts'
import type { Hearer, Voice } from './voice.ts'

/** What a leg takes part in, instead of hearing a prompt or being recorded. */
export interface Talk {
  readonly job: number
  /** Where what the leg says goes; closed when the leg leaves. */
  readonly mouth: Hearer
  /** Fills `frame` with what the leg is to hear now, in its law. @returns false when that is silence, and nothing was written */
  next(frame: Uint8Array, law: Law): boolean
  /** The key that the leg is to hear now, if any. */
  nextKey(): KeyFrame
  /** What is heard while the other one holds, where there is one other. */
  music?(samples: Int16Array): void
}

/** One side of a bridge: hears one voice, or music while that one holds. */
export class Conversation implements Talk {
  readonly job: number
  readonly mouth: Hearer
  readonly #ear: Voice
  readonly #frame = new Int16Array(frameSamples)
  #music: Player<Int16Array> | undefined

  constructor(job: number, mouth: Hearer, ear: Voice) {
    this.job = job
    this.mouth = mouth
    this.#ear = ear
  }

  music(samples: Int16Array): void {
    this.#music = new Player(this.job, samples, Infinity)
  }

  next(frame: Uint8Array, law: Law): boolean {
    const isSaid = this.#ear.next(this.#frame)
    if (this.#ear.isHeld && this.#music !== undefined) this.#music.next(this.#frame, 0)
    else if (!isSaid) return false
    encodeG711(this.#frame, law, frame)
    return true
  }

  nextKey(): KeyFrame {
    return this.#ear.nextKey()
  }
}
