import { newId } from '../../base/index.ts'
import { causeOfSipStatus, Hangup, type LegEvent, type Party } from '../../call/index.ts'
import type { InviteOptions, OutgoingSession, Rejection, SessionEnd } from '../../sip/index.ts'
import { placeOf } from './caller.ts'
import { hangupOf, hangupOfRejection, reasonHeader } from './ending.ts'
import { EmbeddedLeg, type LegGround } from './leg.ts'
import type { Law } from './media-port.ts'
import { Negotiation } from './negotiation.ts'
import type { SrtpPolicy } from './sdes.ts'

const mostUntold = 16
/** Addresses that a 3xx named and that are called, one after another. */
const mostRedirects = 5

/** An INVITE but for what the leg itself adds. */
export type Destination = Omit<InviteOptions, 'offer' | 'callId'>

export interface OutgoingLegOptions extends LegGround {
  readonly from: Party
  readonly to: Party
  readonly headers: Readonly<Record<string, string>>
  /** All of them are called; the first that answers wins. */
  readonly destinations: readonly Destination[]
  readonly laws: readonly Law[]
  /** What we offer of encryption; nothing when left out. */
  readonly offersSrtp?: SrtpPolicy
  /** What a 3xx means: who dialled decides, or it is a refusal, or we go on to where it says when we may. */
  readonly onRedirect: 'tell' | 'ignore' | ((uri: string) => Promise<boolean>)
  invite(options: InviteOptions): OutgoingSession
}

/** A call that we make, to one address or to all that a device is registered with. */
export class OutgoingLeg extends EmbeddedLeg {
  readonly direction = 'outbound'
  /** It is we who call. */
  readonly isAuthorized = true
  readonly #options: OutgoingLegOptions
  /** Those that have not refused. */
  readonly #branches = new Set<OutgoingSession>()
  /** Whose words count: who answered, before that who was heard from last. */
  #speaker: OutgoingSession | undefined
  /** Where a 3xx has sent us, and not been called yet. */
  readonly #onward: Destination[] = []
  /** Who was called already: nobody is twice. */
  readonly #visited = new Set<string>()
  #redirects = 0
  #isAlerting = false
  /** Why branches ended that did not answer. */
  readonly #refusals: Hangup[] = []
  /** A connection that is gone is told at once, which may be before whoever dials can listen. */
  readonly #untold: LegEvent[] = []
  #isObserved = false

  constructor(options: OutgoingLegOptions) {
    const { from, to, headers } = options
    super({ callId: newId(), from, to, request: to, headers }, options)
    this.#options = options
  }

  get source(): string {
    const flow = this.#speaker?.flow
    return flow === undefined ? '' : placeOf(flow)
  }

  get userAgent(): string | undefined {
    return this.#speaker?.header('user-agent') ?? this.#speaker?.header('server')
  }

  protected get signalling(): OutgoingSession | undefined {
    return this.#speaker
  }

  /**
   * Sends the INVITEs. What comes back is told no sooner than in the next turn of the event loop.
   * @throws RTP_PORTS_EXHAUSTED, and what `invite` throws
   */
  async begin(): Promise<void> {
    const { address, destinations, laws, srtp = 'optional', offersSrtp = 'off' } = this.#options
    const media = await this.opening
    if (this.ended.aborted) return
    this.negotiation = new Negotiation({
      media,
      ourAddress: address,
      signallingAddress: '',
      offer: undefined,
      laws,
      srtp,
      offersSrtp,
    })
    const offer = this.negotiation.describe()
    try {
      for (const destination of destinations) this.#call(destination, offer)
    } catch (error) {
      this.giveUp(new Hangup('server', 'NORMAL_TEMPORARY_FAILURE'))
      throw error
    }
  }

  override observe(listener: (event: LegEvent) => void): void {
    super.observe(listener)
    this.#isObserved = true
    for (const event of this.#untold.splice(0)) listener(event)
  }

  override tell(event: LegEvent): void {
    if (this.#isObserved) super.tell(event)
    else if (this.#untold.length < mostUntold) this.#untold.push(event)
  }

  /** What only whoever is called can do. */
  ring(): void {
    return
  }

  earlyMedia(): Promise<void> {
    return Promise.resolve()
  }

  answer(): Promise<void> {
    return Promise.resolve()
  }

  async reject(sipStatus: number): Promise<void> {
    if (this.state === 'answered') await this.hangup(causeOfSipStatus(sipStatus))
  }

  protected giveUp(hangup: Hangup): void {
    const why = hangup.cause === 'LOSE_RACE' ? completedElsewhere : reasonHeader(hangup.cause)[1]
    this.finish(hangup)
    this.#cancelAllBut(undefined, why)
  }

  protected async bye(q850: number, text: string): Promise<void> {
    await this.#speaker?.bye(q850, text)
  }

  #call(destination: Destination, offer: string): void {
    const session = this.#options.invite({ ...destination, callId: this.callId, offer })
    this.#branches.add(session)
    this.#visited.add(destination.uri)
    session.listen({
      trying: () => undefined,
      ringing: () => this.#onRinging(session),
      early: (sdp) => this.#onEarly(session, sdp),
      answered: (sdp) => this.#onAnswered(session, sdp),
      rejected: (rejection) => this.#onRejected(session, rejection, destination),
      remoteAnswer: () => undefined,
      remoteOffer: (sdp) => (session === this.#speaker ? this.onOffer(sdp) : undefined),
      offerWanted: () => this.negotiation?.offer() ?? '',
      digit: (digit) => this.onDigit(digit.toUpperCase(), 'info'),
      referred: (referral) => (session === this.#speaker ? this.onReferred(referral) : undefined),
      ended: (end) => this.#onEnd(session, end),
    })
  }

  #onRinging(session: OutgoingSession): void {
    if (this.state !== 'ringing') return
    this.#speaker = session
    if (this.#isAlerting) return
    this.#isAlerting = true
    this.tell({ type: 'leg.ringing' })
  }

  /** Of several phones that are heard before the answer, the last one to begin is. */
  #onEarly(session: OutgoingSession, sdp: string): void {
    if (this.state !== 'ringing' && this.state !== 'early') return
    if (this.negotiation?.accept(sdp, session.flow?.address) !== true) return
    this.#speaker = session
    if (this.state === 'early') return
    this.enter('progress')
    this.tell({ type: 'leg.early' })
  }

  #onAnswered(session: OutgoingSession, sdp: string): void {
    if (this.state === 'ended' || this.state === 'answered') return
    this.#speaker = session
    this.#cancelAllBut(session, completedElsewhere)
    this.enter('answer')
    if (this.negotiation?.accept(sdp, session.flow?.address) === true) this.tell({ type: 'leg.answered' })
    else this.sayGoodbye(new Hangup('server', 'INCOMPATIBLE_DESTINATION'))
  }

  #onRejected(session: OutgoingSession, rejection: Rejection, destination: Destination): void {
    this.#branches.delete(session)
    const { onRedirect } = this.#options
    const hangup = hangupOfRejection(rejection, onRedirect === 'tell')
    this.#refusals.push(hangup)
    if (typeof onRedirect === 'function') this.#onward.push(...onwardOf(rejection, destination))
    // Whoever sends a call elsewhere by a key means all phones of the device.
    if (hangup.redirectTo.length > 0 && this.state !== 'answered') {
      this.finish(hangup)
      this.#cancelAllBut(undefined, completedElsewhere)
      return
    }
    // Nobody at all wants to be called (RFC 3261 section 16.7: a 6xx ends the search).
    if (rejection.status < 600 || this.state === 'answered') return
    this.finish(hangup)
    this.#cancelAllBut(undefined, reasonHeader(hangup.cause)[1])
  }

  #onEnd(session: OutgoingSession, end: SessionEnd): void {
    const isUnheard = this.#branches.delete(session)
    if (this.state === 'answered') {
      if (session === this.#speaker) this.finish(hangupOf(end, 'callee'))
      return
    }
    if (isUnheard) this.#refusals.push(hangupOf(end, 'callee'))
    const [first, ...others] = this.#refusals
    if (this.#branches.size > 0 || first === undefined || this.state === 'ended') return
    const hangup = others.reduce(moreTelling, first)
    if (this.#onward.length > 0) void this.#goOn(hangup)
    else this.finish(hangup)
  }

  /** Calls the next address that a 3xx named and that may be called. @param otherwise why the leg ends when there is none */
  async #goOn(otherwise: Hangup): Promise<void> {
    const { onRedirect } = this.#options
    for (let next = this.#onward.shift(); next !== undefined; next = this.#onward.shift()) {
      const isNew = this.#redirects < mostRedirects && !this.#visited.has(next.uri)
      const mayCall = isNew && typeof onRedirect === 'function' && (await onRedirect(next.uri).catch(() => false))
      if (this.ended.aborted) return
      if (!mayCall) continue
      this.#redirects++
      this.#call(next, this.negotiation?.describe() ?? '')
      return
    }
    this.finish(otherwise)
  }

  #cancelAllBut(winner: OutgoingSession | undefined, reason: string): void {
    for (const session of [...this.#branches]) {
      if (session === winner) continue
      this.#branches.delete(session)
      session.cancel(reason)
    }
  }
}

/**
 * Where a 3xx sends us (RFC 3261 section 8.1.3.4), with a word of who has done it (RFC 5806). A proxy and a password
 * are for whom we have called, not for whoever is named.
 */
function onwardOf({ contacts }: Rejection, from: Destination): readonly Destination[] {
  const { contactUser, from: caller, headers = [] } = from
  return contacts
    .filter((uri) => uri !== from.uri)
    .map((uri) => ({
      uri,
      from: caller,
      ...(contactUser === undefined ? {} : { contactUser }),
      headers: [['Diversion', `<${from.uri}>;reason=deflection`], ...headers],
    }))
}

/** RFC 3326 section 3: a phone that reads it shows no missed call. */
const completedElsewhere = 'SIP;cause=200;text="Call completed elsewhere"'

/** What people said counts for more than what a network did; "nobody is there" counts least. */
const moreTelling = (a: Hangup, b: Hangup): Hangup => (weightOf(b) > weightOf(a) ? b : a)

function weightOf({ by, sipStatus }: Hangup): number {
  if (by !== 'callee') return 0
  if (sipStatus === 408 || sipStatus === 480 || sipStatus === 487) return 2
  return sipStatus >= 500 && sipStatus < 600 ? 1 : 3
}
