import { join } from 'node:path'
import { asFailure, follow, newId, unlessAborted, type Clock } from '../../base/index.ts'
import {
  DigitQueue,
  isDigit,
  Replaced,
  type Audio,
  type AudioLibrary,
  type Digit,
  type LegEvent,
  type MediaSource,
  type PlayOptions,
  type Recording,
  type RecordOptions,
} from '../../call/index.ts'
import { DoubleTold, type Via } from './digits.ts'
import type { MediaLeg } from './media-port.ts'
import { PreparedSound } from './prepared-sound.ts'
import { recordingEnd, type RunningRecording } from './recording.ts'

export interface ForegroundOptions {
  readonly audio: AudioLibrary
  readonly clock: Clock
  readonly recordingsDir: string
  /** Of the leg. */
  readonly ended: AbortSignal
  tell(event: LegEvent): void
  /**
   * Takes a place behind the commands given so far. What it returns is asked for the media once that is needed: it waits
   * for those commands and for a way for sound, and rejects with `stop`'s reason.
   */
  takeTurn(): (stop: AbortSignal) => Promise<MediaLeg>
}

/** One side of a bridge, or a member of a room. */
export interface Side {
  /** Aborts when the leg ends, when other foreground media takes over, and when the bridge is told to end. */
  readonly stop: AbortSignal
  /** Rejects with the reason of `stop`. */
  readonly media: Promise<MediaLeg>
  /** Keys that come by signalling go there from now on, besides to whoever waits for them. */
  passKeys(to: (key: Digit) => void): void
  leave(): void
}

/** What a leg plays, records, hears pressed and sends: the same for calls that come in and calls that go out. */
export class Foreground {
  readonly #options: ForegroundOptions
  readonly #sound: PreparedSound
  readonly #digits = new DigitQueue()
  readonly #doubleTold: DoubleTold
  #current: AbortController | undefined
  #recording: RunningRecording | undefined
  #passKey: ((key: Digit) => void) | undefined
  /** Recordings that are not yet on disk, and what waits for them. */
  #unfinished = 0
  #whenRecorded: (() => void) | undefined

  constructor(options: ForegroundOptions) {
    this.#options = options
    this.#sound = new PreparedSound(options.audio)
    this.#doubleTold = new DoubleTold(options.clock)
  }

  /** Stops what is heard or recorded. */
  stop(reason: Error): void {
    this.#current?.abort(reason)
  }

  /** Calls `then` when everything recorded is on disk; at once when it is. */
  whenRecorded(then: () => void): void {
    if (this.#unfinished === 0) then()
    else this.#whenRecorded = then
  }

  async prepare(source: MediaSource, signal: AbortSignal): Promise<void> {
    this.#ended.throwIfAborted()
    await this.#sound.prepare(source, signal, this.#ended)
  }

  async play(source: MediaSource, { signal, times = 1 }: PlayOptions): Promise<void> {
    const { signal: stop, leave } = this.#take(signal, 'other media')
    try {
      await this.#play(source, times, stop)
    } finally {
      leave()
    }
  }

  async #play(source: MediaSource, times: number, stop: AbortSignal): Promise<void> {
    const ready = this.#options.takeTurn()
    const audio = await this.#open(source, stop)
    const media = await ready(stop)
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
    this.#ended.throwIfAborted()
    return this.#digits.next(signal, this.#ended)
  }

  takeDigits(): string {
    return this.#digits.takeAll()
  }

  async record(options: RecordOptions): Promise<Recording> {
    const { signal: stop, leave } = this.#take(options.signal, 'a recording')
    try {
      return await this.#record(options, stop)
    } finally {
      leave()
    }
  }

  async #record({ maxMs, silenceMs, endKeys, trim }: RecordOptions, stop: AbortSignal): Promise<Recording> {
    const media = await this.#options.takeTurn()(stop)
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
    this.#ended.throwIfAborted()
    const stop = AbortSignal.any([signal, this.#ended])
    const media = await this.#options.takeTurn()(stop)
    const sending = media.sendDigits(digits, durationMs)
    stop.addEventListener('abort', sending.stop, { once: true })
    try {
      await unlessAborted(sending.done, stop)
      this.#tell({ type: 'digits.sent', digits })
    } finally {
      stop.removeEventListener('abort', sending.stop)
    }
  }

  /** Lets the leg hear others, by way of `what`, instead of what it heard. */
  join(signal: AbortSignal, what: string): Side {
    const { signal: stop, leave } = this.#take(signal, what)
    const media = this.#options.takeTurn()(stop)
    let passKey: ((key: Digit) => void) | undefined
    return {
      stop,
      media,
      passKeys: (to) => {
        passKey = to
        this.#passKey = to
      },
      leave: () => {
        if (this.#passKey === passKey) this.#passKey = undefined
        leave()
      },
    }
  }

  /** The far end has pressed a key. */
  hear(digit: string, via: Via): void {
    if (this.#ended.aborted || !isDigit(digit) || !this.#doubleTold.isNews(digit, via)) return
    this.#tell({ type: 'digit.received', digit, via })
    if (via === 'info') this.#passKey?.(digit)
    const recording = this.#recording
    if (recording !== undefined && recording.key === undefined && recording.endKeys.includes(digit)) {
      recording.key = digit
      recording.stop()
    } else this.#digits.add(digit)
  }

  /** Stops what is heard or recorded; what comes instead stops with the signal returned, and says when it leaves. */
  #take(signal: AbortSignal, what: string): { readonly signal: AbortSignal; readonly leave: () => void } {
    this.#ended.throwIfAborted()
    signal.throwIfAborted()
    this.stop(new Replaced(what))
    const current = new AbortController()
    this.#current = current
    return { signal: current.signal, leave: follow(signal, current) }
  }

  async #open(source: MediaSource, stop: AbortSignal): Promise<Audio> {
    try {
      return await this.#sound.open(source, stop)
    } catch (error) {
      if (!stop.aborted) this.#tell({ type: 'media.failed', media: source, code: asFailure(error).code })
      throw error
    }
  }

  get #ended(): AbortSignal {
    return this.#options.ended
  }

  #tell(event: LegEvent): void {
    this.#options.tell(event)
  }
}
