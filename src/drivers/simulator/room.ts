import { setMaxListeners } from 'node:events'
import { Failure, follow, newId, unlessAborted, type Clock } from '../../base/index.ts'
import {
  Replaced,
  type JoinOptions,
  type Leg,
  type MediaSource,
  type MemberSettings,
  type PlayOptions,
  type Recording,
  type RecordingEnd,
  type Room,
  type RoomRecordOptions,
  type StayEnd,
} from '../../call/index.ts'
import { durations, type DurationOf } from './durations.ts'
import { SimulatedLeg } from './leg.ts'

interface Stay {
  readonly leg: SimulatedLeg
  as: MemberSettings
}

interface Span {
  readonly from: number
  readonly until: number
}

interface RunningRecording {
  readonly stop: AbortController
  /** What was heard since it began. */
  readonly heard: Span[]
}

const forever = new Promise<never>(() => undefined)

/** A room in which nothing sounds: who could be heard by whom, on `clock`. */
export class SimulatedRoom implements Room {
  readonly #clock: Clock
  readonly #durationOf: DurationOf
  readonly #stays = new Set<Stay>()
  readonly #sounds = new Set<MediaSource>()
  readonly #end = new AbortController()
  #recording: RunningRecording | undefined

  constructor(clock: Clock, durationOf: DurationOf = durations()) {
    this.#clock = clock
    // Every member waits for it.
    setMaxListeners(0, this.#end.signal)
    this.#durationOf = durationOf
  }

  async join(leg: Leg, { signal, isMuted = false, isDeaf = false, onJoined }: JoinOptions): Promise<StayEnd> {
    if (!(leg instanceof SimulatedLeg)) throw new Failure('ROOM_UNSUPPORTED', { driver: 'simulator' })
    signal.throwIfAborted()
    if (leg.ended.aborted) return 'ended'
    if (this.#end.signal.aborted) return 'closed'
    const over = new AbortController()
    const stay: Stay = { leg, as: { isMuted, isDeaf } }
    const voices = (): SimulatedLeg[] => (stay.as.isDeaf ? [] : this.#voices(stay))
    const sounds = (): MediaSource[] => (stay.as.isDeaf ? [] : [...this.#sounds])
    await leg.earlyMedia()
    const leave = leg.foreground.join({ voices, sounds }, 'a room', over)
    const from = this.#clock.now()
    try {
      this.#stays.add(stay)
      onJoined?.({ change: (settings) => void (stay.as = { ...stay.as, ...settings }) })
      return await unlessAborted(forever, signal, over.signal, this.#end.signal)
    } catch (error) {
      if (error === leg.ended.reason) return 'ended'
      if (error === this.#end.signal.reason) return 'closed'
      throw error
    } finally {
      if (!stay.as.isMuted) this.#note(leg.voice.since(from))
      this.#stays.delete(stay)
      leave()
    }
  }

  async play(source: MediaSource, { signal, times = 1 }: PlayOptions): Promise<void> {
    signal.throwIfAborted()
    const totalMs = this.#durationOf(source) * times
    const sound = { ...source }
    const from = this.#clock.now()
    this.#sounds.add(sound)
    const passing = Number.isFinite(totalMs) ? this.#clock.sleep(totalMs, this.#end.signal) : forever
    try {
      await unlessAborted(passing, signal, this.#end.signal)
    } catch (error) {
      if (error !== this.#end.signal.reason) throw error
    } finally {
      this.#sounds.delete(sound)
      this.#note({ from, until: this.#clock.now() })
    }
  }

  async record({ signal, maxMs, trim }: RoomRecordOptions): Promise<Recording> {
    signal.throwIfAborted()
    this.#recording?.stop.abort()
    const recording: RunningRecording = { stop: new AbortController(), heard: [] }
    this.#recording = recording
    const from = this.#clock.now()
    const endedBy = await this.#recordingEnd(maxMs, signal, recording.stop.signal)
    for (const { leg, as } of this.#stays) if (!as.isMuted) this.#note(leg.voice.since(from), recording)
    if (this.#recording === recording) this.#recording = undefined
    const until = this.#clock.now()
    const { heard } = recording
    const first = Math.min(until, ...heard.map((span) => Math.max(from, span.from)))
    const last = Math.max(first, ...heard.map((span) => span.until))
    const durationMs = trim ? last - first : until - from
    return { id: newId(), path: undefined, durationMs, endedBy, key: undefined, hadSpeech: heard.length > 0 }
  }

  async close(): Promise<void> {
    this.#end.abort(new Replaced('the room was closed'))
  }

  async #recordingEnd(maxMs: number, ...stops: readonly AbortSignal[]): Promise<RecordingEnd> {
    const over = new AbortController()
    const leaves = [...stops, this.#end.signal].map((each) => follow(each, over))
    try {
      await this.#clock.sleep(maxMs, over.signal)
      return 'limit'
    } catch {
      return this.#end.signal.aborted ? 'hangup' : 'stopped'
    } finally {
      for (const leave of leaves) leave()
    }
  }

  #voices(me: Stay): SimulatedLeg[] {
    const others = [...this.#stays].filter((stay) => stay !== me && !stay.as.isMuted && stay.leg.state !== 'ringing')
    return others.map(({ leg }) => leg)
  }

  #note(span: Span | undefined, recording = this.#recording): void {
    if (span !== undefined) recording?.heard.push(span)
  }
}
