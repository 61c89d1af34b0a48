import { unlessAborted } from '../../base/index.ts'
import { causeOfSipStatus, Hangup, nextLegState, Replaced, type Party } from '../../call/index.ts'
import type { InviteSession, Phone } from '../../sip/index.ts'
import { callerOf } from './caller.ts'
import { hangupOf, reasonHeader } from './ending.ts'
import { EmbeddedLeg, type LegGround } from './leg.ts'
import { Negotiation } from './negotiation.ts'
import type { RemoteDescription } from './sdp.ts'

export interface IncomingLegOptions extends LegGround {
  readonly session: InviteSession
  /** Which of ours calls. */
  readonly phone?: Pick<Phone, 'username' | 'realm'> | undefined
  /** What the caller offered, or undefined when ours is wanted. */
  readonly offer: RemoteDescription | undefined
  readonly retryAfterSeconds: number
  /** Whether this is the user of a contact that we have registered with a trunk. */
  readonly isRegisteredContact?: ((user: string) => boolean) | undefined
}

/** A call that somebody makes to us. */
export class IncomingLeg extends EmbeddedLeg {
  readonly direction = 'inbound'
  readonly source: string
  readonly userAgent: string | undefined
  readonly isAuthorized: boolean
  readonly authorizedAs: Party | undefined
  readonly registeredContact: string | undefined
  readonly replaces: string | undefined
  readonly #options: IncomingLegOptions
  readonly #session: InviteSession
  #isAlerting = false
  #early: Promise<void> | undefined
  #progress: Promise<void> = Promise.resolve()
  #answer: Promise<void> | undefined

  constructor(options: IncomingLegOptions) {
    const facts = callerOf(options.session, options.isRegisteredContact ?? (() => false))
    super(facts, options)
    this.source = facts.source
    this.userAgent = facts.userAgent
    this.registeredContact = facts.registeredContact
    const { phone } = options
    this.isAuthorized = phone !== undefined
    this.authorizedAs = phone === undefined ? undefined : { user: phone.username, realm: phone.realm }
    this.replaces = options.session.replaces
    this.#options = options
    this.#session = options.session
    options.session.listen({
      remoteAnswer: (sdp) => this.#onAnswer(sdp),
      remoteOffer: (sdp) => this.onOffer(sdp),
      offerWanted: () => this.negotiation?.offer() ?? '',
      digit: (digit) => this.onDigit(digit.toUpperCase(), 'info'),
      referred: (referral) => this.onReferred(referral),
      ended: (end) => this.finish(hangupOf(end, 'caller')),
    })
  }

  protected get signalling(): InviteSession {
    return this.#session
  }

  ring(): void {
    if (this.state !== 'ringing' || this.#isAlerting) return
    this.#isAlerting = true
    this.#session.ring()
    this.tell({ type: 'leg.ringing' })
  }

  earlyMedia(): Promise<void> {
    if (this.state !== 'ringing') return Promise.resolve()
    this.#early ??= this.inOrder(() => this.#openEarlyMedia())
    return this.#early
  }

  answer(): Promise<void> {
    if (this.state === 'ended') return Promise.resolve()
    if (this.#answer === undefined) {
      this.foreground.stop(new Replaced('the call was answered'))
      this.#answer = this.inOrder(() => this.#accept())
    }
    return this.#answer
  }

  async reject(sipStatus: number, reason?: string): Promise<void> {
    const cause = causeOfSipStatus(sipStatus)
    if (this.state === 'answered') return this.hangup(cause)
    if (this.state !== 'ended') this.giveUp(new Hangup('server', cause, sipStatus), reason)
  }

  protected giveUp(hangup: Hangup, reason?: string): void {
    const retry = ['Retry-After', String(this.#options.retryAfterSeconds)] as const
    const headers = [reasonHeader(hangup.cause), ...(hangup.sipStatus === 503 ? [retry] : [])]
    this.#session.reject(hangup.sipStatus, reason, headers)
    this.finish(hangup)
  }

  protected bye(q850: number, text: string): Promise<void> {
    return this.#session.bye(q850, text)
  }

  async #openEarlyMedia(): Promise<void> {
    if (this.state !== 'ringing') return
    const negotiation = await this.#negotiated()
    // Our offer needs a reliable 183 (RFC 3262 section 5). A caller who wants our offer but cannot have it before the
    // answer is answered, because silence would be worse.
    const isReliable = /\b100rel\b/i.test(this.#session.header('require') ?? '')
    if (this.#options.offer === undefined && !isReliable) return this.#accept()
    this.#progress = this.#session.progress(negotiation.describe())
    this.#progress.catch(() => undefined)
    this.enter('progress')
    negotiation.apply()
    this.tell({ type: 'leg.early' })
  }

  /** The call is answered as soon as the 200 is on its way; only an answer that the ACK brings is waited for. */
  async #accept(): Promise<void> {
    if (nextLegState(this.state, 'answer') === undefined) return
    const negotiation = await this.#negotiated()
    await unlessAborted(this.#progress, this.ended)
    const confirmed = this.#session.answer(negotiation.describe())
    confirmed.catch(() => undefined)
    this.enter('answer')
    negotiation.apply()
    this.tell({ type: 'leg.answered' })
    if (!negotiation.isAgreed) await unlessAborted(confirmed, this.ended)
  }

  async #negotiated(): Promise<Negotiation> {
    const media = await unlessAborted(this.opening, this.ended)
    const { address, offer, srtp = 'optional' } = this.#options
    this.negotiation ??= new Negotiation({
      media,
      ourAddress: address,
      signallingAddress: this.#session.source.address,
      offer,
      srtp,
    })
    return this.negotiation
  }

  #onAnswer(sdp: string): void {
    if (this.state === 'ended' || this.negotiation?.accept(sdp) === true) return
    const hangup = new Hangup('server', 'INCOMPATIBLE_DESTINATION')
    if (this.state === 'answered') this.sayGoodbye(hangup)
    else this.giveUp(hangup)
  }
}
