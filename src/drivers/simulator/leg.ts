import { newId, type Clock } from '../../base/index.ts'
import {
  causeOfSipStatus,
  Hangup,
  hangupCauses,
  nextLegState,
  Replaced,
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
  type RecordOptions,
  type ReferOptions,
  type Whisper,
} from '../../call/index.ts'
import { CallRecordings } from './call-recordings.ts'
import { durations } from './durations.ts'
import type { Callee, FarEnd, SimulatedLegOptions } from './far-end.ts'
import { Foreground, type Speaker } from './foreground.ts'
import { Transfers } from './transfers.ts'
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

/** Somebody who listens to a leg. */
export interface Listener {
  readonly leg: Speaker
  speaksTo: Whisper
}

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
  readonly foreground: Foreground
  /** What whoever is at the far end said. */
  readonly voice: Voice
  /** Who listens to it. */
  readonly listeners = new Set<Listener>()
  readonly #clock: Clock
  readonly #end = new AbortController()
  readonly #farEndListeners: ((event: LegEvent) => void)[] = []
  #listener: (event: LegEvent) => void = () => undefined
  #state: LegState = 'ringing'
  #isAlerting = false
  /** When there was a way for sound. */
  #audibleAt: number | undefined
  readonly #tellsRedirects: boolean
  readonly #callRecordings: CallRecordings
  readonly #transfers: Transfers

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
    const { clock, memory, durationOf = durations() } = options
    this.#clock = clock
    this.voice = new Voice(clock)
    const common = {
      clock,
      voice: this.voice,
      ended: this.ended,
      isAnswered: () => this.#state === 'answered',
      tell: (event: LegEvent) => this.#tell(event),
    }
    this.foreground = new Foreground({ ...common, memory, durationOf, openEarly: () => this.#earlyMedia() })
    this.#callRecordings = new CallRecordings({ ...common, audibleAt: () => this.#audibleAt })
    this.#transfers = new Transfers(common)
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
    this.#earlyMedia()
  }

  async answer(): Promise<void> {
    if (this.direction === 'outbound' || nextLegState(this.#state, 'answer') === undefined) return
    this.foreground.stop(new Replaced('the call was answered'))
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

  /** What the far end says is heard by others. */
  get isHeard(): boolean {
    return this.#state !== 'ringing' && !this.foreground.isHeld
  }

  /** Those who listen to this leg and speak to it, or to the other side of its conversation. */
  spokenBy(whom: 'target' | 'other'): readonly Speaker[] {
    return [...this.listeners].flatMap(({ leg, speaksTo }) => (speaksTo === whom || speaksTo === 'both' ? [leg] : []))
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
    return this.#callRecordings.begin(options)
  }

  sendDigits(digits: string, options: { durationMs: number; signal: AbortSignal }): Promise<void> {
    return this.foreground.sendDigits(digits, options)
  }

  async reportTransfer(sipStatus: number): Promise<void> {
    this.#transfers.report(sipStatus)
  }

  refer(target: string, options: ReferOptions): Promise<number> {
    return this.#transfers.refer(target, options)
  }

  #farEnd(): Callee {
    const { foreground } = this
    const voices = (): string[] => this.#voicesHeard()
    return {
      get isAsked() {
        return foreground.isAsked
      },
      get hearsOther() {
        return voices().length > 0
      },
      get voicesHeard() {
        return voices()
      },
      get soundsHeard() {
        return foreground.company.sounds()
      },
      get digits() {
        return foreground.digitsSent
      },
      callId: this.callId,
      other: this.direction === 'inbound' ? this.to : this.from,
      transferStatuses: this.#transfers.statuses,
      transfers: (to, replacesCallId) => this.#transfers.request(to, replacesCallId),
      reportsTransfer: (sipStatus) => this.#transfers.farEndReports(sipStatus),
      refusesTransfer: (sipStatus) => this.#transfers.farEndRefuses(sipStatus),
      press: (digits) => foreground.press(digits),
      speak: (ms) => this.#speak(ms),
      speaks: (isSpeaking) => (isSpeaking ? this.voice.begin() : this.voice.end()),
      hold: (isHeld) => foreground.hold(isHeld),
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

  async #speak(ms: number): Promise<void> {
    this.voice.begin()
    await this.#clock.sleep(ms)
    this.voice.end()
  }

  #voicesHeard(): string[] {
    if (this.foreground.isHeld || this.#state === 'ringing') return []
    const heard = [...this.spokenBy('target'), ...this.foreground.company.voices()]
    return heard.filter(({ voice }) => voice.isSpeaking).map(({ callId }) => callId)
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
    this.#transfers.end(hangup)
    this.foreground.stop(hangup)
    this.#callRecordings.end()
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

  /** There is nothing to be opened towards somebody whom we call. */
  #earlyMedia(): void {
    if (this.direction === 'inbound') this.#openEarly()
  }

  #tell(event: LegEvent): void {
    this.#listener(event)
    for (const listener of this.#farEndListeners) listener(event)
  }
}
