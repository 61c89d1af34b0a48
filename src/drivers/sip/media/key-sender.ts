import { eventOfKey, type TelephoneEvent } from '../../../rtp/index.ts'
import { frameMs, samplesPerMs } from './protocol.ts'

/** What is to be sent of a key in one frame. */
export interface KeyReport {
  readonly report: TelephoneEvent
  readonly isFirst: boolean
  /** The key is up again; its end is told once more. */
  readonly isRepeat: boolean
}

/** What is to be sent in one frame: a report of the key that is pressed, or ordinary audio. */
export type KeyFrame = KeyReport | 'audio' | 'over'

/** -10 dBm0, as most phones say it. */
export const volume = 10
/** The end of a key is told three times (RFC 4733 section 2.5.1.4). */
export const endRepeats = 2
export const gapFrames = 3
const pauseFrames: Readonly<Record<string, number>> = { w: 500 / frameMs, W: 1_000 / frameMs }
/** A duration has 16 bits: 8.19 s. */
export const mostFrames = Math.floor(0xffff / (frameMs * samplesPerMs))

/** Presses keys one after another as telephone-events; `w` and `W` pause for half a second and a second. */
export class KeySender {
  readonly job: number
  readonly #keys: string
  readonly #pressFrames: number
  #index = 0
  /** Within the key at `#index`. */
  #frame = 0

  constructor(job: number, keys: string, durationMs: number) {
    this.job = job
    this.#keys = keys.replace(/[^0-9*#A-DwW]/g, '')
    this.#pressFrames = Math.min(mostFrames, Math.max(2, Math.ceil(durationMs / frameMs)))
  }

  next(): KeyFrame {
    const key = this.#keys[this.#index]
    if (key === undefined) return 'over'
    const event = eventOfKey(key)
    this.#frame++
    if (event === undefined) return this.#passAfter(pauseFrames[key] ?? 0)
    const pressed = Math.min(this.#frame, this.#pressFrames)
    const isReported = this.#frame <= this.#pressFrames + endRepeats
    if (!isReported) return this.#passAfter(this.#pressFrames + endRepeats + gapFrames)
    const isEnd = this.#frame >= this.#pressFrames
    const report = { event, isEnd, volume, duration: pressed * frameMs * samplesPerMs }
    const isFirst = this.#frame === 1
    const isRepeat = this.#frame > this.#pressFrames
    // Nothing comes after the last key, so there is no gap to keep.
    if (this.#index === this.#keys.length - 1) this.#passAfter(this.#pressFrames + endRepeats)
    return { report, isFirst, isRepeat }
  }

  #passAfter(frames: number): 'audio' {
    if (this.#frame >= frames) {
      this.#index++
      this.#frame = 0
    }
    return 'audio'
  }
}
