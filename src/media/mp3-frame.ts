import { hasTag, viewOf } from './decoded.ts'

/** The header of an MPEG layer III frame, and where it was found. */
export interface Mp3Frame {
  readonly at: number
  readonly lengthBytes: number
  readonly rateHz: number
  readonly channels: number
  readonly samples: number
  /** The frame holds no sound but an encoder's notes (Xing, Info). */
  readonly isInfo: boolean
  readonly infoAt: number
}

/** How far a first frame is looked for: behind a tag of ID3 there may be padding, in front of a stream half a frame. */
const mostSearchBytes = 65_536

const bitRates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const bitRates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const sampleRates = [44_100, 48_000, 32_000]

/** The first frame of layer III, proved by a second one behind it (or by the end of the file). */
export function firstFrame(bytes: Uint8Array): Mp3Frame | undefined {
  const begin = afterId3(bytes)
  return nextFrame(bytes, begin, Math.min(bytes.length, begin + mostSearchBytes))
}

/**
 * All whole frames from `first` on that are of its rate, and nothing else: the decoder loops for ever over half a frame
 * at the end, which is how every download that was cut off ends.
 */
export function wholeFrames(bytes: Uint8Array, first: Mp3Frame): Uint8Array {
  const clean = new Uint8Array(bytes.length - first.at)
  let length = 0
  let frame: Mp3Frame | undefined = first
  while (frame !== undefined) {
    const end: number = frame.at + frame.lengthBytes
    if (!frame.isInfo && frame.rateHz === first.rateHz && frame.channels === first.channels && end <= bytes.length) {
      clean.set(bytes.subarray(frame.at, end), length)
      length += frame.lengthBytes
    }
    frame = frameAt(bytes, end) ?? nextFrame(bytes, end, bytes.length)
  }
  return clean.subarray(0, length)
}

/** The first frame from `from` on that another one of its rate, or the end of the file, follows. */
function nextFrame(bytes: Uint8Array, from: number, to: number): Mp3Frame | undefined {
  for (let at = from; at < to; at++) {
    const frame = bytes[at] === 0xff ? frameAt(bytes, at) : undefined
    if (frame === undefined) continue
    const next = at + frame.lengthBytes
    if (next === bytes.length || frameAt(bytes, next)?.rateHz === frame.rateHz) return frame
  }
  return undefined
}

/** ISO/IEC 11172-3 section 2.4.1.3 and 13818-3: 11 bits of sync, version, layer, bit rate, sample rate, padding, mode. */
function frameAt(bytes: Uint8Array, at: number): Mp3Frame | undefined {
  if (at + 4 > bytes.length) return undefined
  const [sync = 0, kind = 0, rates = 0, mode = 0] = bytes.subarray(at, at + 4)
  if (sync !== 0xff || (kind & 0xe0) !== 0xe0) return undefined
  const version = (kind >> 3) & 3 // 3 = MPEG 1, 2 = MPEG 2, 0 = MPEG 2.5
  const layer = (kind >> 1) & 3 // 1 = layer III
  const kilobits = (version === 3 ? bitRates1 : bitRates2)[rates >> 4]
  const baseHz = sampleRates[(rates >> 2) & 3]
  if (version === 1 || layer !== 1 || kilobits === undefined || kilobits === 0 || baseHz === undefined) return undefined
  const rateHz = version === 3 ? baseHz : version === 2 ? baseHz / 2 : baseHz / 4
  const samples = version === 3 ? 1152 : 576
  const lengthBytes = Math.floor((samples * 125 * kilobits) / rateHz) + ((rates >> 1) & 1)
  const channels = mode >> 6 === 3 ? 1 : 2
  const sideBytes = version === 3 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17
  const infoAt = at + 4 + sideBytes
  const isInfo = hasTag(bytes, infoAt, 'Xing') || hasTag(bytes, infoAt, 'Info')
  return { at, lengthBytes, rateHz, channels, samples, isInfo, infoAt }
}

/** ID3v2 section 3.1: ten bytes of header, the last four of them the size, seven bits each. */
function afterId3(bytes: Uint8Array): number {
  if (!hasTag(bytes, 0, 'ID3') || bytes.length < 10) return 0
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, 10)
  return 10 + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127)
}

/** Samples that layer III itself delays the sound by. */
const decoderDelay = 529

/** How many samples at each end are the encoder's and not the recording's, by LAME's tag in the first frame. */
export function gapsOf(bytes: Uint8Array, frame: Mp3Frame): { readonly begin: number; readonly end: number } {
  const none = { begin: 0, end: 0 }
  if (!frame.isInfo || frame.infoAt + 8 > bytes.length) return none
  const flags = viewOf(bytes).getUint32(frame.infoAt + 4)
  const lame =
    frame.infoAt + 8 + (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0)
  if (lame + 24 > bytes.length || !(hasTag(bytes, lame, 'LAME') || hasTag(bytes, lame, 'Lav'))) return none
  const [high = 0, middle = 0, low = 0] = bytes.subarray(lame + 21, lame + 24)
  return {
    begin: ((high << 4) | (middle >> 4)) + decoderDelay,
    end: Math.max(0, (((middle & 15) << 8) | low) - decoderDelay),
  }
}
