import { sequencesApart, timestampsApart, type RtpPacket } from './packet.ts'

/**
 * One report about a key (RFC 4733 section 2.3).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |     event     |E|R| volume    |          duration             |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export interface TelephoneEvent {
  /** 0 to 9, 10 = `*`, 11 = `#`, 12 to 15 = A to D; others are no keys. */
  readonly event: number
  readonly isEnd: boolean
  /** -dBm0, 0 to 63. */
  readonly volume: number
  /** Samples so far, 16 bits. */
  readonly duration: number
}

export const eventPayloadBytes = 4

const keys = '0123456789*#ABCD'

/** The event of a key, or undefined for what is no key. */
export function eventOfKey(key: string): number | undefined {
  const event = keys.indexOf(key.toUpperCase())
  return key.length === 1 && event >= 0 ? event : undefined
}

/** The key of an event, or undefined for other signals. */
export const keyOfEvent = (event: number): string | undefined => keys[event]

/** Reads the first event of a payload (RFC 2833 allowed further ones for redundancy), or undefined for none. */
export function parseEvent(payload: Uint8Array): TelephoneEvent | undefined {
  const [event, flags, high, low] = payload
  if (event === undefined || flags === undefined || high === undefined || low === undefined) return undefined
  return { event, isEnd: flags >= 0x80, volume: flags & 0x3f, duration: (high << 8) | low }
}

export function writeEvent(packet: Uint8Array, at: number, { event, isEnd, volume, duration }: TelephoneEvent): void {
  packet[at] = event
  packet[at + 1] = (isEnd ? 0x80 : 0) | (volume & 0x3f)
  packet[at + 2] = duration >>> 8
  packet[at + 3] = duration
}

/** What is heard of a key that somebody presses. */
export interface KeyHeard {
  readonly key: string
  /** Nothing was heard of this press before. */
  readonly isNew: boolean
  /** How long it has been down. */
  readonly durationSamples: number
  /** It is up again. */
  readonly isEnd: boolean
}

/** What is known of the key that was pressed last. */
interface Press {
  readonly ssrc: number
  readonly event: number
  readonly begun: number
  sequence: number
  timestamp: number
  duration: number
  isEnd: boolean
}

/**
 * Finds keys in telephone-event packets. A key counts as soon as the first of its packets arrives, whichever that is:
 * the marker, the beginning and the end packets may all be lost. Repetitions of one press count once.
 */
export class KeyReceiver {
  #last: Press | undefined

  /** @returns what is known of the last key now, or undefined when it is none */
  take(packet: RtpPacket): KeyHeard | undefined {
    const report = parseEvent(packet.payload)
    if (report === undefined) return undefined
    const isNew = !this.#isKnown(packet, report)
    if (isNew) {
      const { ssrc, sequence, timestamp } = packet
      const { event, isEnd, duration } = report
      this.#last = { ssrc, event, begun: timestamp, sequence, timestamp, duration, isEnd }
    }
    const last = this.#last
    const key = last === undefined ? undefined : keyOfEvent(last.event)
    if (last === undefined || key === undefined) return undefined
    return { key, isNew, durationSamples: last.duration, isEnd: last.isEnd }
  }

  /** Does this packet repeat, continue or precede what is known? */
  #isKnown(packet: RtpPacket, report: TelephoneEvent): boolean {
    const last = this.#last
    if (last?.ssrc !== packet.ssrc) return false
    const later = timestampsApart(last.timestamp, packet.timestamp)
    if (later < 0) return timestampsApart(last.begun, packet.timestamp) >= 0 || isRecent(last, packet)
    if (later > 0 && !continues(last, packet, report, later)) return false
    last.timestamp = packet.timestamp
    last.sequence = packet.sequence
    last.duration = report.duration
    last.isEnd ||= report.isEnd
    return true
  }
}

/** A packet that was overtaken, in contrast to one of a sender that began again somewhere else. */
const isRecent = (last: Press, packet: RtpPacket): boolean => {
  const behind = sequencesApart(packet.sequence, last.sequence)
  return behind >= 0 && behind < 100
}

/**
 * Is a packet with a later timestamp still about the same press? A press longer than 65535 samples is told in segments
 * (RFC 4733 section 2.5.1.3); and some senders wrongly move the timestamp within a press, which shows by a duration
 * that goes on rising in the very next packet, or by an end that is repeated.
 */
function continues(last: Press, packet: RtpPacket, report: TelephoneEvent, later: number): boolean {
  if (report.event !== last.event || packet.marker) return false
  const isNext = sequencesApart(last.sequence, packet.sequence) === 1
  if (last.isEnd) return isNext && report.isEnd && report.duration === last.duration
  const isNextSegment = last.duration >= 0xf000 && Math.abs(later - last.duration) < 800
  return isNextSegment || (isNext && report.duration > last.duration && later < 0x2000)
}
