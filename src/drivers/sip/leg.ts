import { asFailure, Failure, newId, unlessAborted, type Clock, type Log } from '../../base/index.ts'
import {
  Hangup,
  hangupCauses,
  nextLegState,
  type AudioLibrary,
  type Digit,
  type HangupCause,
  type Leg,
  type LegEvent,
  type LegInput,
  type LegState,
  type MediaSource,
  type Party,
  type CallRecording,
  type PlayOptions,
  type Recording,
  type RecordCallOptions,
  type RecordOptions,
  type ReferOptions,
} from '../../call/index.ts'
import { CallRecordings } from './call-recordings.ts'
import { hostForUri, parseUri, type Referral, type Transferable } from '../../sip/index.ts'
import { partyOf, type LegFacts } from './caller.ts'
import type { Via } from './digits.ts'
import { statusAfterAnswer } from './ending.ts'
import { Foreground, type Side } from './foreground.ts'
import { noStats, type MediaEngine, type MediaLeg, type MediaStats } from './media-port.ts'
import type { Negotiation } from './negotiation.ts'
import type { SrtpPolicy } from './sdes.ts'
import { escapedUser } from './caller-id.ts'

/** What a leg stands on, whichever way it was called. */
export interface LegGround {
  readonly engine: MediaEngine
  readonly audio: AudioLibrary
  readonly clock: Clock
  readonly log: Log
  /** Our address in SDP. */
  readonly address: string
  readonly recordingsDir: string
  /** What is taken of encryption; `optional` when left out. */
  readonly srtp?: SrtpPolicy
  /** Of the leg that this one will be bridged with. */
  readonly beside?: MediaLeg | undefined
  /** Called once, when the leg has ended and its media is closed. */
  readonly gone: (leg: EmbeddedLeg, stats: MediaStats) => void
}

/** One SIP call with its RTP: what calls that come in and calls that go out have in common. */
export abstract class EmbeddedLeg implements Leg {
  readonly id = newId()
  abstract readonly direction: 'inbound' | 'outbound'
  readonly callId: string
  readonly from: Party
  readonly to: Party
  readonly request: Party
  readonly headers: Readonly<Record<string, string>>
  abstract readonly source: string
  abstract readonly userAgent: string | undefined
  abstract readonly isAuthorized: boolean
  /** Opens while it is decided what to do with the call. */
  readonly opening: Promise<MediaLeg>
  protected readonly foreground: Foreground
  protected negotiation: Negotiation | undefined
  readonly #recordings: CallRecordings
  readonly #holdListeners = new Set<() => void>()
  readonly #ground: LegGround
  readonly #log: Log
  readonly #end = new AbortController()
  #listener: (event: LegEvent) => void = () => undefined
  #state: LegState = 'ringing'
  #isHeld = false
  /** The commands given so far, one after another. Never rejects. */
  #turn: Promise<void> = Promise.resolve()
  #goodbye: Promise<void> = Promise.resolve()
  #referredBy: string | undefined

  constructor({ callId, from, to, request, headers }: LegFacts, ground: LegGround) {
    this.callId = callId
    this.from = from
    this.to = to
    this.request = request
    this.headers = headers
    this.#ground = ground
    this.#log = ground.log.child({ callId })
    this.foreground = new Foreground({
      ...ground,
      ended: this.ended,
      tell: (event) => this.tell(event),
      takeTurn: () => this.#takeTurn(),
    })
    this.#recordings = new CallRecordings({
      recordingsDir: ground.recordingsDir,
      ended: this.ended,
      media: () => this.opening,
      tell: (event) => this.tell(event),
    })
    const listener = {
      digit: (digit: Digit) => this.onDigit(digit, 'rtp'),
      inactive: () => this.#onInactive(),
      lost: () => void this.hangup('NORMAL_TEMPORARY_FAILURE'),
    }
    this.opening = ground.engine.open(listener, ground.beside === undefined ? {} : { beside: ground.beside })
    this.opening.then(
      (media) => this.#onOpened(media),
      (error: unknown) => this.#onUnopened(error),
    )
  }

  get state(): LegState {
    return this.#state
  }

  get ended(): AbortSignal {
    return this.#end.signal
  }

  observe(listener: (event: LegEvent) => void): void {
    this.#listener = listener
  }

  abstract ring(): void
  abstract earlyMedia(): Promise<void>
  abstract answer(): Promise<void>
  abstract reject(sipStatus: number, reason?: string): Promise<void>

  async hangup(cause: HangupCause): Promise<void> {
    if (this.#state === 'answered') this.sayGoodbye(new Hangup('server', cause, statusAfterAnswer(cause)))
    else if (this.#state !== 'ended') this.giveUp(new Hangup('server', cause))
    await this.#goodbye
  }

  prepare(source: MediaSource, signal: AbortSignal): Promise<void> {
    return this.foreground.prepare(source, signal)
  }

  play(source: MediaSource, options: PlayOptions): Promise<void> {
    return this.foreground.play(source, options)
  }

  nextDigit(signal: AbortSignal): Promise<Digit> {
    return this.foreground.nextDigit(signal)
  }

  takeDigits(): string {
    return this.foreground.takeDigits()
  }

  record(options: RecordOptions): Promise<Recording> {
    return this.foreground.record(options)
  }

  recordCall(options: RecordCallOptions): CallRecording {
    return this.#recordings.begin(options)
  }

  sendDigits(digits: string, options: { durationMs: number; signal: AbortSignal }): Promise<void> {
    return this.foreground.sendDigits(digits, options)
  }

  /** The far end does not want to hear us now. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  /** Calls `listener` whenever the far end holds, or no longer does. @returns ends that */
  onHold(listener: () => void): () => void {
    this.#holdListeners.add(listener)
    return () => this.#holdListeners.delete(listener)
  }

  /** Adds to the leg's story. */
  tell(event: LegEvent): void {
    this.#listener(event)
  }

  async reportTransfer(sipStatus: number): Promise<void> {
    if (this.#state === 'ended') return
    if (this.signalling?.reportTransfer(sipStatus) === true) this.tell({ type: 'transfer.reported', sipStatus })
  }

  async refer(target: string, { signal, replaces }: ReferOptions): Promise<number> {
    this.ended.throwIfAborted()
    signal.throwIfAborted()
    const uri = /^(?:sips?|tel):/i.test(target)
      ? target
      : `sip:${escapedUser(target)}@${hostForUri(this.#ground.address)}`
    if (parseUri(uri) === undefined) throw new Failure('DIAL_TARGET_INVALID', { uri, problem: 'it is no address' })
    const other = replaces instanceof EmbeddedLeg && !replaces.ended.aborted ? replaces.signalling?.dialogId : undefined
    const { signalling } = this
    const isPossible = this.#state === 'answered' && (replaces === undefined || other !== undefined)
    if (!isPossible || signalling === undefined) throw new Failure('TRANSFER_REFUSED', { sipStatus: 481 })
    const instead = replaces === undefined ? {} : { replacesCallId: replaces.callId }
    this.tell({ type: 'transfer.asked', target, ...instead })
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason as Error)
      signal.addEventListener('abort', stop, { once: true })
      signalling.refer(uri, other, (outcome) => {
        signal.removeEventListener('abort', stop)
        if (outcome.how === 'reported') resolve(outcome.status)
        else if (outcome.how === 'refused') reject(new Failure('TRANSFER_REFUSED', { sipStatus: outcome.status }))
        else if (outcome.how === 'silent') reject(new Failure('TRANSFER_TIMEOUT', { target }))
        else this.#onceEnded(reject)
      })
    })
  }

  /** Who is to be named when somebody is called because the far end of this leg wants it. */
  get referrer(): string {
    const { user, realm } = this.direction === 'inbound' ? this.from : this.to
    return this.#referredBy ?? `sip:${escapedUser(user)}@${hostForUri(realm)}`
  }

  /** The leg as one side of a bridge or as member of a room, which is foreground media. */
  join(signal: AbortSignal, what: string): Side {
    return this.foreground.join(signal, what)
  }

  /** The dialog with the far end, once there is one. */
  protected abstract readonly signalling: Transferable | undefined

  /** Ends an unanswered call by signalling, and then the leg. */
  protected abstract giveUp(hangup: Hangup): void

  /** Says BYE. Resolves when that is confirmed. */
  protected abstract bye(q850: number, text: string): Promise<void>

  /** Hangs up an answered call. */
  protected sayGoodbye(hangup: Hangup): void {
    this.finish(hangup)
    this.#goodbye = this.bye(hangupCauses[hangup.cause].q850, hangup.cause).catch(() => undefined)
  }

  /** A new offer of the far end inside the call. @returns our answer, or undefined to refuse it */
  protected onOffer(sdp: string): string | undefined {
    const agreed = this.negotiation?.renegotiate(sdp)
    if (agreed === undefined) return undefined
    if (agreed.hold !== 'unchanged') this.#holds(agreed.hold === 'held')
    return agreed.sdp
  }

  protected onReferred({ to, replaces, referredBy }: Referral): void {
    this.#referredBy = referredBy
    const instead = replaces === undefined ? {} : { replacesCallId: replaces }
    this.tell({ type: 'transfer.requested', to: partyOf(to), ...instead })
  }

  protected onDigit(digit: string, via: Via): void {
    this.foreground.hear(digit, via)
  }

  /** Work that waits its turn; it is left out when the leg has ended, and may end with it. */
  protected inOrder(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.ended.aborted) return
      await work().catch((error: unknown) => {
        if (!this.ended.aborted) throw error
      })
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** `ended` comes once and last: what is heard is over before it, and what is recorded is on disk. */
  protected finish(hangup: Hangup): void {
    if (this.#state === 'ended') return
    this.foreground.stop(hangup)
    this.enter('hangup')
    this.#end.abort(hangup)
    const { by, cause, sipStatus } = hangup
    const end = (): void => this.tell({ type: 'leg.ended', by, cause, sipStatus })
    this.foreground.whenRecorded(() => this.#recordings.whenRecorded(end))
  }

  protected enter(input: LegInput): void {
    this.#state = nextLegState(this.#state, input) ?? this.#state
  }

  #holds(isHeld: boolean): void {
    this.#isHeld = isHeld
    this.tell({ type: isHeld ? 'leg.held' : 'leg.resumed' })
    for (const listener of this.#holdListeners) listener()
  }

  /** The dialog ends a moment before the leg does. */
  #onceEnded(told: (reason: Error) => void): void {
    if (this.ended.aborted) told(this.ended.reason as Error)
    else this.ended.addEventListener('abort', () => told(this.ended.reason as Error), { once: true })
  }

  #takeTurn(): (stop: AbortSignal) => Promise<MediaLeg> {
    const before = this.#turn
    return (stop) => {
      const wayForSound = async (): Promise<MediaLeg> => {
        await before
        stop.throwIfAborted()
        await this.earlyMedia()
        return this.opening
      }
      return unlessAborted(wayForSound(), stop)
    }
  }

  /** Before the answer nobody needs to send. */
  #onInactive(): void {
    if (this.#state === 'answered') this.sayGoodbye(new Hangup('network', 'MEDIA_TIMEOUT'))
  }

  #onOpened(media: MediaLeg): void {
    const close = async (): Promise<void> => {
      const stats = await media.close()
      this.#ground.gone(this, stats)
      const { by, cause, sipStatus } = this.ended.reason as Hangup
      this.#log.info('sip.leg-ended', { by, cause, sipStatus, ...stats })
    }
    if (this.ended.aborted) void close()
    else this.ended.addEventListener('abort', () => void close(), { once: true })
  }

  #onUnopened(error: unknown): void {
    this.#log.error('sip.media-unavailable', { error: asFailure(error) })
    if (this.#state !== 'ended') this.giveUp(new Hangup('server', 'SWITCH_CONGESTION'))
    this.#ground.gone(this, noStats)
  }
}
