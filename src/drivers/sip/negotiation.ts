import type { Law, MediaLeg } from './media-port.ts'
import { LocalDescription, readSdp, type RemoteDescription } from './sdp.ts'

/** What changed by a new offer inside a call. */
export interface Renegotiated {
  readonly sdp: string
  readonly hold: 'held' | 'resumed' | 'unchanged'
}

export interface NegotiationOptions {
  readonly media: MediaLeg
  readonly ourAddress: string
  /** Where the far end's signalling comes from, as far as it is known. */
  readonly signallingAddress: string
  /** What the far end offered, or undefined when ours is wanted. */
  readonly offer: RemoteDescription | undefined
  /** What we offer, the most wanted first; PCMU and PCMA when left out. */
  readonly laws?: readonly Law[]
}

/** Offer and answer of one leg (RFC 3264), and the media leg that they are about. */
export class Negotiation {
  readonly #media: MediaLeg
  readonly #local: LocalDescription
  #signallingAddress: string
  #remote: RemoteDescription | undefined
  #said: string | undefined

  constructor({ media, ourAddress, signallingAddress, offer, laws }: NegotiationOptions) {
    this.#media = media
    this.#signallingAddress = signallingAddress
    this.#local = new LocalDescription(ourAddress, media.port, laws)
    this.#remote = offer
  }

  /** Whether both sides have spoken. */
  get isAgreed(): boolean {
    return this.#remote !== undefined && this.#said !== undefined
  }

  /** What we say in the 183 and in the 200: the answer, or our offer. */
  describe(): string {
    this.#said ??= this.#remote === undefined ? this.#local.offer() : this.#local.answer(this.#remote)
    return this.#said
  }

  /** Lets the sound flow as agreed; nothing until both have spoken. */
  apply(): void {
    if (this.#remote === undefined || this.#said === undefined) return
    this.#media.agree({ signallingAddress: this.#signallingAddress, ...this.#remote.agreed })
  }

  /** The far end's answer to our offer. @returns false when it leaves nothing to talk with */
  accept(answer: string, signallingAddress = this.#signallingAddress): boolean {
    const remote = readSdp(answer)
    if (remote === undefined) return false
    this.#signallingAddress = signallingAddress
    this.#remote = remote
    this.apply()
    return true
  }

  /** A new offer. @returns undefined to refuse it; things then stay as they are */
  renegotiate(offer: string): Renegotiated | undefined {
    const remote = readSdp(offer)
    if (remote === undefined) return undefined
    const wasHold = this.#remote?.isHold ?? false
    this.#remote = remote
    this.#said = this.#local.answer(remote)
    this.apply()
    const hold = remote.isHold === wasHold ? 'unchanged' : remote.isHold ? 'held' : 'resumed'
    return { sdp: this.#said, hold }
  }

  /** Our offer inside the call, when the far end asks for one. */
  offer(): string {
    this.#said = this.#local.offer()
    return this.#said
  }
}
