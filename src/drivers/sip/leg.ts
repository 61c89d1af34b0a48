import { join } from 'node:path'
import { asFailure, follow, newId, unlessAborted, type Clock, type Log } from '../../base/index.ts'
import {
  causeOfSipStatus,
  DigitQueue,
  Hangup,
  hangupCauses,
  isDigit,
  nextLegState,
  Replaced,
  type Audio,
  type AudioLibrary,
  type Digit,
  type HangupCause,
  type Leg,
  type LegEvent,
  type LegInput,
  type LegState,
  type MediaSource,
  type Party,
  type PlayOptions,
  type Recording,
  type RecordOptions,
} from '../../call/index.ts'
import type { InviteSession, SessionEnd } from '../../sip/index.ts'
import { callerOf } from './caller.ts'
import { DoubleTold, type Via } from './digits.ts'
import { hangupOf, reasonHeader, statusAfterAnswer } from './ending.ts'
import type { MediaEngine, MediaLeg, MediaStats } from './media-port.ts'
import { Negotiation } from './negotiation.ts'
import { PreparedSound } from './prepared-sound.ts'
import { recordingEnd, type RunningRecording } from './recording.ts'
import type { RemoteDescription } from './sdp.ts'

export interface EmbeddedLegOptions {
  readonly session: InviteSession
  /** What the caller offered, or undefined when ours is wanted. */
  readonly offer: RemoteDescription | undefined
  readonly engine: MediaEngine
  readonly audio: AudioLibrary
  readonly clock: Clock
  readonly log: Log
  /** Our address in SDP. */
  readonly address: string
  readonly recordingsDir: string
  readonly retryAfterSeconds: number
  /** Called once, when the leg has ended and its media is closed. */
  readonly gone: (leg: EmbeddedLeg, stats: MediaStats) => void
}

/** One SIP call with its RTP. */
export class EmbeddedLeg implements Leg {
  readonly id = newId()
  readonly callId: string
  readonly direction = 'inbound'
  readonly from: Party
  readonly to: Party
  readonly request: Party
  readonly headers: Readonly<Record<string, string>>
  readonly source: string
  readonly userAgent: string | undefined
  readonly isAuthorized = false
  readonly #options: EmbeddedLegOptions
  readonly #session: InviteSession
  readonly #log: Log
  /** Opens while the house decides what to do with the call. */
  readonly #opening: Promise<MediaLeg>
  readonly #sound: PreparedSound
  readonly #digits = new DigitQueue()
  readonly #doubleTold: DoubleTold
  readonly #end = new AbortController()
  #listener: (event: LegEvent) => void = () => undefined
  #state: LegState = 'ringing'
  #isAlerting = false
  #negotiation: Negotiation | undefined
  /** The commands given so far, one after another. Never rejects. */
  #turn: Promise<void> = Promise.resolve()
  #early: Promise<void> | undefined
  #progress: Promise<void> = Promise.resolve()
  #answer: Promise<void> | undefined
  #goodbye: Promise<void> = Promise.resolve()
  #foreground: AbortController | undefined
  #recording: RunningRecording | undefined
  /** Recordings that are not yet on disk, and what waits for them. */
  #unfinished = 0
  #whenRecorded: (() => void) | undefined

  constructor(options: EmbeddedLegOptions) {
    const { session, engine, clock, log } = options
    const { callId, from, to, request, headers, source, userAgent } = callerOf(session)
    this.callId = callId
    this.from = from
    this.to = to
    this.request = request
    this.headers = headers
    this.source = source
    this.userAgent = userAgent
    this.#options = options
    this.#sound = new PreparedSound(options.audio)
    this.#session = session
    this.#log = log.child({ callId })
    this.#doubleTold = new DoubleTold(clock)
    session.listen({
      remoteAnswer: (sdp) => this.#onAnswer(sdp),
      remoteOffer: (sdp) => this.#onOffer(sdp),
      offerWanted: () => this.#negotiation?.offer() ?? '',
      digit: (digit) => this.#onDigit(digit.toUpperCase(), 'info'),
      ended: (end) => this.#onEnd(end),
    })
    this.#opening = engine.open({
      digit: (digit) => this.#onDigit(digit, 'rtp'),
      inactive: () => this.#onInactive(),
      lost: () => void this.hangup('NORMAL_TEMPORARY_FAILURE'),
    })
    this.#opening.then(
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

  ring(): void {
    if (this.#state !== 'ringing' || this.#isAlerting) return
    this.#isAlerting = true
    this.#session.ring()
    this.#tell({ type: 'leg.ringing' })
  }

  earlyMedia(): Promise<void> {
    if (this.#state !== 'ringing') return Promise.resolve()
    this.#early ??= this.#inOrder(() => this.#openEarlyMedia())
    return this.#early
  }

  answer(): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve()
    if (this.#answer === undefined) {
      this.#foreground?.abort(new Replaced('the call was answered'))
      this.#answer = this.#inOrder(() => this.#accept())
    }
    return this.#answer
  }

  async reject(sipStatus: number, reason?: string): Promise<void> {
    const cause = causeOfSipStatus(sipStatus)
    if (this.#state === 'answered') return this.hangup(cause)
    if (this.#state !== 'ended') this.#refuse(new Hangup('server', cause, sipStatus), reason)
  }

  async hangup(cause: HangupCause): Promise<void> {
    if (this.#state === 'answered') this.#sayGoodbye(new Hangup('server', cause, statusAfterAnswer(cause)))
    else if (this.#state !== 'ended') this.#refuse(new Hangup('server', cause))
    await this.#goodbye
  }

  async prepare(source: MediaSource, signal: AbortSignal): Promise<void> {
    this.ended.throwIfAborted()
    await this.#sound.prepare(source, signal, this.ended)
  }

  async play(source: MediaSource, { signal, times = 1 }: PlayOptions): Promise<void> {
    const { signal: stop, leave } = this.#takeForeground(signal, 'other media')
    try {
      await this.#play(source, times, stop)
    } finally {
      leave()
    }
  }

  async #play(source: MediaSource, times: number, stop: AbortSignal): Promise<void> {
    const before = this.#turn
    const audio = await this.#open(source, stop)
    const media = await this.#readyForSound(before, stop)
    const playing = media.play(audio, times)
    this.#tell({ type: 'media.started', media: source })
    let isTold = false
    const over = (how: 'finished' | 'stopped'): void => {
      if (!isTold) this.#tell({ type: 'media.ended', media: source, how })
      isTold = true
    }
    const halt = (): void => {
      playing.stop()
      over('stopped')
    }
    stop.addEventListener('abort', halt, { once: true })
    try {
      const how = await unlessAborted(playing.done, stop)
      stop.throwIfAborted()
      over(how)
      if (how === 'stopped') throw new Replaced('other sound')
    } finally {
      stop.removeEventListener('abort', halt)
    }
  }

  async nextDigit(signal: AbortSignal): Promise<Digit> {
    this.ended.throwIfAborted()
    return this.#digits.next(signal, this.ended)
  }

  takeDigits(): string {
    return this.#digits.takeAll()
  }

  async record(options: RecordOptions): Promise<Recording> {
    const { signal: stop, leave } = this.#takeForeground(options.signal, 'a recording')
    try {
      return await this.#record(options, stop)
    } finally {
      leave()
    }
  }

  async #record({ maxMs, silenceMs, endKeys, trim }: RecordOptions, stop: AbortSignal): Promise<Recording> {
    const media = await this.#readyForSound(this.#turn, stop)
    const id = newId()
    const path = join(this.#options.recordingsDir, `${id}.wav`)
    const job = media.record({ path, maxMs, silenceMs, trim })
    this.#tell({ type: 'recording.started', silenceMs })
    const recording: RunningRecording = { endKeys, key: undefined, stop: job.stop }
    this.#recording = recording
    this.#unfinished++
    stop.addEventListener('abort', job.stop, { once: true })
    try {
      const { durationMs, hadSpeech, endedBy: why } = await job.done
      const endedBy = recordingEnd(why, recording.key, stop.reason)
      this.#tell({ type: 'recording.ended', durationMs, endedBy, hadSpeech })
      return { id, path, durationMs, endedBy, key: recording.key, hadSpeech }
    } catch (error) {
      this.#tell({ type: 'recording.ended', durationMs: 0, endedBy: 'stopped' })
      throw error
    } finally {
      stop.removeEventListener('abort', job.stop)
      if (this.#recording === recording) this.#recording = undefined
      if (--this.#unfinished === 0) this.#whenRecorded?.()
    }
  }

  async sendDigits(digits: string, { durationMs, signal }: { durationMs: number; signal: AbortSignal }): Promise<void> {
    this.ended.throwIfAborted()
    const stop = AbortSignal.any([signal, this.ended])
    const media = await this.#readyForSound(this.#turn, stop)
    const sending = media.sendDigits(digits, durationMs)
    stop.addEventListener('abort', sending.stop, { once: true })
    try {
      await unlessAborted(sending.done, stop)
      this.#tell({ type: 'digits.sent', digits })
    } finally {
      stop.removeEventListener('abort', sending.stop)
    }
  }

  /** Stops what is heard or recorded; what comes instead stops with the signal returned, and says when it leaves. */
  #takeForeground(signal: AbortSignal, what: string): { readonly signal: AbortSignal; readonly leave: () => void } {
    this.ended.throwIfAborted()
    signal.throwIfAborted()
    this.#foreground?.abort(new Replaced(what))
    const foreground = new AbortController()
    this.#foreground = foreground
    return { signal: foreground.signal, leave: follow(signal, foreground) }
  }

  async #open(source: MediaSource, stop: AbortSignal): Promise<Audio> {
    try {
      return await this.#sound.open(source, stop)
    } catch (error) {
      if (!stop.aborted) this.#tell({ type: 'media.failed', media: source, code: asFailure(error).code })
      throw error
    }
  }

  /** Waits for the commands `before` this one, and for a way for sound. */
  #readyForSound(before: Promise<void>, stop: AbortSignal): Promise<MediaLeg> {
    const wayForSound = async (): Promise<MediaLeg> => {
      await before
      stop.throwIfAborted()
      await this.earlyMedia()
      return this.#opening
    }
    return unlessAborted(wayForSound(), stop)
  }

  /** Work that waits its turn; it is left out when the leg has ended, and may end with it. */
  #inOrder(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.ended.aborted) return
      await work().catch((error: unknown) => {
        if (!this.ended.aborted) throw error
      })
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #openEarlyMedia(): Promise<void> {
    if (this.#state !== 'ringing') return
    const negotiation = await this.#negotiated()
    // Our offer needs a reliable 183 (RFC 3262 section 5). A caller who wants our offer but cannot have it before the
    // answer is answered, because silence would be worse.
    const isReliable = /\b100rel\b/i.test(this.#session.header('require') ?? '')
    if (this.#options.offer === undefined && !isReliable) return this.#accept()
    this.#progress = this.#session.progress(negotiation.describe())
    this.#progress.catch(() => undefined)
    this.#enter('progress')
    negotiation.apply()
    this.#tell({ type: 'leg.early' })
  }

  /** The call is answered as soon as the 200 is on its way; only an answer that the ACK brings is waited for. */
  async #accept(): Promise<void> {
    if (nextLegState(this.#state, 'answer') === undefined) return
    const negotiation = await this.#negotiated()
    await unlessAborted(this.#progress, this.ended)
    const confirmed = this.#session.answer(negotiation.describe())
    confirmed.catch(() => undefined)
    this.#enter('answer')
    negotiation.apply()
    this.#tell({ type: 'leg.answered' })
    if (!negotiation.isAgreed) await unlessAborted(confirmed, this.ended)
  }

  async #negotiated(): Promise<Negotiation> {
    const media = await unlessAborted(this.#opening, this.ended)
    const { address, offer } = this.#options
    this.#negotiation ??= new Negotiation(media, address, this.#session.source.address, offer)
    return this.#negotiation
  }

  #refuse(hangup: Hangup, reason?: string): void {
    const retry = ['Retry-After', String(this.#options.retryAfterSeconds)] as const
    const headers = [reasonHeader(hangup.cause), ...(hangup.sipStatus === 503 ? [retry] : [])]
    this.#session.reject(hangup.sipStatus, reason, headers)
    this.#finish(hangup)
  }

  #sayGoodbye(hangup: Hangup): void {
    this.#finish(hangup)
    this.#goodbye = this.#session.bye(hangupCauses[hangup.cause].q850, hangup.cause).catch(() => undefined)
  }

  #onAnswer(sdp: string): void {
    if (this.#state === 'ended' || this.#negotiation?.accept(sdp) === true) return
    const hangup = new Hangup('server', 'INCOMPATIBLE_DESTINATION')
    if (this.#state === 'answered') this.#sayGoodbye(hangup)
    else this.#refuse(hangup)
  }

  #onOffer(sdp: string): string | undefined {
    const agreed = this.#negotiation?.renegotiate(sdp)
    if (agreed === undefined) return undefined
    if (agreed.hold === 'held') this.#tell({ type: 'leg.held' })
    if (agreed.hold === 'resumed') this.#tell({ type: 'leg.resumed' })
    return agreed.sdp
  }

  #onDigit(digit: string, via: Via): void {
    if (this.#state === 'ended' || !isDigit(digit) || !this.#doubleTold.isNews(digit, via)) return
    this.#tell({ type: 'digit.received', digit, via })
    const recording = this.#recording
    if (recording === undefined || recording.key !== undefined || !recording.endKeys.includes(digit)) {
      this.#digits.add(digit)
      return
    }
    recording.key = digit
    recording.stop()
  }

  #onEnd(end: SessionEnd): void {
    this.#finish(hangupOf(end))
  }

  /** Before the answer nobody needs to send. */
  #onInactive(): void {
    if (this.#state === 'answered') this.#sayGoodbye(new Hangup('network', 'MEDIA_TIMEOUT'))
  }

  #onOpened(media: MediaLeg): void {
    const close = async (): Promise<void> => {
      const stats = await media.close()
      this.#options.gone(this, stats)
      const { by, cause, sipStatus } = this.ended.reason as Hangup
      this.#log.info('sip.leg-ended', { by, cause, sipStatus, ...stats })
    }
    if (this.ended.aborted) void close()
    else this.ended.addEventListener('abort', () => void close(), { once: true })
  }

  #onUnopened(error: unknown): void {
    this.#log.error('sip.media-unavailable', { error: asFailure(error) })
    if (this.#state !== 'ended') this.#refuse(new Hangup('server', 'SWITCH_CONGESTION'))
    this.#options.gone(this, { received: 0, lost: 0, late: 0, jitterMs: 0, sent: 0 })
  }

  /** `ended` comes once and last: what is heard is over before it, and what is recorded is on disk. */
  #finish(hangup: Hangup): void {
    if (this.#state === 'ended') return
    this.#foreground?.abort(hangup)
    this.#enter('hangup')
    this.#end.abort(hangup)
    const { by, cause, sipStatus } = hangup
    const tellEnd = (): void => this.#tell({ type: 'leg.ended', by, cause, sipStatus })
    if (this.#unfinished === 0) tellEnd()
    else this.#whenRecorded = tellEnd
  }

  #enter(input: LegInput): void {
    this.#state = nextLegState(this.#state, input) ?? this.#state
  }

  #tell(event: LegEvent): void {
    this.#listener(event)
  }
}
