import { sequencesApart, timestampsApart, type RtpPacket } from './packet.ts'
import type { ReportBlock } from './rtcp.ts'

/** What is known of a stream that is received. */
export interface ReceptionReport {
  readonly received: number
  readonly lost: number
  readonly jitterMs: number
}

/** A jump of more than this is a sender that began again, not loss (RFC 3550 A.1, MAX_DROPOUT). */
const mostDropout = 3_000

/**
 * Counts what arrives from one source (RFC 3550 A.1, A.3) and how evenly (A.8). A new source, or a sender that begins
 * again at other numbers, goes on with the same counters.
 */
export class Reception {
  readonly #samplesPerMs: number
  #ssrc: number | undefined
  #first = 0
  #highest = 0
  #cycles = 0
  #received = 0
  /** Of streams that are over. */
  #before = { received: 0, expected: 0 }
  /** Of this stream, when it was told of last. */
  #told = { received: 0, expected: 0 }
  #transit: number | undefined
  /** In samples, as RFC 3550 A.8 keeps it. */
  #jitter = 0

  constructor(sampleRateHz = 8_000) {
    this.#samplesPerMs = sampleRateHz / 1_000
  }

  /**
   * @param atMs when it arrived, of any clock that does not jump
   * @param isTimed whether its timestamp is when it was sent; that of a telephone-event is when the key went down
   */
  take({ ssrc, sequence, timestamp }: RtpPacket, atMs: number, isTimed = true): void {
    const ahead = sequencesApart(this.#highest, sequence)
    if (ssrc !== this.#ssrc || ahead > mostDropout || ahead < -mostDropout) this.#begin(ssrc, sequence)
    else if (ahead > 0) {
      if (sequence < this.#highest) this.#cycles += 0x1_0000
      this.#highest = sequence
    }
    this.#received++
    if (isTimed) this.#measure(timestamp, atMs)
  }

  get report(): ReceptionReport {
    const expected = this.#before.expected + this.#expected()
    const received = this.#before.received + this.#received
    return { received, lost: Math.max(0, expected - received), jitterMs: this.#jitter / this.#samplesPerMs }
  }

  /** What the far end is told of its stream, since it was told last and in all; undefined when nothing came since. */
  block(): Omit<ReportBlock, 'lastReport' | 'sinceLastReport'> | undefined {
    if (this.#ssrc === undefined || this.#received === this.#told.received) return undefined
    const expected = this.#expected()
    const [expectedSince, receivedSince] = [expected - this.#told.expected, this.#received - this.#told.received]
    this.#told = { expected, received: this.#received }
    const lostSince = expectedSince - receivedSince
    return {
      ssrc: this.#ssrc,
      // RFC 3550 A.3: none when more came than was expected.
      fractionLost: lostSince <= 0 ? 0 : Math.min(255, Math.floor((lostSince * 256) / expectedSince)),
      lost: expected - this.#received,
      highest: (this.#cycles + this.#highest) >>> 0,
      jitter: Math.round(this.#jitter),
    }
  }

  #begin(ssrc: number, sequence: number): void {
    this.#before = {
      received: this.#before.received + this.#received,
      expected: this.#before.expected + this.#expected(),
    }
    this.#ssrc = ssrc
    this.#first = sequence
    this.#highest = sequence
    this.#cycles = 0
    this.#received = 0
    this.#told = { received: 0, expected: 0 }
    this.#transit = undefined
  }

  #expected(): number {
    return this.#ssrc === undefined ? 0 : this.#cycles + this.#highest - this.#first + 1
  }

  /** RFC 3550 A.8: the mean deviation of the transit time, smoothed by 1/16. */
  #measure(timestamp: number, atMs: number): void {
    const arrival = Math.round(atMs * this.#samplesPerMs)
    const transit = timestampsApart(timestamp, arrival)
    if (this.#transit !== undefined) {
      this.#jitter += (Math.abs(timestampsApart(this.#transit, transit)) - this.#jitter) / 16
    }
    this.#transit = transit
  }
}
