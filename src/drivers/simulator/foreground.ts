import { asFailure, type Clock } from '../../base/index.ts'
import {
  DigitQueue,
  Hangup,
  isDigit,
  Replaced,
  type Digit,
  type LegEvent,
  type MediaSource,
  type PlayOptions,
  type Recording,
  type RecordingEnd,
  type RecordOptions,
} from '../../call/index.ts'
import { pass, type DurationOf } from './durations.ts'
import type { LegMemory } from './far-end.ts'
import { SimulatedRecording } from './recording.ts'
import type { Voice } from './voice.ts'

interface ForegroundOptions {
  readonly clock: Clock
  readonly voice: Voice
  readonly durationOf: DurationOf
  readonly memory: LegMemory | undefined
  /** Of the leg. */
  readonly ended: AbortSignal
  readonly isAnswered: () => boolean
  readonly tell: (event: LegEvent) => void
  /** Lets a caller hear something before the call is answered. */
  readonly openEarly: () => void
}

/** Whoever may be heard. */
export interface Speaker {
  readonly callId: string
  readonly voice: Voice
}

/** Whom a leg hears that is joined with others, unless they are silent. */
export interface Company {
  voices(): readonly Speaker[]
  sounds(): readonly MediaSource[]
  /** Gets the keys that the leg presses. */
  readonly partner?: Foreground
}

const nobody: Company = { voices: () => [], sounds: () => [] }

/** What has the foreground: it is stopped before anything else takes it. */
interface Holder {
  /** Tells the story's end at once, then lets the wait go. */
  stop(reason: Error): void
}

interface RunningRecording {
  readonly endKeys: string
  end(endedBy: RecordingEnd, key?: Digit): void
}

const sendPausesMs: Readonly<Record<string, number>> = { w: 500, W: 1_000 }

/** What a leg plays, records, hears pressed and sends, and whom it is joined with. */
export class Foreground {
  readonly #options: ForegroundOptions
  readonly #digits = new DigitQueue()
  #holder: Holder | undefined
  #recording: RunningRecording | undefined
  #company: Company | undefined
  /** What is heard while the partner holds. */
  #holdMusic: MediaSource | undefined
  #isHeld = false
  #isHoldHeard = false
  #digitsSent = ''

  constructor(options: ForegroundOptions) {
    this.#options = options
  }

  /** Whom the leg hears. */
  get company(): Company {
    return this.#company ?? nobody
  }

  /** The digits that were sent to the far end so far. */
  get digitsSent(): string {
    return this.#digitsSent
  }

  /** The far end holds. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  /** It is the far end's turn: a digit is waited for in silence, or would end a recording. */
  get isAsked(): boolean {
    if (this.#recording !== undefined) return this.#recording.endKeys !== ''
    return this.#holder === undefined && this.#digits.isAwaited
  }

  /** Stops what is heard or recorded. */
  stop(reason: Error): void {
    this.#holder?.stop(reason)
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
    this.#holder?.stop(new Replaced(what))
    this.#company = company
    this.#holdMusic = holdMusic
    const leave = (): void => {
      if (this.#holder !== holder) return
      this.#holder = undefined
      this.#hearMusic(false)
      this.#company = undefined
    }
    const holder: Holder = {
      stop: (reason) => {
        leave()
        over.abort(reason)
      },
    }
    this.#holder = holder
    return leave
  }

  /** There is no sound to be waited for, unless it once was. */
  async prepare(source: MediaSource, signal: AbortSignal): Promise<void> {
    const { clock, memory, ended, isAnswered } = this.#options
    ended.throwIfAborted()
    signal.throwIfAborted()
    if (memory === undefined || isAnswered()) return
    await pass(clock, memory.preparedMs(source), AbortSignal.any([signal, ended]))
  }

  async play(source: MediaSource, { signal, times = 1 }: PlayOptions): Promise<void> {
    this.#options.ended.throwIfAborted()
    signal.throwIfAborted()
    this.#holder?.stop(new Replaced('other media'))
    if (this.#options.memory !== undefined) await this.#ready(this.#options.memory.readyMs(source), signal)
    const totalMs = this.#open(source, times)
    this.#options.openEarly()
    this.#options.tell({ type: 'media.started', media: source })
    const stopped = new AbortController()
    const over = (how: 'finished' | 'stopped'): void => {
      if (this.#holder !== holder) return
      this.#holder = undefined
      this.#options.tell({ type: 'media.ended', media: source, how })
    }
    const holder: Holder = {
      stop: (reason) => {
        over('stopped')
        stopped.abort(reason)
      },
    }
    this.#holder = holder
    try {
      await pass(this.#options.clock, totalMs, AbortSignal.any([signal, stopped.signal]))
      over('finished')
    } finally {
      over('stopped')
    }
  }

  async nextDigit(signal: AbortSignal): Promise<Digit> {
    this.#options.ended.throwIfAborted()
    return this.#digits.next(signal, this.#options.ended)
  }

  takeDigits(): string {
    return this.#digits.takeAll()
  }

  async record(options: RecordOptions): Promise<Recording> {
    const { clock, voice, memory, ended, tell } = this.#options
    ended.throwIfAborted()
    options.signal.throwIfAborted()
    this.stop(new Replaced('a recording'))
    const recording = new SimulatedRecording({ clock, voice, memory: memory?.recorded(), options })
    tell({ type: 'recording.started', silenceMs: options.silenceMs })
    return new Promise((resolve) => {
      const over = new AbortController()
      const end = (endedBy: RecordingEnd, key?: Digit): void => {
        if (over.signal.aborted) return
        over.abort(new Replaced('recorded'))
        options.signal.removeEventListener('abort', stop)
        this.#holder = undefined
        this.#recording = undefined
        const taken = recording.taken(endedBy, key)
        const { durationMs, hadSpeech } = taken
        tell({ type: 'recording.ended', durationMs, endedBy, hadSpeech })
        resolve(taken)
      }
      const stop = (): void => end('stopped')
      options.signal.addEventListener('abort', stop, { once: true })
      this.#recording = { endKeys: options.endKeys, end }
      this.#holder = { stop: (reason) => end(reason instanceof Hangup ? 'hangup' : 'stopped') }
      recording.end(over.signal).then(end, () => undefined)
    })
  }

  async sendDigits(digits: string, { durationMs, signal }: { durationMs: number; signal: AbortSignal }): Promise<void> {
    this.#options.ended.throwIfAborted()
    let totalMs = 0
    for (const digit of digits) totalMs += sendPausesMs[digit] ?? durationMs
    await pass(this.#options.clock, totalMs, AbortSignal.any([signal, this.#options.ended]))
    this.#digitsSent += digits.replaceAll(/[wW]/g, '')
    this.#options.tell({ type: 'digits.sent', digits })
  }

  /** The far end presses digits. @throws RangeError for what is no digit */
  press(digits: string): void {
    for (const digit of digits) {
      if (!isDigit(digit)) throw new RangeError(`${JSON.stringify(digit)} is no digit`)
      if (this.#options.ended.aborted) return
      this.#options.tell({ type: 'digit.received', digit, via: 'simulated' })
      const partner = this.#company?.partner
      if (partner !== undefined) partner.#digitsSent += digit
      if (this.#recording?.endKeys.includes(digit) === true) this.#recording.end('key', digit)
      else this.#digits.add(digit)
    }
  }

  /** The far end holds, or takes the call up again. */
  hold(isHeld: boolean): void {
    if (!this.#options.isAnswered() || this.#isHeld === isHeld) return
    this.#isHeld = isHeld
    this.#options.tell({ type: isHeld ? 'leg.held' : 'leg.resumed' })
    this.hearHold()
  }

  #hearMusic(isHeld: boolean): void {
    const music = this.#holdMusic
    if (music === undefined || this.#isHoldHeard === isHeld) return
    if (isHeld && !this.#canHear(music)) return
    this.#isHoldHeard = isHeld
    this.#options.tell(
      isHeld ? { type: 'media.started', media: music } : { type: 'media.ended', media: music, how: 'stopped' },
    )
  }

  /** Waits as long as it once took until `source` was heard. */
  async #ready(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0) return
    const stopped = new AbortController()
    const holder: Holder = { stop: (reason) => stopped.abort(reason) }
    this.#holder = holder
    try {
      await pass(this.#options.clock, ms, AbortSignal.any([signal, stopped.signal]))
    } finally {
      if (this.#holder === holder) this.#holder = undefined
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
      return this.#options.memory?.playedMs(source) ?? this.#options.durationOf(source) * times
    } catch (error) {
      this.#options.tell({ type: 'media.failed', media: source, code: asFailure(error).code })
      throw error
    }
  }
}
