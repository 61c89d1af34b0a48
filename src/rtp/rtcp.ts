import { putUint32, uint16, uint32 } from './packet.ts'

/**
 * What one side says of a stream that it receives (RFC 3550 section 6.4.1).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *   |                 SSRC of the source that is heard              |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   | fraction lost |       cumulative number of packets lost       |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |           extended highest sequence number received           |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                      interarrival jitter                      |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |        last sender report (LSR), as a short time              |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |        delay since that (DLSR), in 1/65536 s                  |
 *   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 */
export interface ReportBlock {
  readonly ssrc: number
  /** Of 256, since the report before. */
  readonly fractionLost: number
  /** Below zero when more came than was expected: repetitions. */
  readonly lost: number
  readonly highest: number
  /** In samples. */
  readonly jitter: number
  /** Of the sender report that was received last, 0 = none. See {@link shortTime}. */
  readonly lastReport: number
  /** In 1/65536 s. */
  readonly sinceLastReport: number
}

/** What a sender says of its stream. */
export interface SenderInfo {
  readonly atMs: number
  /** Of the stream, at that time. */
  readonly timestamp: number
  readonly packets: number
  readonly bytes: number
}

/** A compound packet that was read. */
export interface RtcpReport {
  readonly ssrc: number
  /** When it was sent, if by a sender: the middle of its NTP time. */
  readonly sentAt: number | undefined
  readonly blocks: readonly ReportBlock[]
  /** Sources that are gone. */
  readonly goodbyes: readonly number[]
}

/** A compound packet to be written. */
export interface RtcpToSay {
  readonly ssrc: number
  /** Without: nothing was sent of late. */
  readonly sender: SenderInfo | undefined
  readonly block: ReportBlock | undefined
  /** Who we are, for as long as the call is (RFC 7022). */
  readonly cname: string
  readonly isGoodbye: boolean
}

const senderReport = 200
const receiverReport = 201
const description = 202
const goodbye = 203
const cnameItem = 1

const headerBytes = 4
/** NTP time, timestamp, packets and bytes. */
const senderBytes = 20
const blockBytes = 24
/** Seconds from 1900, where NTP begins, to 1970. */
const ntpEpochSeconds = 2_208_988_800

/** The middle 32 bits of an NTP time: seconds modulo 65536, and 1/65536 of them. */
export function shortTime(ms: number): number {
  const seconds = Math.floor(ms / 1_000) + ntpEpochSeconds
  return (((seconds % 0x1_0000) * 0x1_0000) | Math.floor(((ms % 1_000) * 0x1_0000) / 1_000)) >>> 0
}

/** Milliseconds from one {@link shortTime} to another, at most nine hours. */
export const shortTimesApart = (from: number, to: number): number => ((to - from) | 0) / 65.536

/**
 * Reads a compound packet, or undefined for what is none: it begins with a report, its parts fill it exactly, and only the
 * last one is padded (RFC 3550 A.2). Descriptions and what is unknown are passed over.
 */
export function parseRtcp(bytes: Uint8Array): RtcpReport | undefined {
  const first = bytes[1]
  if (bytes.length < 8 || (first !== senderReport && first !== receiverReport)) return undefined
  const blocks: ReportBlock[] = []
  const goodbyes: number[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + headerBytes + 4 * uint16(bytes, at + 2)
    const padding = paddingOf(bytes, at, end)
    if (padding === undefined) return undefined
    const part = bytes.subarray(at, end - padding)
    if (!takePart(part, blocks, goodbyes)) return undefined
    at = end
  }
  const sentAt = first === senderReport ? uint32(bytes, 10) : undefined
  return { ssrc: uint32(bytes, 4), sentAt, blocks, goodbyes }
}

/** How much of the part from `at` to `end` is padding; undefined when it is no part at all. */
function paddingOf(bytes: Uint8Array, at: number, end: number): number | undefined {
  const flags = bytes[at] ?? 0
  if (flags >> 6 !== 2 || end > bytes.length) return undefined
  if ((flags & 0x20) === 0) return 0
  const padding = bytes[end - 1] ?? 0
  const isSound = end === bytes.length && padding > 0 && padding % 4 === 0 && padding <= end - at - headerBytes
  return isSound ? padding : undefined
}

/** @returns false when it has less than it says */
function takePart(part: Uint8Array, blocks: ReportBlock[], goodbyes: number[]): boolean {
  const count = (part[0] ?? 0) & 0x1f
  const type = part[1]
  if (type === senderReport || type === receiverReport) {
    const start = headerBytes + 4 + (type === senderReport ? senderBytes : 0)
    if (part.length < start + count * blockBytes) return false
    for (let i = 0; i < count; i++) blocks.push(blockAt(part, start + i * blockBytes))
  } else if (type === goodbye) {
    if (part.length < headerBytes + 4 * count) return false
    for (let i = 0; i < count; i++) goodbyes.push(uint32(part, headerBytes + 4 * i))
  }
  return true
}

const blockAt = (bytes: Uint8Array, at: number): ReportBlock => ({
  ssrc: uint32(bytes, at),
  fractionLost: bytes[at + 4] ?? 0,
  lost: (uint32(bytes, at + 4) << 8) >> 8,
  highest: uint32(bytes, at + 8),
  jitter: uint32(bytes, at + 12),
  lastReport: uint32(bytes, at + 16),
  sinceLastReport: uint32(bytes, at + 20),
})

/** Writes a compound packet: a report, a description with nothing but the CNAME, a goodbye. */
export function writeRtcp({ ssrc, sender, block, cname, isGoodbye }: RtcpToSay): Uint8Array {
  const name = new TextEncoder().encode(cname).subarray(0, 255)
  const reportBytes =
    headerBytes + 4 + (sender === undefined ? 0 : senderBytes) + (block === undefined ? 0 : blockBytes)
  // The list of items ends with at least one zero, at a boundary of four bytes (RFC 3550 section 6.5).
  const describedBytes = headerBytes + 4 + Math.ceil((2 + name.length + 1) / 4) * 4
  const packet = new Uint8Array(reportBytes + describedBytes + (isGoodbye ? headerBytes + 4 : 0))
  const type = sender === undefined ? receiverReport : senderReport
  putHeader(packet, 0, { count: block === undefined ? 0 : 1, type, bytes: reportBytes, ssrc })
  if (sender !== undefined) putSender(packet, headerBytes + 4, sender)
  if (block !== undefined) putBlock(packet, reportBytes - blockBytes, block)
  putHeader(packet, reportBytes, { count: 1, type: description, bytes: describedBytes, ssrc })
  packet.set([cnameItem, name.length], reportBytes + 8)
  packet.set(name, reportBytes + 10)
  if (isGoodbye) putHeader(packet, reportBytes + describedBytes, { count: 1, type: goodbye, bytes: 8, ssrc })
  return packet
}

interface PartHeader {
  readonly count: number
  readonly type: number
  readonly bytes: number
  readonly ssrc: number
}

function putHeader(packet: Uint8Array, at: number, { count, type, bytes, ssrc }: PartHeader): void {
  const words = bytes / 4 - 1
  packet.set([0x80 | count, type, words >>> 8, words & 0xff], at)
  putUint32(packet, at + 4, ssrc)
}

function putSender(packet: Uint8Array, at: number, { atMs, timestamp, packets, bytes }: SenderInfo): void {
  putUint32(packet, at, Math.floor(atMs / 1_000) + ntpEpochSeconds)
  putUint32(packet, at + 4, Math.floor(((atMs % 1_000) * 0x1_0000_0000) / 1_000))
  putUint32(packet, at + 8, timestamp)
  putUint32(packet, at + 12, packets)
  putUint32(packet, at + 16, bytes)
}

function putBlock(packet: Uint8Array, at: number, block: ReportBlock): void {
  const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, block.lost))
  putUint32(packet, at, block.ssrc)
  putUint32(packet, at + 4, lost)
  packet[at + 4] = block.fractionLost
  putUint32(packet, at + 8, block.highest)
  putUint32(packet, at + 12, block.jitter)
  putUint32(packet, at + 16, block.lastReport)
  putUint32(packet, at + 20, block.sinceLastReport)
}
