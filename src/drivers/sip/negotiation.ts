import type { Law, MediaLeg } from './media-port.ts'
import { isSameKey, newKey, newOffer, termsOf, termsOfAnswer, type Crypto, type SrtpPolicy } from './sdes.ts'
import { LocalDescription, readSdp, type RemoteDescription } from './sdp.ts'

/** What changed by a new offer inside a call. */
export interface Renegotiated {
  readonly sdp: string
  readonly hold: 'held' | 'resumed' | 'unchanged'
}

export interface NegotiationOptions {
  readonly media: Pick<MediaLeg, 'port' | 'agree'>
  readonly ourAddress: string
  /** Where the far end's signalling comes from, as far as it is known. */
  readonly signallingAddress: string
  /** What the far end offered, or undefined when ours is wanted. */
  readonly offer: RemoteDescription | undefined
  /** What we offer, the most wanted first; PCMU and PCMA when left out. */
  readonly laws?: readonly Law[]
  /** What we take when it is offered; `optional` when left out. */
  readonly srtp?: SrtpPolicy
  /** What we offer: nothing when left out. */
  readonly offersSrtp?: SrtpPolicy
}

/** Offer and answer of one leg (RFC 3264), and the media leg that they are about. */
export class Negotiation {
  readonly #media: NegotiationOptions['media']
  readonly #local: LocalDescription
  readonly #policy: SrtpPolicy
  /** Of our offers. Once both have spoken it is what they said. */
  #offers: SrtpPolicy
  #signallingAddress: string
  #remote: RemoteDescription | undefined
  #said: string | undefined
  /** Ours: all that we have offered, or the one that is used. */
  #cryptos: readonly Crypto[] = []

  constructor({ media, ourAddress, signallingAddress, offer, laws, ...options }: NegotiationOptions) {
    const { srtp = 'optional', offersSrtp = srtp === 'required' ? 'required' : 'off' } = options
    this.#media = media
    this.#signallingAddress = signallingAddress
    this.#local = new LocalDescription(ourAddress, media.port, laws)
    this.#policy = srtp
    this.#offers = offersSrtp
    this.#remote = offer
  }

  /** Whether both sides have spoken. */
  get isAgreed(): boolean {
    return this.#remote !== undefined && this.#said !== undefined
  }

  /** What we say in the 183 and in the 200: the answer, or our offer. */
  describe(): string {
    this.#said ??= this.#remote === undefined ? this.#offer() : this.#answer(this.#remote)
    return this.#said
  }

  /** Lets the sound flow as agreed; nothing until both have spoken. */
  apply(): void {
    if (this.#remote === undefined || this.#said === undefined) return
    const { agreed, crypto } = this.#remote
    const ours = this.#cryptos.find(({ tag }) => tag === crypto?.tag)
    const srtp = crypto === undefined || ours === undefined ? {} : { srtp: { send: ours.key, receive: crypto.key } }
    this.#media.agree({ signallingAddress: this.#signallingAddress, ...agreed, ...srtp })
  }

  /** The far end's answer to our offer. @returns false when it leaves nothing to talk with */
  accept(answer: string, signallingAddress = this.#signallingAddress): boolean {
    const remote = readSdp(answer, termsOfAnswer(this.#cryptos, this.#offers === 'required'))
    if (remote === undefined) return false
    this.#signallingAddress = signallingAddress
    this.#remote = remote
    this.apply()
    return true
  }

  /** A new offer. @returns undefined to refuse it; things then stay as they are */
  renegotiate(offer: string): Renegotiated | undefined {
    const remote = readSdp(offer, termsOf(this.#policy))
    if (remote === undefined) return undefined
    const wasHold = this.#remote?.isHold ?? false
    this.#said = this.#answer(remote)
    this.#remote = remote
    this.apply()
    const hold = remote.isHold === wasHold ? 'unchanged' : remote.isHold ? 'held' : 'resumed'
    return { sdp: this.#said, hold }
  }

  /** Our offer inside the call, when the far end asks for one. */
  offer(): string {
    this.#said = this.#offer()
    return this.#said
  }

  /** Inside a call that is encrypted, the same key again (RFC 4568 section 7.1.4); otherwise new ones. */
  #offer(): string {
    if (this.#offers === 'off') this.#cryptos = []
    else if (this.#cryptos.length === 0) this.#cryptos = newOffer()
    return this.#local.offer(this.#cryptos, this.#offers === 'required')
  }

  /** As long as the far end keeps its key, we keep ours; when it takes a new one, so do we. */
  #answer(remote: RemoteDescription): string {
    const { crypto } = remote
    const before = this.#remote?.crypto
    const [ours] = before === undefined ? [] : this.#cryptos.filter(({ tag }) => tag === before.tag)
    if (crypto === undefined) this.#cryptos = []
    else if (ours === undefined || before === undefined || !isSameKey(before.key, crypto.key))
      this.#cryptos = [{ tag: crypto.tag, key: newKey(crypto.key.suite) }]
    else this.#cryptos = [{ tag: crypto.tag, key: ours.key }]
    const isSecure = crypto !== undefined && remote.media[remote.line]?.protocol.startsWith('RTP/SAVP') === true
    this.#offers = isSecure ? 'required' : crypto === undefined ? 'off' : 'optional'
    return this.#local.answer(remote, this.#cryptos[0])
  }
}
