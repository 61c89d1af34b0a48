import { hasTag, undecodable, viewOf, type AudioFile, type DecodedAudio } from './decoded.ts'
import { decodeLinear, type SampleCode } from './linear.ts'

const codes: Readonly<Record<number, SampleCode>> = {
  1: 'pcmu',
  2: 's8',
  3: 's16',
  4: 's24',
  5: 's32',
  6: 'f32',
  7: 'f64',
  27: 'pcma',
}

export function isAu(bytes: Uint8Array): boolean {
  return hasTag(bytes, 0, '.snd')
}

/**
 * Reads Sun's .au (audio/basic with a header): six big-endian words, then samples.
 *
 * @throws MEDIA_DECODE
 */
export function decodeAu(file: AudioFile): DecodedAudio {
  if (!isAu(file.bytes) || file.bytes.length < 24) throw undecodable(file, 'not an AU file')
  const view = viewOf(file.bytes)
  const encoding = view.getUint32(12)
  const code = codes[encoding]
  if (code === undefined) throw undecodable(file, `AU encoding ${encoding}`)
  const begin = Math.max(24, view.getUint32(4))
  const size = view.getUint32(8)
  const bytes = file.bytes.subarray(begin, size === 0 ? undefined : begin + size)
  const layout = { code, littleEndian: false, rateHz: view.getUint32(16), channels: view.getUint32(20) }
  return decodeLinear({ bytes, source: file.source }, layout)
}
