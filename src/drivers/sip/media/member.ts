import { encodeG711, fade, meanAmplitude, type Mixer } from '../../../media/index.ts'
import type { Law, MemberSettings } from '../media-port.ts'
import { frameSamples } from './protocol.ts'
import { Voice, type Hearer } from './voice.ts'

/** Mean amplitude of a frame that is worth mixing: -60 dB of full scale; what is fainter is the noise of a line. */
const speechLevel = 32
/** Who was heard is listened to for half a second more, so that the ends of words are whole. */
const hangoverFrames = 25

/** What everyone hears who says nothing, mixed and encoded once for all of them. */
export interface Common {
  readonly mixer: Mixer
  /** Nobody says anything, nothing is played. */
  readonly isSilent: boolean
  encoded(law: Law): Uint8Array
}

/** One member of a room: what it says, frame by frame, and what it hears of the others. */
export class Member {
  readonly voice: Voice
  /** Tells it that the room lets it go. */
  readonly dismiss: () => void
  /** Who hears for it in another thread. */
  readonly across: Hearer | undefined
  readonly #said = new Int16Array(frameSamples)
  readonly #heard = new Int16Array(frameSamples)
  #as: MemberSettings
  #sayGain: number
  #hearGain: number
  #quietFrames = hangoverFrames
  #isHeard = false

  constructor(as: MemberSettings, gone: () => void, dismiss: () => void, across?: Hearer) {
    this.voice = new Voice(gone)
    this.dismiss = dismiss
    this.across = across
    this.#as = as
    this.#sayGain = as.isMuted ? 0 : 1
    this.#hearGain = as.isDeaf ? 0 : 1
  }

  change(as: MemberSettings): void {
    this.#as = as
  }

  /** Takes what it says now, and adds that to the mix if it is anything that the others are to hear. */
  sayTo(mixer: Mixer): boolean {
    const gain = this.#as.isMuted || this.voice.isHeld ? 0 : 1
    const before = this.#sayGain
    this.#sayGain = gain
    this.#isHeard = this.#isSpeaking() && before + gain > 0
    if (!this.#isHeard) return false
    if (before !== 1 || gain !== 1) fade(this.#said, before, gain)
    mixer.add(this.#said)
    return true
  }

  /** Writes what it hears in this frame into `frame`. @returns false when that is silence, and nothing was written */
  hear(frame: Uint8Array, law: Law, common: Common): boolean {
    if (!this.#isHeard && this.#hearGain === 1 && !this.#as.isDeaf) {
      if (!common.isSilent) frame.set(common.encoded(law))
      return !common.isSilent
    }
    const samples = this.hearLinear(common)
    if (samples === undefined) return false
    encodeG711(samples, law, frame)
    return true
  }

  /** What it hears in this frame, until the next; undefined for silence. To be called once a frame. */
  hearLinear({ mixer, isSilent }: Common): Int16Array | undefined {
    const gain = this.#as.isDeaf ? 0 : 1
    const before = this.#hearGain
    this.#hearGain = gain
    if (isSilent || before + gain === 0) return undefined
    mixer.write(this.#heard, this.#isHeard ? this.#said : undefined)
    if (before !== 1 || gain !== 1) fade(this.#heard, before, gain)
    return this.#heard
  }

  #isSpeaking(): boolean {
    if (!this.voice.next(this.#said)) return false
    this.#quietFrames = meanAmplitude(this.#said) >= speechLevel ? 0 : this.#quietFrames + 1
    return this.#quietFrames < hangoverFrames
  }
}
