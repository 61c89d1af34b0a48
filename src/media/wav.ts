import { hasTag, undecodable, viewOf, type AudioFile, type DecodedAudio } from './decoded.ts'
import { decodeImaAdpcm } from './ima-adpcm.ts'
import { decodeLinear, type SampleCode } from './linear.ts'
import { decodeMp3 } from './mp3.ts'

/** Format tags of a WAV file's `fmt ` chunk (RFC 2361). */
const wavFormat = { pcm: 1, float: 3, alaw: 6, mulaw: 7, imaAdpcm: 0x11, mp3: 0x55, extensible: 0xfffe } as const

interface Format {
  readonly tag: number
  readonly channels: number
  readonly rateHz: number
  readonly blockBytes: number
  readonly bits: number
}

/** Is this a WAV file: RIFF, big-endian RIFX, or RF64? */
export function isWav(bytes: Uint8Array): boolean {
  return ['RIFF', 'RIFX', 'RF64'].some((tag) => hasTag(bytes, 0, tag)) && hasTag(bytes, 8, 'WAVE')
}

/**
 * Reads a WAV file of every common kind: 8 to 32 bits, floats, both G.711 laws, IMA ADPCM, MP3 inside, any byte order.
 * Sizes that are wrong because the file was streamed or cut are taken as "to the end".
 *
 * @throws MEDIA_DECODE
 * @source Microsoft, Multimedia Programming Interface and Data Specifications 1.0; RFC 2361
 */
export function decodeWav(file: AudioFile): DecodedAudio {
  if (!isWav(file.bytes)) throw undecodable(file, 'not a WAV file')
  const littleEndian = !hasTag(file.bytes, 0, 'RIFX')
  const view = viewOf(file.bytes)
  let format: Format | undefined
  for (let at = 12; at + 8 <= file.bytes.length;) {
    const size = view.getUint32(at + 4, littleEndian)
    const body = file.bytes.subarray(at + 8, Math.min(at + 8 + size, file.bytes.length))
    if (hasTag(file.bytes, at, 'fmt ')) format = readFormat(file, body, littleEndian)
    if (hasTag(file.bytes, at, 'data')) {
      if (format === undefined) throw undecodable(file, 'WAV data before its format')
      // A recorder that did not know the length wrote 0 or 0xFFFFFFFF: all that follows is sound.
      const bytes = size === 0 ? file.bytes.subarray(at + 8) : body
      return decodeData({ bytes, source: file.source }, format, littleEndian)
    }
    at += 8 + size + (size & 1)
  }
  throw undecodable(file, 'WAV file without data')
}

function readFormat(file: AudioFile, body: Uint8Array, littleEndian: boolean): Format {
  if (body.length < 16) throw undecodable(file, 'WAV format chunk too short')
  const view = viewOf(body)
  const tag = view.getUint16(0, littleEndian)
  return {
    // The tag of an extensible format is the beginning of its GUID.
    tag: tag === wavFormat.extensible && body.length >= 26 ? view.getUint16(24, littleEndian) : tag,
    channels: view.getUint16(2, littleEndian),
    rateHz: view.getUint32(4, littleEndian),
    blockBytes: view.getUint16(12, littleEndian),
    bits: view.getUint16(14, littleEndian),
  }
}

function decodeData(file: AudioFile, format: Format, littleEndian: boolean): DecodedAudio {
  if (format.tag === wavFormat.mp3) return decodeMp3(file)
  if (format.tag === wavFormat.imaAdpcm) return decodeImaAdpcm(file, format)
  const code = codeOf(format)
  if (code === undefined) throw undecodable(file, `WAV format ${format.tag} with ${format.bits} bits`)
  return decodeLinear(file, { code, littleEndian, channels: format.channels, rateHz: format.rateHz })
}

function codeOf({ tag, bits, blockBytes, channels }: Format): SampleCode | undefined {
  if (tag === wavFormat.mulaw) return 'pcmu'
  if (tag === wavFormat.alaw) return 'pcma'
  if (tag === wavFormat.float) return bits === 64 ? 'f64' : bits === 32 ? 'f32' : undefined
  if (tag !== wavFormat.pcm) return undefined
  // 12 bits, say, stand left-aligned in two bytes: the container decides.
  const containerBits = channels > 0 && blockBytes > 0 ? (8 * blockBytes) / channels : Math.ceil(bits / 8) * 8
  return ({ 8: 'u8', 16: 's16', 24: 's24', 32: 's32' } as const)[containerBits]
}

/** The 44 bytes in front of `dataBytes` bytes of 16-bit samples, those of several channels in turn. */
export function wavHeader(dataBytes: number, rateHz: number, channels = 1): Uint8Array {
  const header = new Uint8Array(44)
  const view = viewOf(header)
  const tag = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at)
  tag(0, 'RIFF')
  view.setUint32(4, 36 + dataBytes, true)
  tag(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, wavFormat.pcm, true)
  view.setUint16(22, channels, true)
  view.setUint32(24, rateHz, true)
  view.setUint32(28, 2 * channels * rateHz, true)
  view.setUint16(32, 2 * channels, true)
  view.setUint16(34, 16, true)
  tag(36, 'data')
  view.setUint32(40, dataBytes, true)
  return header
}
