import { hasTag, undecodable, viewOf, type AudioFile, type DecodedAudio } from './decoded.ts'
import { decodeLinear, type LinearLayout, type SampleCode } from './linear.ts'

export function isAiff(bytes: Uint8Array): boolean {
  return hasTag(bytes, 0, 'FORM') && (hasTag(bytes, 8, 'AIFF') || hasTag(bytes, 8, 'AIFC'))
}

/**
 * Reads AIFF, and AIFF-C where it is not compressed by more than G.711.
 *
 * @throws MEDIA_DECODE
 */
export function decodeAiff(file: AudioFile): DecodedAudio {
  if (!isAiff(file.bytes)) throw undecodable(file, 'not an AIFF file')
  const view = viewOf(file.bytes)
  let layout: LinearLayout | undefined
  let sound: Uint8Array | undefined
  for (let at = 12; at + 8 <= file.bytes.length;) {
    const size = view.getUint32(at + 4)
    const body = file.bytes.subarray(at + 8, Math.min(at + 8 + size, file.bytes.length))
    if (hasTag(file.bytes, at, 'COMM')) layout = readCommon(file, body)
    // The sound begins after an offset and a block size, both zero but for tapes.
    if (hasTag(file.bytes, at, 'SSND')) sound = body.subarray(8)
    at += 8 + size + (size & 1)
  }
  if (layout === undefined || sound === undefined) throw undecodable(file, 'AIFF file without sound')
  return decodeLinear({ bytes: sound, source: file.source }, layout)
}

function readCommon(file: AudioFile, body: Uint8Array): LinearLayout {
  if (body.length < 18) throw undecodable(file, 'AIFF common chunk too short')
  const view = viewOf(body)
  const compression = body.length >= 22 ? String.fromCharCode(...body.subarray(18, 22)) : 'NONE'
  const code = codeOf(compression, view.getInt16(6))
  if (code === undefined) throw undecodable(file, `AIFF compression ${JSON.stringify(compression)}`)
  return { code, littleEndian: compression === 'sowt', channels: view.getUint16(0), rateHz: extended(view, 8) }
}

function codeOf(compression: string, bits: number): SampleCode | undefined {
  switch (compression.toLowerCase()) {
    case 'none':
    case 'twos':
    case 'sowt':
      return ({ 1: 's8', 2: 's16', 3: 's24', 4: 's32' } as const)[Math.ceil(bits / 8)]
    case 'ulaw':
      return 'pcmu'
    case 'alaw':
      return 'pcma'
    case 'fl32':
      return 'f32'
    case 'fl64':
      return 'f64'
    default:
      return undefined
  }
}

/** The 80-bit float of IEEE 754 that AIFF writes its rate in. */
function extended(view: DataView, at: number): number {
  const exponent = (view.getUint16(at) & 0x7fff) - 16_383
  return Math.round((view.getUint32(at + 2) / 2 ** 31 + view.getUint32(at + 6) / 2 ** 63) * 2 ** exponent)
}
