import type { RemoteInfo, Socket } from 'node:dgram'
import { randomBetween, randomHex, type Clock } from '../../../base/index.ts'
import {
  parseRtcp,
  shortTime,
  shortTimesApart,
  writeRtcp,
  type Reception,
  type ReportBlock,
  type RtcpReport,
  type RtpStream,
} from '../../../rtp/index.ts'
import type { MediaAgreement, MediaStats } from '../media-port.ts'
import { withoutMapping, type FarEnd, type Place } from './far-end.ts'
import { samplesPerMs } from './protocol.ts'
import type { Secrecy } from './secrecy.ts'
import { mediaSocket } from './socket.ts'

export interface ReportsOptions {
  /** Of the sound. */
  readonly socket: Socket
  readonly clock: Clock
  readonly stream: RtpStream
  readonly reception: Reception
  readonly farEnd: FarEnd
  readonly secrecy: Secrecy
  /** Called when the far end has reported. */
  readonly heard: () => void
}

/** RFC 3550 section 6.2: with two who talk, the least interval is what counts. */
const intervalMs = 5_000
/** RFC 3550 section 6.3.1: makes up for the interval being random. */
const compensation = Math.E - 1.5
/** What is longer is no round trip but a far end that does not know the time. */
const longestRoundTripMs = 60_000

/**
 * RTCP of one leg (RFC 3550 section 6): tells the far end every five seconds or so what is sent and what is heard of it,
 * and takes in what it tells. It is at the port above that of the sound, or at the same one (RFC 5761); when somebody else
 * has the port above, there are no reports.
 */
export class Reports {
  readonly #options: ReportsOptions
  readonly #cname = randomHex(12)
  #agreement: MediaAgreement | undefined
  /** At the port above. */
  #own: Socket | undefined
  #isBound = false
  #isClosed = false
  #hasSpoken = false
  #nextMs = 0
  /** Where the far end reports from, when not from where its sound comes. */
  #latched: Place | undefined
  #ssrc: number | undefined
  #packets = 0
  #bytes = 0
  #packetsTold = 0
  #theirs: { readonly sentAt: number; readonly atMs: number } | undefined
  #stats: Pick<MediaStats, 'farLost' | 'farJitterMs' | 'roundTripMs'> = {}

  constructor(options: ReportsOptions) {
    this.#options = options
  }

  /** What the far end has told of our stream. */
  get stats(): Pick<MediaStats, 'farLost' | 'farJitterMs' | 'roundTripMs'> {
    return this.#stats
  }

  agree(agreement: MediaAgreement): void {
    if (this.#agreement === undefined) this.#nextMs = this.#options.clock.now() + intervalAtRandomMs() / 2
    this.#agreement = agreement
    this.#latched = undefined
    if (agreement.rtcp !== 'muxed' && this.#own === undefined) this.#open()
  }

  /** Counts a packet of our stream. */
  sent(payloadBytes: number): void {
    const { ssrc } = this.#options.stream
    if (ssrc !== this.#ssrc) this.#packets = this.#bytes = this.#packetsTold = 0
    this.#ssrc = ssrc
    this.#packets++
    this.#bytes += payloadBytes
  }

  tick(nowMs: number): void {
    if (nowMs < this.#nextMs) return
    this.#nextMs = nowMs + intervalAtRandomMs()
    this.#say(nowMs, false)
  }

  /** Takes in what came to the port of the sound, and is RTCP. */
  take(bytes: Uint8Array, from: RemoteInfo): void {
    const { destination } = this.#options.farEnd
    if (destination?.address === withoutMapping(from.address) && destination.port === from.port) this.#hear(bytes)
  }

  close(): void {
    if (this.#hasSpoken) this.#say(this.#options.clock.now(), true)
    this.#isClosed = true
    if (this.#isBound) this.#own?.close()
  }

  #open(): void {
    const { address, port } = this.#options.socket.address()
    if (port === 0xffff) return
    const own = mediaSocket(address)
    this.#own = own
    own.on('message', (bytes, from) => this.#receive(bytes, from))
    own.on('error', () => {
      if (!this.#isBound) own.close()
    })
    own.bind({ address, port: port + 1, exclusive: true }, () => {
      this.#isBound = true
      if (this.#isClosed) own.close()
    })
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    const address = withoutMapping(from.address)
    const isKnown =
      this.#latched === undefined
        ? this.#addresses().includes(address)
        : this.#latched.address === address && this.#latched.port === from.port
    if (isKnown && this.#hear(bytes)) this.#latched = { address, port: from.port }
  }

  /** Where the far end may report from. */
  #addresses(): readonly (string | undefined)[] {
    const { address, signallingAddress, rtcp } = this.#agreement ?? {}
    const ofReports = typeof rtcp === 'object' ? rtcp.address : undefined
    return [this.#options.farEnd.destination?.address, address, signallingAddress, ofReports]
  }

  /** @returns whether it is a report */
  #hear(bytes: Uint8Array): boolean {
    const opened = this.#options.secrecy.openReport(bytes)
    const report = opened === undefined ? undefined : parseRtcp(opened)
    if (report === undefined) return false
    const nowMs = this.#options.clock.now()
    if (report.sentAt !== undefined) this.#theirs = { sentAt: report.sentAt, atMs: nowMs }
    this.#learn(report, nowMs)
    this.#options.heard()
    return true
  }

  /** RFC 3550 section 6.4.1, figure 2. */
  #learn({ blocks }: RtcpReport, nowMs: number): void {
    const block = blocks.find(({ ssrc }) => ssrc === this.#options.stream.ssrc)
    if (block === undefined) return
    const { lost, jitter, lastReport, sinceLastReport } = block
    const apartMs = shortTimesApart(lastReport, shortTime(nowMs)) - sinceLastReport / 65.536
    const isRoundTrip = lastReport !== 0 && apartMs >= 0 && apartMs <= longestRoundTripMs
    this.#stats = {
      ...this.#stats,
      farLost: Math.max(0, lost),
      farJitterMs: jitter / samplesPerMs,
      ...(isRoundTrip ? { roundTripMs: Math.round(apartMs * 10) / 10 } : {}),
    }
  }

  #say(nowMs: number, isGoodbye: boolean): void {
    const to = this.#destination()
    const socket = this.#agreement?.rtcp === 'muxed' ? this.#options.socket : this.#isBound ? this.#own : undefined
    if (to === undefined || socket === undefined) return
    const { stream, secrecy } = this.#options
    const isSender = this.#packets > this.#packetsTold
    this.#packetsTold = this.#packets
    const sender = { atMs: nowMs, timestamp: stream.timestamp, packets: this.#packets, bytes: this.#bytes }
    const packet = writeRtcp({
      ssrc: stream.ssrc,
      sender: isSender ? sender : undefined,
      block: this.#block(nowMs),
      cname: this.#cname,
      isGoodbye,
    })
    socket.send(secrecy.sealReport(packet), to.port, to.address)
    this.#hasSpoken = true
  }

  #block(nowMs: number): ReportBlock | undefined {
    const block = this.#options.reception.block()
    if (block === undefined) return undefined
    const { sentAt = 0, atMs = nowMs } = this.#theirs ?? {}
    return { ...block, lastReport: sentAt, sinceLastReport: Math.round((nowMs - atMs) * 65.536) }
  }

  /** Behind NAT the sound tells the address, and nothing but its own reports the port. */
  #destination(): Place | undefined {
    const sound = this.#options.farEnd.destination
    if (this.#agreement === undefined || sound === undefined) return undefined
    const { rtcp, address, port } = this.#agreement
    if (rtcp === 'muxed') return sound
    if (this.#latched !== undefined) return this.#latched
    const place = rtcp ?? { address, port: port + 1 }
    if (place.port > 0xffff) return undefined
    return place.address === address ? { address: sound.address, port: place.port } : place
  }
}

const intervalAtRandomMs = (): number => (intervalMs * randomBetween(500, 1_500)) / 1_000 / compensation
