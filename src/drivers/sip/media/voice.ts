import { JitterBuffer, type KeyHeard } from '../../../rtp/index.ts'
import { KeyRelay } from './key-relay.ts'
import type { KeyFrame } from './key-sender.ts'
import { frameSamples } from './protocol.ts'

/** Somebody who is told what somebody else says, wherever the two are. */
export interface Hearer {
  /**
   * @param timestamp in samples of 8 kHz, of the speaker's own clock
   * @param samples valid during the call only
   */
  hear(timestamp: number, samples: Int16Array): void
  key(heard: KeyHeard): void
  /** The speaker has put the call on hold, or taken it up again. */
  hold(isHeld: boolean): void
  /** The speaker is gone. */
  close(): void
}

/** A frame waits for one that comes a little later; more when the way is uneven: 200 ms. */
const delaySamples = frameSamples
const mostDelaySamples = 10 * frameSamples
/** What is missing is the last frame once more, and fainter until then. */
const concealedFrames = 2

/**
 * What somebody says, ready to be heard frame by frame at the pace of another clock. It plays a packet as soon as the
 * stream allows (20 ms is kept against jitter, more when packets are seen to come late), hides a lost packet or two by
 * repeating and fading what was last heard, and is silent for as long as nothing comes.
 */
export class Voice implements Hearer {
  readonly #gone: () => void
  readonly #buffer = new JitterBuffer({ delaySamples, mostDelaySamples })
  readonly #keys = new KeyRelay()
  readonly #last = new Int16Array(frameSamples)
  /** Frames since something came; as many as are concealed when there is nothing to repeat. */
  #missing = concealedFrames
  #isHeld = false

  /** @param gone called when the speaker is gone */
  constructor(gone: () => void) {
    this.#gone = gone
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  hear(timestamp: number, samples: Int16Array): void {
    this.#buffer.put(timestamp, samples)
  }

  key(heard: KeyHeard): void {
    this.#keys.hear(heard)
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
  }

  close(): void {
    this.#gone()
  }

  nextKey(): KeyFrame {
    return this.#keys.next()
  }

  /** Fills `frame` with what is said now. @returns whether it is anything but silence */
  next(frame: Int16Array): boolean {
    if (this.#buffer.take(frame) > 0) {
      this.#last.set(frame)
      this.#missing = 0
      return true
    }
    if (this.#missing >= concealedFrames) return false
    for (let i = 0; i < frame.length; i++) {
      const left = 1 - (this.#missing + i / frame.length) / concealedFrames
      frame[i] = (this.#last[i] ?? 0) * left
    }
    this.#missing++
    return true
  }
}
