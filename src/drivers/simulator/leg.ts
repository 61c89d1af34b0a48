import { asFailure, newId, unlessAborted, type Clock } from '../../base/index.ts'
import {
  causeOfSipStatus,
  DigitQueue,
  Hangup,
  hangupCauses,
  isDigit,
  nextLegState,
  Replaced,
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
  type RecordingEnd,
  type RecordOptions,
} from '../../call/index.ts'
import { durations, type DurationOf } from './durations.ts'
import { Voice } from './voice.ts'

export interface SimulatedLegOptions {
  readonly clock: Clock
  readonly from: Party
  readonly to: Party
  /** What was dialled; the same as `to` when it is left out. */
  readonly request?: Party
  readonly callId?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the caller counts as an endpoint of the account. Default true. */
  readonly isAuthorized?: boolean
  readonly durationOf?: DurationOf
  /** `address:port`; `simulator` when it is left out. */
  readonly source?: string
  readonly userAgent?: string | undefined
  /** When the leg is to go as one once went. */
  readonly memory?: LegMemory
}

/** How a leg once went: what the caller heard and said then takes as long again. Asked as each thing begins. */
export interface LegMemory {
  /** Milliseconds until `source` was prepared for an unanswered call; Infinity = it never was. */
  preparedMs(source: MediaSource): number
  /** Milliseconds until `source` was heard, or was known to be missing; Infinity = it never was. */
  readyMs(source: MediaSource): number
  /** Milliseconds that it was heard, repetitions included; Infinity = until it was stopped. @throws why it was not */
  playedMs(source: MediaSource): number
  recorded(): RememberedRecording | undefined
}

export interface RememberedRecording {
  /** Until the caller had been silent for too long; Infinity = the caller never was. */
  readonly silentMs: number
  readonly durationMs: number
  readonly hadSpeech: boolean
}

/** What the caller at the far end can do, and notice. */
export interface FarEnd {
  /** It is the caller's turn: a digit is waited for in silence, or would end a recording. */
  readonly isAsked: boolean
  /** Presses digits one after another, all at this moment. @throws RangeError for what is no digit */
  press(digits: string): void
  /** Speaks for so long. Resolves when all is said. */
  speak(ms: number): Promise<void>
  /** Begins or stops speaking. */
  speaks(isSpeaking: boolean): void
  /** Cancels an unanswered call, hangs up an answered one. */
  hangUp(): void
  /** Calls `listener` for each event of the leg from now on. */
  observe(listener: (event: LegEvent) => void): void
}

/** A leg without any sound: what it would play lasts as long as it would, and time is the clock's. */
export function simulatedLeg(options: SimulatedLegOptions): { readonly leg: Leg; readonly farEnd: FarEnd } {
  const leg = new SimulatedLeg(options)
  return { leg, farEnd: leg.farEnd }
}

/** What has the leg's foreground: it is stopped before anything else takes it. */
interface Foreground {
  /** Tells the story's end at once, then lets the wait go. */
  stop(reason: Error): void
}

interface RunningRecording {
  readonly endKeys: string
  end(endedBy: RecordingEnd, key?: Digit): void
}

const sendPausesMs: Readonly<Record<string, number>> = { w: 500, W: 1_000 }

const lengthOf = (memory: RememberedRecording | undefined): Partial<Pick<Recording, 'durationMs' | 'hadSpeech'>> =>
  memory === undefined ? {} : { durationMs: memory.durationMs, hadSpeech: memory.hadSpeech }

class SimulatedLeg implements Leg {
  readonly id = newId()
  readonly callId: string
  readonly direction = 'inbound'
  readonly from: Party
  readonly to: Party
  readonly request: Party
  readonly headers: Readonly<Record<string, string>>
  readonly source: string
  readonly userAgent: string | undefined
  readonly isAuthorized: boolean
  readonly farEnd: FarEnd
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

  constructor(options: SimulatedLegOptions) {
    this.callId = options.callId ?? newId()
    this.from = options.from
    this.to = options.to
    this.request = options.request ?? options.to
    this.headers = options.headers ?? {}
    this.isAuthorized = options.isAuthorized ?? true
    this.source = options.source ?? 'simulator'
    this.userAgent = 'userAgent' in options ? options.userAgent : 'Pivot simulator'
    this.#memory = options.memory
    this.#clock = options.clock
    this.#durationOf = options.durationOf ?? durations()
    this.#voice = new Voice(options.clock)
    const isAsked = (): boolean => this.#isAsked()
    this.farEnd = {
      get isAsked() {
        return isAsked()
      },
      press: (digits) => this.#press(digits),
      speak: (ms) => this.#speak(ms),
      speaks: (isSpeaking) => (isSpeaking ? this.#voice.begin() : this.#voice.end()),
      hangUp: () => this.#callerHangsUp(),
      observe: (listener) => this.#farEndListeners.push(listener),
    }
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
    this.#tell({ type: 'leg.ringing' })
  }

  async earlyMedia(): Promise<void> {
    this.#openEarly()
  }

  async answer(): Promise<void> {
    if (nextLegState(this.#state, 'answer') === undefined) return
    this.#foreground?.stop(new Replaced('the call was answered'))
    if (this.#enter('answer')) this.#tell({ type: 'leg.answered' })
  }

  async reject(sipStatus: number): Promise<void> {
    const cause = causeOfSipStatus(sipStatus)
    if (this.#state === 'answered') await this.hangup(cause)
    else this.#finish(new Hangup('server', cause, sipStatus))
  }

  async hangup(cause: HangupCause): Promise<void> {
    this.#finish(new Hangup('server', cause, this.#statusOf(cause)))
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
    this.#openEarly()
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

  async sendDigits(digits: string, { durationMs, signal }: { durationMs: number; signal: AbortSignal }): Promise<void> {
    this.ended.throwIfAborted()
    let totalMs = 0
    for (const digit of digits) totalMs += sendPausesMs[digit] ?? durationMs
    await this.#pass(totalMs, AbortSignal.any([signal, this.ended]))
    this.#tell({ type: 'digits.sent', digits })
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

  #isAsked(): boolean {
    if (this.#recording !== undefined) return this.#recording.endKeys !== ''
    return this.#foreground === undefined && this.#digits.isAwaited
  }

  #press(digits: string): void {
    for (const digit of digits) {
      if (!isDigit(digit)) throw new RangeError(`${JSON.stringify(digit)} is no digit`)
      if (this.#state === 'ended') return
      this.#tell({ type: 'digit.received', digit, via: 'simulated' })
      if (this.#recording?.endKeys.includes(digit) === true) this.#recording.end('key', digit)
      else this.#digits.add(digit)
    }
  }

  async #speak(ms: number): Promise<void> {
    this.#voice.begin()
    await this.#clock.sleep(ms)
    this.#voice.end()
  }

  #callerHangsUp(): void {
    const cause = this.#state === 'answered' ? 'NORMAL_CLEARING' : 'ORIGINATOR_CANCEL'
    this.#finish(new Hangup('caller', cause, this.#statusOf(cause)))
  }

  #statusOf(cause: HangupCause): number {
    return this.#state === 'answered' && cause === 'NORMAL_CLEARING' ? 200 : hangupCauses[cause].sip
  }

  /** `ended` comes once and last: whatever is heard or recorded is over before it. */
  #finish(hangup: Hangup): void {
    if (this.#state === 'ended') return
    this.#foreground?.stop(hangup)
    this.#enter('hangup')
    this.#end.abort(hangup)
    const { by, cause, sipStatus } = hangup
    this.#tell({ type: 'leg.ended', by, cause, sipStatus })
  }

  #enter(input: LegInput): boolean {
    const next = nextLegState(this.#state, input)
    if (next !== undefined) this.#state = next
    return next !== undefined
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
