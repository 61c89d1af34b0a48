/**
 * RTP packets (RFC 3550 section 5.1).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                           timestamp                           |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |           synchronization source (SSRC) identifier            |
 *   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *   |            contributing source (CSRC) identifiers             |
 *   |                             ....                              |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  if X: profile, length in words      |  header extension ...  |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export interface RtpPacket {
  readonly marker: boolean
  readonly payloadType: number
  /** 16 bits. */
  readonly sequence: number
  /** 32 bits, in samples. */
  readonly timestamp: number
  readonly ssrc: number
  /** A view of the packet, without header, extension and padding. */
  readonly payload: Uint8Array
}

export const rtpHeaderBytes = 12

/** Reads a packet, or undefined for what is none. Takes RTCP on the same port (RFC 5761) for none as well. */
export function parseRtp(bytes: Uint8Array): RtpPacket | undefined {
  const first = bytes[0] ?? 0
  const second = bytes[1] ?? 0
  if (bytes.length < rtpHeaderBytes || first >> 6 !== 2 || isRtcpType(second)) return undefined
  const start = payloadStart(bytes)
  const padding = (first & 0x20) === 0 ? 0 : (bytes[bytes.length - 1] ?? 0)
  const end = bytes.length - padding
  // A padding count of zero, or one that reaches into the header, is a forgery or a defect (RFC 3550 A.1).
  if (start > end || ((first & 0x20) !== 0 && padding === 0)) return undefined
  return {
    marker: second >= 0x80,
    payloadType: second & 0x7f,
    sequence: uint16(bytes, 2),
    timestamp: uint32(bytes, 4),
    ssrc: uint32(bytes, 8),
    payload: bytes.subarray(start, end),
  }
}

/** Where the payload of a packet begins: behind header, CSRCs and extension, or behind its end when it is cut off. */
export function payloadStart(bytes: Uint8Array): number {
  const first = bytes[0] ?? 0
  const start = rtpHeaderBytes + 4 * (first & 0x0f)
  return (first & 0x10) === 0 ? start : start + 4 + 4 * uint16(bytes, start + 2)
}

/** Is this RTCP, as far as can be told from where RTP has its marker and payload type? */
export const isRtcp = (bytes: Uint8Array): boolean => isRtcpType(bytes[1] ?? 0)

/** RTCP's packet types 192 to 223 stand where RTP has marker and payload type (RFC 5761 section 4). */
const isRtcpType = (second: number): boolean => second >= 192 && second <= 223

/** Writes the 12 bytes of a header without CSRCs and extension. Numbers beyond their bits are cut off. */
export function writeRtpHeader(
  packet: Uint8Array,
  { marker, payloadType, sequence, timestamp, ssrc }: Omit<RtpPacket, 'payload'>,
): void {
  packet[0] = 0x80
  packet[1] = (marker ? 0x80 : 0) | (payloadType & 0x7f)
  packet[2] = sequence >>> 8
  packet[3] = sequence
  putUint32(packet, 4, timestamp)
  putUint32(packet, 8, ssrc)
}

export const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
export const uint32 = (bytes: Uint8Array, at: number): number =>
  ((uint16(bytes, at) << 16) | uint16(bytes, at + 2)) >>> 0

export function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** How far `to` is after `from` (below zero: before it) on a circle of 32 bits. */
export const timestampsApart = (from: number, to: number): number => (to - from) | 0

/** How far `to` is after `from` (below zero: before it) on a circle of 16 bits. */
export const sequencesApart = (from: number, to: number): number => ((to - from) << 16) >> 16
