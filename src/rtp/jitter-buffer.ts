import { timestampsApart } from './packet.ts'

export interface JitterBufferOptions {
  /** How long a sample waits for those before it. */
  readonly delaySamples: number
  /** A power of two, more than the delay: what is further ahead is a stream that began again. */
  readonly capacitySamples?: number
}

export interface JitterCounts {
  /** Packets that came after their time had passed. */
  readonly late: number
  readonly duplicate: number
  /** Samples left out because the sender's clock is faster than ours. */
  readonly skipped: number
}

/** So many late packets in a row mean that the way has become longer, not that these were stragglers. */
const mostLateInRow = 3
/** How many takes the depth is watched for before the buffer is shortened: 5 s of 20 ms. */
const watchedTakes = 250

/**
 * Puts the samples of a stream back on their timeline: order, repetitions, gaps, packets of any length, wrapping
 * numbers, senders whose clock runs a little differently. Samples are kept, not packets, so nothing depends on how the
 * sender cuts them up. Call {@link take} at the pace of the clock from the beginning.
 */
export class JitterBuffer {
  readonly #delay: number
  readonly #samples: Int16Array
  readonly #present: Uint8Array
  readonly #mask: number
  /** The timestamp of the sample that is taken next; undefined until the first packet. */
  #next: number | undefined
  /** How many samples after `#next` the latest one is. */
  #depth = 0
  #leastDepth = Infinity
  #takes = 0
  #lateInRow = 0
  #late = 0
  #duplicate = 0
  #skipped = 0

  constructor({ delaySamples, capacitySamples = 8_192 }: JitterBufferOptions) {
    this.#delay = delaySamples
    this.#samples = new Int16Array(capacitySamples)
    this.#present = new Uint8Array(capacitySamples)
    this.#mask = capacitySamples - 1
  }

  get counts(): JitterCounts {
    return { late: this.#late, duplicate: this.#duplicate, skipped: this.#skipped }
  }

  /** Takes in a packet's samples. */
  put(timestamp: number, samples: Int16Array): void {
    if (samples.length === 0 || samples.length > this.#samples.length - this.#delay) return
    this.#next ??= (timestamp - this.#delay) >>> 0
    const at = timestampsApart(this.#next, timestamp)
    if (at + samples.length > this.#samples.length || at < -this.#samples.length) {
      this.#anchor(timestamp)
      this.#write(timestamp, this.#delay, samples)
    } else if (at < 0) this.#putLate(timestamp, samples)
    else this.#write(timestamp, at, samples)
  }

  /** Fills `into` with the next samples, zero where none came. @returns how many came */
  take(into: Int16Array): number {
    into.fill(0)
    if (this.#next === undefined) return 0
    let came = 0
    for (let i = 0; i < into.length; i++) {
      const place = (this.#next + i) & this.#mask
      if (this.#present[place] === 0) continue
      into[i] = this.#samples[place] ?? 0
      this.#present[place] = 0
      came++
    }
    this.#pass(into.length)
    this.#watch(into.length)
    return came
  }

  #write(timestamp: number, at: number, samples: Int16Array): void {
    this.#lateInRow = 0
    if (this.#present[timestamp & this.#mask] === 1) {
      this.#duplicate++
      return
    }
    for (let i = 0; i < samples.length; i++) {
      const place = (timestamp + i) & this.#mask
      this.#samples[place] = samples[i] ?? 0
      this.#present[place] = 1
    }
    this.#depth = Math.max(this.#depth, at + samples.length)
  }

  #putLate(timestamp: number, samples: Int16Array): void {
    this.#late++
    if (++this.#lateInRow < mostLateInRow) return
    this.#anchor(timestamp)
    this.#write(timestamp, this.#delay, samples)
  }

  /** Begins anew: the sample of `timestamp` is due after the delay. */
  #anchor(timestamp: number): void {
    this.#present.fill(0)
    this.#next = (timestamp - this.#delay) >>> 0
    this.#depth = 0
    this.#leastDepth = Infinity
    this.#takes = 0
  }

  #pass(samples: number): void {
    this.#next = ((this.#next ?? 0) + samples) >>> 0
    this.#depth = Math.max(0, this.#depth - samples)
  }

  /** A sender with a fast clock fills the buffer: when it was never below twice the delay, one frame is left out. */
  #watch(frame: number): void {
    this.#leastDepth = Math.min(this.#leastDepth, this.#depth)
    if (++this.#takes < watchedTakes) return
    if (this.#leastDepth > 2 * this.#delay) {
      for (let i = 0; i < frame; i++) this.#present[((this.#next ?? 0) + i) & this.#mask] = 0
      this.#pass(frame)
      this.#skipped += frame
    }
    this.#takes = 0
    this.#leastDepth = Infinity
  }
}
