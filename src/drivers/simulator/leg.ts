import { asFailure, Failure, newId, unlessAborted, unwanted, type Clock } from '../../base/index.ts'
import {
  causeOfSipStatus,
  DigitQueue,
  Hangup,
  hangupCauses,
  isDigit,
  mostCallRecordings,
  nextLegState,
  Replaced,
  type BridgeEnd,
  type BridgeOptions,
  type CallRecording,
  type Digit,
  type HangupCause,
  type Leg,
  type LegEvent,
  type LegInput,
  type LegState,
  type MediaSource,
  type Party,
  type PlayOptions,
  type RecordCallOptions,
  type Recording,
  type RecordingEnd,
  type RecordOptions,
  type Whisper,
  type ReferOptions,
} from '../../call/index.ts'
import { durations, type DurationOf } from './durations.ts'
import type { Callee, FarEnd, LegMemory, RememberedRecording, SimulatedLegOptions } from './far-end.ts'
import { Voice } from './voice.ts'

/** A leg without any sound: what it would play lasts as long as it would, and time is the clock's. */
export function simulatedLeg(options: SimulatedLegOptions): { readonly leg: Leg; readonly farEnd: FarEnd } {
  const leg = new SimulatedLeg(options, 'inbound')
  return { leg, farEnd: leg.farEnd }
}

/** The leg of somebody whom we call, and who does nothing by themselves. */
export function simulatedCallee(options: SimulatedLegOptions): { readonly leg: Leg; readonly callee: Callee } {
  const leg = new SimulatedLeg(options, 'outbound')
  return { leg, callee: leg.farEnd }
}

/**
 * Joins two simulated legs: see {@link Driver.bridge}.
 *
 * @throws DIAL_UNSUPPORTED for legs of other drivers
 */
export async function bridgeSimulated(a: Leg, b: Leg, { signal, holdMusic = {} }: BridgeOptions): Promise<BridgeEnd> {
  if (!(a instanceof SimulatedLeg && b instanceof SimulatedLeg)) {
    throw new Failure('DIAL_UNSUPPORTED', { driver: 'simulator' })
  }
  signal.throwIfAborted()
  const gone = goneOf(a, b)
  if (gone !== undefined) return gone
  await a.earlyMedia()
  const over = new AbortController()
  const leaves = [
    a.join(companyOf(b), 'a bridge', over, holdMusic.b),
    b.join(companyOf(a), 'a bridge', over, holdMusic.a),
  ]
  for (const leg of [a, b]) leg.hearHold()
  try {
    return await unlessAborted(new Promise<never>(() => undefined), signal, over.signal)
  } catch (error) {
    const end = goneOf(a, b)
    if (end === undefined) throw error
    return end
  } finally {
    for (const leave of leaves) leave()
  }
}

/** Each hears the other, and who speaks to them by the other, as soon as both can hear and be heard. */
const companyOf = (partner: SimulatedLeg): Company => ({
  voices: () => [...partner.spokenBy('other'), ...(partner.isHeard ? [partner] : [])],
  sounds: () => [],
  partner,
})

/** Which of two legs has ended. */
export function goneOf(a: Leg, b: Leg): BridgeEnd | undefined {
  if (a.ended.aborted) return 'a'
  return b.ended.aborted ? 'b' : undefined
}

/** Whom a leg hears that is joined with others, unless they are silent. */
export interface Company {
  voices(): readonly SimulatedLeg[]
  sounds(): readonly MediaSource[]
  /** Gets the keys that the leg presses. */
  readonly partner?: SimulatedLeg
}

const nobody: Company = { voices: () => [], sounds: () => [] }

/** What has the leg's foreground: it is stopped before anything else takes it. */
interface Foreground {
  /** Tells the story's end at once, then lets the wait go. */
  stop(reason: Error): void
}

interface RunningRecording {
  readonly endKeys: string
  end(endedBy: RecordingEnd, key?: Digit): void
}

/** Somebody who listens to a leg. */
export interface Listener {
  readonly leg: SimulatedLeg
  speaksTo: Whisper
}

/** A recording in the background. */
interface RunningCallRecording {
  end(endedBy: RecordingEnd): void
}

/** What we have asked the far end to call. */
interface Referral {
  readonly done: (sipStatus: number) => void
  readonly failed: (reason: Error) => void
}

/** As SIP does: who asks for a transfer hears after so long that it came to nothing; who is asked for one may take so long. */
const longestTransferMs = 60_000
const longestReferralMs = 180_000

const sendPausesMs: Readonly<Record<string, number>> = { w: 500, W: 1_000 }

const lengthOf = (memory: RememberedRecording | undefined): Partial<Pick<Recording, 'durationMs' | 'hadSpeech'>> =>
  memory === undefined ? {} : { durationMs: memory.durationMs, hadSpeech: memory.hadSpeech }

export class SimulatedLeg implements Leg {
  readonly id = newId()
  readonly callId: string
  readonly direction: 'inbound' | 'outbound'
  readonly from: Party
  readonly to: Party
  readonly request: Party
  readonly headers: Readonly<Record<string, string>>
  readonly source: string
  readonly userAgent: string | undefined
  readonly isAuthorized: boolean
  readonly replaces: string | undefined
  readonly farEnd: Callee
  /** Who listens to it. */
  readonly listeners = new Set<Listener>()
  readonly #clock: Clock
  readonly #durationOf: DurationOf
  readonly #memory: LegMemory | undefined
  readonly #digits = new DigitQueue()
  readonly #voice: Voice
  readonly #end = new AbortController()
  readonly #farEndListeners: ((event: LegEvent) => void)[] = []
  #listener: (event: LegEvent) => void = () => undefined
  #state: LegState = 'ringing'
  #isAlerting = false
  #foreground: Foreground | undefined
  #recording: RunningRecording | undefined
  #company: Company | undefined
  /** What is heard while the partner holds. */
  #holdMusic: MediaSource | undefined
  #isHeld = false
  #isHoldHeard = false
  readonly #callRecordings = new Set<RunningCallRecording>()
  /** When there was a way for sound. */
  #audibleAt: number | undefined
  #digitsSent = ''
  readonly #tellsRedirects: boolean
  readonly #transferStatuses: number[] = []
  /** Aborts when the far end has been told what became of the transfer that it asked for. */
  #transfer: AbortController | undefined
  #referral: Referral | undefined

  constructor(options: SimulatedLegOptions, direction: 'inbound' | 'outbound') {
    this.direction = direction
    this.callId = options.callId ?? newId()
    this.from = options.from
    this.to = options.to
    this.request = options.request ?? options.to
    this.headers = options.headers ?? {}
    this.isAuthorized = options.isAuthorized ?? true
    this.replaces = options.replaces
    this.#tellsRedirects = options.tellsRedirects ?? false
    this.source = options.source ?? 'simulator'
    this.userAgent = 'userAgent' in options ? options.userAgent : 'Pivot simulator'
    this.#memory = options.memory
    this.#clock = options.clock
    this.#durationOf = options.durationOf ?? durations()
    this.#voice = new Voice(options.clock)
    this.farEnd = this.#farEnd()
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
    if (this.direction === 'inbound') this.#alert()
  }

  async earlyMedia(): Promise<void> {
    if (this.direction === 'inbound') this.#openEarly()
  }

  async answer(): Promise<void> {
    if (this.direction === 'outbound' || nextLegState(this.#state, 'answer') === undefined) return
    this.#foreground?.stop(new Replaced('the call was answered'))
    this.#beginCall()
  }

  async reject(sipStatus: number): Promise<void> {
    if (this.direction === 'outbound' && this.#state !== 'answered') return
    const cause = causeOfSipStatus(sipStatus)
    if (this.#state === 'answered') await this.hangup(cause)
    else this.#finish(new Hangup('server', cause, sipStatus))
  }

  async hangup(cause: HangupCause): Promise<void> {
    this.#finish(new Hangup('server', cause, this.#statusOf(cause)))
  }

  /** What whoever is at the far end said. */
  get voice(): Voice {
    return this.#voice
  }

  /** Whom it hears. */
  get company(): Company {
    return this.#company ?? nobody
  }

  /** What the far end says is heard by others. */
  get isHeard(): boolean {
    return this.#state !== 'ringing' && !this.#isHeld
  }

  /** Those who listen to this leg and speak to it, or to the other side of its conversation. */
  spokenBy(whom: 'target' | 'other'): readonly SimulatedLeg[] {
    return [...this.listeners].flatMap(({ leg, speaksTo }) => (speaksTo === whom || speaksTo === 'both' ? [leg] : []))
  }

  /** Lets the partner hear music while this leg holds, and no longer. */
  hearHold(): void {
    const partner = this.#company?.partner
    if (partner !== undefined) partner.#hearMusic(this.#isHeld)
  }

  /**
   * Gives the foreground to `company`, by way of `what`: `over` aborts when it is taken away again.
   *
   * @returns ends that
   */
  join(company: Company, what: string, over: AbortController, holdMusic?: MediaSource): () => void {
    this.#foreground?.stop(new Replaced(what))
    this.#company = company
    this.#holdMusic = holdMusic
    const leave = (): void => {
      if (this.#foreground !== foreground) return
      this.#foreground = undefined
      this.#hearMusic(false)
      this.#company = undefined
    }
    const foreground: Foreground = {
      stop: (reason) => {
        leave()
        over.abort(reason)
      },
    }
    this.#foreground = foreground
    return leave
  }

  #hearMusic(isHeld: boolean): void {
    const music = this.#holdMusic
    if (music === undefined || this.#isHoldHeard === isHeld) return
    if (isHeld && !this.#canHear(music)) return
    this.#isHoldHeard = isHeld
    this.#tell(isHeld ? { type: 'media.started', media: music } : { type: 'media.ended', media: music, how: 'stopped' })
  }

  /** There is no sound to be waited for, unless it once was. */
  async prepare(source: MediaSource, signal: AbortSignal): Promise<void> {
    this.ended.throwIfAborted()
    signal.throwIfAborted()
    if (this.#memory === undefined || this.#state === 'answered') return
    await this.#pass(this.#memory.preparedMs(source), AbortSignal.any([signal, this.ended]))
  }

  async play(source: MediaSource, { signal, times = 1 }: PlayOptions): Promise<void> {
    this.ended.throwIfAborted()
    signal.throwIfAborted()
    this.#foreground?.stop(new Replaced('other media'))
    if (this.#memory !== undefined) await this.#ready(this.#memory.readyMs(source), signal)
    const totalMs = this.#open(source, times)
    if (this.direction === 'inbound') this.#openEarly()
    this.#tell({ type: 'media.started', media: source })
    const stopped = new AbortController()
    const over = (how: 'finished' | 'stopped'): void => {
      if (this.#foreground !== foreground) return
      this.#foreground = undefined
      this.#tell({ type: 'media.ended', media: source, how })
    }
    const foreground: Foreground = {
      stop: (reason) => {
        over('stopped')
        stopped.abort(reason)
      },
    }
    this.#foreground = foreground
    try {
      await this.#pass(totalMs, AbortSignal.any([signal, stopped.signal]))
      over('finished')
    } finally {
      over('stopped')
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
    this.ended.throwIfAborted()
    options.signal.throwIfAborted()
    this.#foreground?.stop(new Replaced('a recording'))
    const from = this.#clock.now()
    const memory = this.#memory?.recorded()
    this.#tell({ type: 'recording.started', silenceMs: options.silenceMs })
    return new Promise((resolve) => {
      const over = new AbortController()
      const end = (endedBy: RecordingEnd, key?: Digit): void => {
        if (over.signal.aborted) return
        over.abort(new Replaced('recorded'))
        options.signal.removeEventListener('abort', stop)
        this.#foreground = undefined
        this.#recording = undefined
        const recording = { ...this.#recordingOf(from, options, endedBy, key), ...lengthOf(memory) }
        const { durationMs, hadSpeech } = recording
        this.#tell({ type: 'recording.ended', durationMs, endedBy, hadSpeech })
        resolve(recording)
      }
      const stop = (): void => end('stopped')
      options.signal.addEventListener('abort', stop, { once: true })
      this.#recording = { endKeys: options.endKeys, end }
      this.#foreground = { stop: (reason) => end(reason instanceof Hangup ? 'hangup' : 'stopped') }
      const listening =
        memory === undefined ? this.#listen(from, options, over.signal) : this.#recall(memory, options, over.signal)
      listening.then(end, () => undefined)
    })
  }

  recordCall({ signal, maxMs }: RecordCallOptions): CallRecording {
    const id = newId()
    let isMasked = false
    const mask = (masks: boolean): void => {
      if (isMasked === masks || !this.#callRecordings.has(running)) return
      isMasked = masks
      this.#tell({ type: 'call-recording.masked', recordingId: id, isMasked })
    }
    const running: RunningCallRecording = { end: () => undefined }
    const done = new Promise<Recording>((resolve, reject) => {
      if (this.ended.aborted || signal.aborted) {
        reject((this.ended.aborted ? this.ended : signal).reason as Error)
        return
      }
      if (this.#callRecordings.size >= mostCallRecordings) {
        reject(new Failure('RECORDING_FAILED', { problem: 'too many recordings of one leg' }))
        return
      }
      const from = this.#clock.now()
      const over = new AbortController()
      const stop = (): void => running.end('stopped')
      running.end = (endedBy) => {
        if (!this.#callRecordings.delete(running)) return
        over.abort(new Replaced('recorded'))
        signal.removeEventListener('abort', stop)
        const durationMs = Math.min(maxMs, this.#clock.now() - Math.max(from, this.#audibleAt ?? Infinity))
        const recording = { id, path: undefined, durationMs: Math.max(0, durationMs), endedBy, key: undefined }
        this.#tell({ type: 'call-recording.ended', recordingId: id, durationMs: recording.durationMs, endedBy })
        resolve({ ...recording, hadSpeech: this.#voice.since(from) !== undefined })
      }
      this.#callRecordings.add(running)
      this.#tell({ type: 'call-recording.started', recordingId: id })
      signal.addEventListener('abort', stop, { once: true })
      this.#clock.sleep(maxMs, over.signal).then(
        () => running.end('limit'),
        () => undefined,
      )
    })
    return { id, done, mask: () => mask(true), unmask: () => mask(false) }
  }

  async sendDigits(digits: string, { durationMs, signal }: { durationMs: number; signal: AbortSignal }): Promise<void> {
    this.ended.throwIfAborted()
    let totalMs = 0
    for (const digit of digits) totalMs += sendPausesMs[digit] ?? durationMs
    await this.#pass(totalMs, AbortSignal.any([signal, this.ended]))
    this.#digitsSent += digits.replaceAll(/[wW]/g, '')
    this.#tell({ type: 'digits.sent', digits })
  }

  async reportTransfer(sipStatus: number): Promise<void> {
    if (this.#reported(sipStatus)) this.#tell({ type: 'transfer.reported', sipStatus })
  }

  async refer(target: string, { signal, replaces }: ReferOptions): Promise<number> {
    this.ended.throwIfAborted()
    signal.throwIfAborted()
    const isGone = this.#state !== 'answered' || (replaces !== undefined && replaces.state === 'ended')
    if (isGone || this.#referral !== undefined) {
      throw new Failure('TRANSFER_REFUSED', { sipStatus: isGone ? 481 : 491 })
    }
    const instead = replaces === undefined ? {} : { replacesCallId: replaces.callId }
    this.#tell({ type: 'transfer.asked', target, ...instead })
    const over = new AbortController()
    try {
      return await new Promise<number>((done, failed) => {
        this.#referral = { done, failed }
        const expired = (): void => failed(new Failure('TRANSFER_TIMEOUT', { target }))
        this.#clock.sleep(longestReferralMs, AbortSignal.any([signal, over.signal])).then(expired, failed)
      })
    } finally {
      this.#referral = undefined
      over.abort(unwanted)
    }
  }

  /** Resolves with why a recording ends by itself: too long, or too long without a word. */
  async #listen(from: number, { maxMs, silenceMs }: RecordOptions, signal: AbortSignal): Promise<RecordingEnd> {
    const limitAt = from + maxMs
    for (;;) {
      const now = this.#clock.now()
      const canEnd = silenceMs > 0 && !this.#voice.isSpeaking
      const silentAt = canEnd ? Math.max(from, this.#voice.lastAt) + silenceMs : Infinity
      if (now >= limitAt) return 'limit'
      if (now >= silentAt) return 'silence'
      const changed = new AbortController()
      this.#voice.onceChanged(() => changed.abort())
      const either = AbortSignal.any([signal, changed.signal])
      await this.#clock.sleep(Math.min(limitAt, silentAt) - now, either).catch(() => signal.throwIfAborted())
    }
  }

  async #recall(
    { silentMs }: RememberedRecording,
    { maxMs }: RecordOptions,
    signal: AbortSignal,
  ): Promise<RecordingEnd> {
    await this.#pass(Math.min(silentMs, maxMs), signal)
    return silentMs < maxMs ? 'silence' : 'limit'
  }

  #recordingOf(from: number, { trim }: RecordOptions, endedBy: RecordingEnd, key: Digit | undefined): Recording {
    const speech = this.#voice.since(from)
    const trimmedMs = speech === undefined ? 0 : speech.until - speech.from
    const durationMs = trim ? trimmedMs : this.#clock.now() - from
    return { id: newId(), path: undefined, durationMs, endedBy, key, hadSpeech: speech !== undefined }
  }

  #farEnd(): Callee {
    const [isAsked, digits] = [() => this.#isAsked(), () => this.#digitsSent]
    const [voices, sounds] = [() => this.#voicesHeard(), () => this.#company?.sounds() ?? []]
    return {
      get isAsked() {
        return isAsked()
      },
      get hearsOther() {
        return voices().length > 0
      },
      get voicesHeard() {
        return voices()
      },
      get soundsHeard() {
        return sounds()
      },
      get digits() {
        return digits()
      },
      callId: this.callId,
      other: this.direction === 'inbound' ? this.to : this.from,
      transferStatuses: this.#transferStatuses,
      transfers: (to, replacesCallId) => this.#asksForTransfer(to, replacesCallId),
      reportsTransfer: (sipStatus) => this.#referral?.done(sipStatus),
      refusesTransfer: (sipStatus) => this.#referral?.failed(new Failure('TRANSFER_REFUSED', { sipStatus })),
      press: (digits) => this.#press(digits),
      speak: (ms) => this.#speak(ms),
      speaks: (isSpeaking) => (isSpeaking ? this.#voice.begin() : this.#voice.end()),
      hold: (isHeld) => this.#hold(isHeld),
      hangUp: () => this.#farEndHangsUp(),
      observe: (listener) => this.#farEndListeners.push(listener),
      ring: () => this.#alert(),
      sendsEarly: () => this.#openEarly(),
      answer: () => this.#beginCall(),
      refuse: (sipStatus) => this.#refuse(sipStatus),
      sendsTo: (to) => this.#refuse(302, this.#tellsRedirects ? [to] : []),
      vanish: () => this.#finish(new Hangup('network', 'RECOVERY_ON_TIMER_EXPIRE')),
    }
  }

  #asksForTransfer(to: Party, replacesCallId?: string): void {
    if (this.#state !== 'answered' || this.#transfer !== undefined) return
    const reported = new AbortController()
    this.#transfer = reported
    this.#transferStatuses.push(100)
    const limit = this.#clock.sleep(longestTransferMs, AbortSignal.any([reported.signal, this.ended]))
    limit.then(
      () => this.#reported(503),
      () => undefined,
    ) // aborted: it was reported, or the leg has ended
    this.#tell({ type: 'transfer.requested', to, ...(replacesCallId === undefined ? {} : { replacesCallId }) })
  }

  /** @returns whether they had asked for it */
  #reported(sipStatus: number): boolean {
    const transfer = this.#transfer
    if (transfer === undefined || this.#state === 'ended') return false
    this.#transfer = undefined
    this.#transferStatuses.push(sipStatus)
    transfer.abort(unwanted)
    return true
  }

  #isAsked(): boolean {
    if (this.#recording !== undefined) return this.#recording.endKeys !== ''
    return this.#foreground === undefined && this.#digits.isAwaited
  }

  #press(digits: string): void {
    for (const digit of digits) {
      if (!isDigit(digit)) throw new RangeError(`${JSON.stringify(digit)} is no digit`)
      if (this.#state === 'ended') return
      this.#tell({ type: 'digit.received', digit, via: 'simulated' })
      const partner = this.#company?.partner
      if (partner !== undefined) partner.#digitsSent += digit
      if (this.#recording?.endKeys.includes(digit) === true) this.#recording.end('key', digit)
      else this.#digits.add(digit)
    }
  }

  async #speak(ms: number): Promise<void> {
    this.#voice.begin()
    await this.#clock.sleep(ms)
    this.#voice.end()
  }

  #voicesHeard(): string[] {
    if (this.#isHeld || this.#state === 'ringing') return []
    const heard = [...this.spokenBy('target'), ...this.company.voices()]
    return heard.filter(({ voice }) => voice.isSpeaking).map(({ callId }) => callId)
  }

  #hold(isHeld: boolean): void {
    if (this.#state !== 'answered' || this.#isHeld === isHeld) return
    this.#isHeld = isHeld
    this.#tell({ type: isHeld ? 'leg.held' : 'leg.resumed' })
    this.hearHold()
  }

  #farEndHangsUp(): void {
    const by = this.direction === 'inbound' ? 'caller' : 'callee'
    if (this.#state === 'answered') this.#finish(new Hangup(by, 'NORMAL_CLEARING', 200))
    else if (by === 'caller') this.#finish(new Hangup(by, 'ORIGINATOR_CANCEL'))
    else this.#refuse(603)
  }

  #refuse(sipStatus: number, redirectTo: readonly Party[] = []): void {
    if (this.#state === 'answered') return
    this.#finish(new Hangup('callee', causeOfSipStatus(sipStatus), sipStatus, redirectTo))
  }

  #statusOf(cause: HangupCause): number {
    return this.#state === 'answered' && cause === 'NORMAL_CLEARING' ? 200 : hangupCauses[cause].sip
  }

  /** `ended` comes once and last: whatever is heard or recorded is over before it. */
  #finish(hangup: Hangup): void {
    if (this.#state === 'ended') return
    if (hangup.by === 'server') this.#reported(503)
    // A far end that goes as soon as it was asked to call somebody else has said that all is well.
    if (hangup.by === 'server' || hangup.by === 'network') this.#referral?.failed(hangup)
    else this.#referral?.done(200)
    this.#foreground?.stop(hangup)
    for (const recording of [...this.#callRecordings]) recording.end('hangup')
    this.#enter('hangup')
    this.#end.abort(hangup)
    const { by, cause, sipStatus } = hangup
    this.#tell({ type: 'leg.ended', by, cause, sipStatus })
  }

  #enter(input: LegInput): boolean {
    const next = nextLegState(this.#state, input)
    if (next !== undefined) this.#state = next
    if (this.#state === 'early' || this.#state === 'answered') this.#audibleAt ??= this.#clock.now()
    return next !== undefined
  }

  #alert(): void {
    if (this.#state !== 'ringing' || this.#isAlerting) return
    this.#isAlerting = true
    this.#tell({ type: 'leg.ringing' })
  }

  #beginCall(): void {
    if (this.#enter('answer')) this.#tell({ type: 'leg.answered' })
  }

  #openEarly(): void {
    if (this.#enter('progress')) this.#tell({ type: 'leg.early' })
  }

  /** Waits as long as it once took until `source` was heard. */
  async #ready(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0) return
    const stopped = new AbortController()
    const foreground: Foreground = { stop: (reason) => stopped.abort(reason) }
    this.#foreground = foreground
    try {
      await this.#pass(ms, AbortSignal.any([signal, stopped.signal]))
    } finally {
      if (this.#foreground === foreground) this.#foreground = undefined
    }
  }

  #canHear(music: MediaSource): boolean {
    try {
      this.#open(music, Infinity)
      return true
    } catch {
      return false // The story says why.
    }
  }

  #open(source: MediaSource, times: number): number {
    try {
      return this.#memory?.playedMs(source) ?? this.#durationOf(source) * times
    } catch (error) {
      this.#tell({ type: 'media.failed', media: source, code: asFailure(error).code })
      throw error
    }
  }

  /** Lets `ms` milliseconds pass; Infinity ends only with the signal. */
  async #pass(ms: number, signal: AbortSignal): Promise<void> {
    if (Number.isFinite(ms)) await this.#clock.sleep(ms, signal)
    else await unlessAborted(new Promise<never>(() => undefined), signal)
  }

  #tell(event: LegEvent): void {
    this.#listener(event)
    for (const listener of this.#farEndListeners) listener(event)
  }
}
