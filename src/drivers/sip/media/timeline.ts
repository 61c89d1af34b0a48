import { timestampsApart } from '../../../rtp/index.ts'
import { frameSamples } from './protocol.ts'

/** Packets this much early or late, three times in a row, are of a stream that began again: 200 ms. */
const jumpSamples = 10 * frameSamples
const jumpPackets = 3
/** How often the way is measured anew: 5 s of packets of 20 ms. */
const watchedPackets = 250
/** More than this, and the stream is moved: one frame. */
const mostErrorSamples = frameSamples
/** A power of two, much more than any lag: one second. */
const capacitySamples = 8_192

/**
 * Puts what arrives in packets where it was said on our own clock: a stream's place is that of its quickest packets, so
 * packets that come late, or not at all, move nothing. Unlike a jitter buffer it need not be heard at once, and so it
 * follows the clock and not the stream: a sender whose clock runs differently is moved by a frame now and then.
 */
export class Timeline {
  readonly #lag: number
  readonly #samples = new Int16Array(capacitySamples)
  /** The sample of our clock that is taken next. */
  #next = 0
  /** Which sample of our clock the stream's first one is. */
  #offset: number | undefined
  #lastTimestamp = 0
  /** Samples of the stream since its first one. */
  #streamed = 0
  #jumps = 0
  #packets = 0
  #least = Infinity

  /** @param lagFrames how long packets may be late */
  constructor(lagFrames: number) {
    this.#lag = lagFrames * frameSamples
  }

  /** Takes in a packet that arrives at a sample of our clock. */
  put(timestamp: number, samples: Int16Array, arrivedAt: number): void {
    const place = this.#placeOf(timestamp, arrivedAt)
    const most = this.#next + capacitySamples
    if (place < this.#next || place + samples.length > most) return
    for (let i = 0; i < samples.length; i++) this.#samples[(place + i) & (capacitySamples - 1)] = samples[i] ?? 0
  }

  /** Fills `frame` with what was said in the frame that lies the lag behind: silence where nothing came. */
  take(frame: Int16Array): void {
    for (let i = 0; i < frame.length; i++) {
      const at = (this.#next + i) & (capacitySamples - 1)
      frame[i] = this.#samples[at] ?? 0
      this.#samples[at] = 0
    }
    this.#next += frame.length
  }

  /** In samples from the beginning, the lag included. */
  #placeOf(timestamp: number, arrivedAt: number): number {
    if (this.#offset === undefined) {
      this.#offset = arrivedAt
      this.#lastTimestamp = timestamp
    }
    this.#streamed += timestampsApart(this.#lastTimestamp, timestamp)
    this.#lastTimestamp = timestamp
    this.#follow(arrivedAt - this.#streamed)
    return Math.round(this.#offset + this.#streamed) + this.#lag
  }

  /** @param offset as this packet would have it: the least of many is that of the way without delay */
  #follow(offset: number): void {
    const error = offset - (this.#offset ?? offset)
    const isJump = Math.abs(error) > jumpSamples
    this.#jumps = isJump ? this.#jumps + 1 : 0
    if (isJump ? this.#jumps >= jumpPackets : error < -mostErrorSamples) this.#begin(offset)
    else if (!isJump) this.#watch(offset)
  }

  #watch(offset: number): void {
    this.#least = Math.min(this.#least, offset)
    if (++this.#packets < watchedPackets) return
    if (this.#least - (this.#offset ?? offset) > mostErrorSamples) this.#begin(this.#least)
    else this.#forget()
  }

  #begin(offset: number): void {
    this.#offset = offset
    this.#jumps = 0
    this.#forget()
  }

  #forget(): void {
    this.#least = Infinity
    this.#packets = 0
  }
}
