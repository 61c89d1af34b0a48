import type { Whisper } from '../../../call/index.ts'
import { Mixer } from '../../../media/index.ts'
import { frameSamples } from './protocol.ts'
import { Voice, type Hearer } from './voice.ts'

/** Somebody who listens to a leg, in the leg's thread: hears both sides of it, and may be heard by either. */
export class Eavesdropper {
  readonly job: number
  /** What they say. */
  readonly voice: Voice
  speaksTo: Whisper = 'nobody'
  readonly #ear: Hearer
  /** What the leg says. */
  readonly #leg = new Voice(() => undefined)
  readonly #mixer = new Mixer(frameSamples)
  readonly #heard = new Int16Array(frameSamples)
  readonly #said = new Int16Array(frameSamples)
  #isSaying = false

  /** @param gone called when they stop listening */
  constructor(job: number, ear: Hearer, gone: () => void) {
    this.job = job
    this.#ear = ear
    this.voice = new Voice(gone)
  }

  /** Takes in what the leg says. */
  hear(timestamp: number, samples: Int16Array): void {
    this.#leg.hear(timestamp, samples)
  }

  /** Tells them what was said and heard in this frame, and takes what they say in it. */
  tick(frame: number, legHears: Int16Array | undefined): void {
    this.#isSaying = this.voice.next(this.#said) && !this.voice.isHeld
    const isSaid = this.#leg.next(this.#heard)
    if (!isSaid && legHears === undefined) return
    this.#mixer.begin()
    if (isSaid) this.#mixer.add(this.#heard)
    if (legHears !== undefined) this.#mixer.add(legHears)
    this.#mixer.settle()
    this.#mixer.write(this.#heard)
    this.#ear.hear((frame * frameSamples) >>> 0, this.#heard)
  }

  /** What they say to one of the two in this frame, if anything. */
  saysTo(whom: 'target' | 'other'): Int16Array | undefined {
    return this.#isSaying && (this.speaksTo === whom || this.speaksTo === 'both') ? this.#said : undefined
  }

  /** The leg is gone. */
  close(): void {
    this.#ear.close()
  }
}
