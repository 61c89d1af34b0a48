import { timestampsApart } from './packet.ts'

export interface JitterBufferOptions {
  /** How long a sample waits for those before it. */
  readonly delaySamples: number
  /**
   * How long it may wait at most when packets come less evenly: the delay then follows the stream, from a late packet on,
   * and back when it was not needed. Without: the delay stays.
   */
  readonly mostDelaySamples?: number
  /** A power of two, more than the delay: what is further ahead is a stream that began again. */
  readonly capacitySamples?: number
}

export interface JitterCounts {
  /** Packets that came after their time had passed. */
  readonly late: number
  readonly duplicate: number
  /** Samples left out because the sender's clock is faster than ours, or the delay too long. */
  readonly skipped: number
}

/** So many late packets in a row mean that the way has become longer, not that these were stragglers. */
const mostLateInRow = 3
/** How many takes the depth is watched for before the buffer is shortened: 5 s of 20 ms. */
const watchedTakes = 250

/** What is known of one sample's place. */
const missing = 0
const waiting = 1
const taken = 2

/**
 * Puts the samples of a stream back on their timeline: order, repetitions, gaps, packets of any length, wrapping
 * numbers, senders whose clock runs a little differently. Samples are kept, not packets, so nothing depends on how the
 * sender cuts them up. Call {@link take} at the pace of the clock from the beginning.
 */
export class JitterBuffer {
  readonly #delay: number
  readonly #mostDelay: number
  readonly #samples: Int16Array
  /** Of each sample: missing, waiting or taken; that of the past is kept for one lap. */
  readonly #state: Uint8Array
  readonly #mask: number
  /** The timestamp of the sample that is taken next; undefined until the first packet. */
  #next: number | undefined
  /** How many samples after `#next` the latest one is. */
  #depth = 0
  #leastDepth = Infinity
  #takes = 0
  #lateInRow = 0
  /** By how much the delay is longer than in the beginning. */
  #stretched = 0
  #isTooLong = false
  #late = 0
  #duplicate = 0
  #skipped = 0

  constructor({ delaySamples, mostDelaySamples = delaySamples, capacitySamples = 8_192 }: JitterBufferOptions) {
    this.#delay = delaySamples
    this.#mostDelay = mostDelaySamples
    this.#samples = new Int16Array(capacitySamples)
    this.#state = new Uint8Array(capacitySamples)
    this.#mask = capacitySamples - 1
  }

  get counts(): JitterCounts {
    return { late: this.#late, duplicate: this.#duplicate, skipped: this.#skipped }
  }

  /** Takes in a packet's samples. */
  put(timestamp: number, samples: Int16Array): void {
    if (samples.length === 0 || samples.length > this.#samples.length - this.#mostDelay) return
    this.#next ??= (timestamp - this.#delay) >>> 0
    const at = timestampsApart(this.#next, timestamp)
    if (at + samples.length > this.#samples.length || at < -this.#samples.length) {
      this.#anchor(timestamp)
      this.#write(timestamp, this.#delay, samples)
    } else if (at < 0) this.#putLate(timestamp, at, samples)
    else this.#write(timestamp, at, samples)
  }

  /** Fills `into` with the next samples, zero where none came. @returns how many came */
  take(into: Int16Array): number {
    if (this.#next === undefined) {
      into.fill(0)
      return 0
    }
    const came = this.#read(into)
    if (this.#isTooLong && this.#depth >= into.length) this.#shorten(into)
    this.#watch()
    return came
  }

  #read(into: Int16Array): number {
    const next = this.#next ?? 0
    // Local names: what is looked up for every sample of every call costs as much as all the rest.
    const [samples, state, mask] = [this.#samples, this.#state, this.#mask]
    let came = 0
    for (let i = 0; i < into.length; i++) {
      const place = (next + i) & mask
      const isHere = state[place] === waiting
      into[i] = isHere ? (samples[place] ?? 0) : 0
      state[place] = isHere ? taken : missing
      if (isHere) came++
    }
    this.#next = (next + into.length) >>> 0
    this.#depth = Math.max(0, this.#depth - into.length)
    return came
  }

  #write(timestamp: number, at: number, samples: Int16Array): void {
    this.#lateInRow = 0
    if (this.#state[timestamp & this.#mask] === waiting) {
      this.#duplicate++
      return
    }
    const [kept, state, mask] = [this.#samples, this.#state, this.#mask]
    for (let i = 0; i < samples.length; i++) {
      const place = (timestamp + i) & mask
      kept[place] = samples[i] ?? 0
      state[place] = waiting
    }
    this.#depth = Math.max(this.#depth, at + samples.length)
  }

  #putLate(timestamp: number, at: number, samples: Int16Array): void {
    if (this.#state[timestamp & this.#mask] === taken) {
      this.#duplicate++
      return
    }
    this.#late++
    // Whole packets, so that a stream that is always late by a little is not always late.
    const stretch = Math.ceil(-at / samples.length) * samples.length
    if (this.#delay + this.#stretched + stretch <= this.#mostDelay) this.#stretch(timestamp, at, stretch, samples)
    else if (++this.#lateInRow >= mostLateInRow) {
      this.#anchor(timestamp)
      this.#write(timestamp, this.#delay, samples)
    }
  }

  /** Lets what came late be heard late, and all that follows. */
  #stretch(timestamp: number, at: number, by: number, samples: Int16Array): void {
    this.#next = ((this.#next ?? 0) - by) >>> 0
    this.#depth += by
    this.#stretched += by
    this.#forgetDepth()
    this.#write(timestamp, at + by, samples)
  }

  /** Begins anew: the sample of `timestamp` is due after the delay. */
  #anchor(timestamp: number): void {
    this.#state.fill(missing)
    this.#next = (timestamp - this.#delay) >>> 0
    this.#depth = 0
    this.#stretched = 0
    this.#forgetDepth()
  }

  #forgetDepth(): void {
    this.#leastDepth = Infinity
    this.#takes = 0
    this.#isTooLong = false
  }

  /** What is never needed in all that time is delay for nothing: a sender with a fast clock, or a way that got better. */
  #watch(): void {
    this.#leastDepth = Math.min(this.#leastDepth, this.#depth)
    if (++this.#takes < watchedTakes) return
    const enough = this.#mostDelay > this.#delay ? this.#delay : 2 * this.#delay
    const isTooLong = this.#leastDepth > enough
    this.#forgetDepth()
    this.#isTooLong = isTooLong
  }

  /** Fades from the samples in `into` to those that follow them, so that time is left out without a click. */
  #shorten(into: Int16Array): void {
    const following = new Int16Array(into.length)
    this.#read(following)
    for (let i = 0; i < into.length; i++) {
      const old = into[i] ?? 0
      into[i] = old + (((following[i] ?? 0) - old) * i) / into.length
    }
    this.#skipped += into.length
    this.#stretched = Math.max(0, this.#stretched - into.length)
    this.#forgetDepth()
  }
}
