import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { Failure, follow, newId, unlessAborted } from '../../base/index.ts'
import {
  Replaced,
  type AudioLibrary,
  type JoinOptions,
  type Leg,
  type MediaSource,
  type PlayOptions,
  type Recording,
  type Room,
  type RoomRecordOptions,
  type StayEnd,
} from '../../call/index.ts'
import type { Side } from './foreground.ts'
import { EmbeddedLeg } from './leg.ts'
import type { MediaEngine, MediaLeg, MediaRoom } from './media-port.ts'
import { recordingEnd } from './recording.ts'

export interface EmbeddedRoomOptions {
  readonly engine: MediaEngine
  readonly audio: AudioLibrary
  readonly recordingsDir: string
  /** Of a leg whose thread the room shares. */
  readonly beside?: Promise<MediaLeg> | undefined
}

/** A room of the media threads; see `Driver.room`. */
export class EmbeddedRoom implements Room {
  readonly #options: EmbeddedRoomOptions
  readonly #media: Promise<MediaRoom>
  readonly #end = new AbortController()
  #closing: Promise<void> | undefined

  constructor(options: EmbeddedRoomOptions) {
    const { engine, beside } = options
    this.#options = options
    // Every member waits for it.
    setMaxListeners(0, this.#closed)
    this.#media = beside === undefined ? Promise.resolve(engine.room()) : roomBeside(engine, beside)
  }

  async join(leg: Leg, options: JoinOptions): Promise<StayEnd> {
    if (!(leg instanceof EmbeddedLeg)) throw new Failure('ROOM_UNSUPPORTED', { driver: 'embedded' })
    options.signal.throwIfAborted()
    if (leg.ended.aborted) return 'ended'
    if (this.#closed.aborted) return 'closed'
    const side = leg.join(options.signal, 'a room')
    try {
      await this.#stay(side, options)
      throw new Replaced('other sound')
    } catch (error) {
      if (error === leg.ended.reason) return 'ended'
      if (error === this.#closed.reason) return 'closed'
      throw error
    } finally {
      side.leave()
    }
  }

  async play(source: MediaSource, { signal, times = 1 }: PlayOptions): Promise<void> {
    signal.throwIfAborted()
    const stop = new AbortController()
    const leaves = [follow(signal, stop), follow(this.#closed, stop)]
    try {
      const audio = await unlessAborted(this.#options.audio.open(source, stop.signal), stop.signal)
      const playing = (await this.#media).play(audio, times)
      stop.signal.addEventListener('abort', playing.stop, { once: true })
      const how = await unlessAborted(playing.done, stop.signal)
      if (how === 'stopped') throw new Replaced('other sound')
    } catch (error) {
      if (error !== this.#closed.reason) throw error
    } finally {
      for (const leave of leaves) leave()
    }
  }

  async record({ signal, maxMs, trim }: RoomRecordOptions): Promise<Recording> {
    signal.throwIfAborted()
    const media = await this.#media
    const id = newId()
    const path = join(this.#options.recordingsDir, `${id}.wav`)
    const job = media.record({ path, maxMs, silenceMs: 0, trim })
    signal.addEventListener('abort', job.stop, { once: true })
    if (signal.aborted) job.stop()
    try {
      const { durationMs, hadSpeech, endedBy } = await job.done
      return { id, path, durationMs, endedBy: recordingEnd(endedBy, undefined, undefined), key: undefined, hadSpeech }
    } finally {
      signal.removeEventListener('abort', job.stop)
    }
  }

  close(): Promise<void> {
    this.#end.abort(new Replaced('the room was closed'))
    this.#closing ??= this.#media.then((media) => media.close())
    return this.#closing
  }

  get #closed(): AbortSignal {
    return this.#end.signal
  }

  /** Resolves when the media ends it, rejects with what ends it on the leg's side or the room's. */
  async #stay(side: Side, { isMuted = false, isDeaf = false, onJoined }: JoinOptions): Promise<void> {
    const media = await unlessAborted(side.media, this.#closed)
    const room = await unlessAborted(this.#media, side.stop, this.#closed)
    const member = room.join(media, { isMuted, isDeaf })
    try {
      onJoined?.({ change: (settings) => member.change(settings) })
      await unlessAborted(member.done, side.stop, this.#closed)
    } finally {
      member.stop()
    }
  }
}

/** A leg that is gone before it has media leaves the choice of the thread to the engine. */
async function roomBeside(engine: MediaEngine, opening: Promise<MediaLeg>): Promise<MediaRoom> {
  const beside = await opening.catch(() => undefined)
  return engine.room(beside === undefined ? {} : { beside })
}
