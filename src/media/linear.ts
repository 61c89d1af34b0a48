import { decodeG711 } from './g711.ts'
import { checkShape, viewOf, type AudioFile, type DecodedAudio } from './decoded.ts'

/** How one sample is written in a file without compression (G.711 counts as such: a byte is a sample). */
export type SampleCode = 'u8' | 's8' | 's16' | 's24' | 's32' | 'f32' | 'f64' | 'pcmu' | 'pcma'

export interface LinearLayout {
  readonly code: SampleCode
  readonly littleEndian: boolean
  readonly channels: number
  readonly rateHz: number
}

const framesPerChunk = 16_384

const widthOf: { readonly [C in SampleCode]: number } = {
  u8: 1,
  s8: 1,
  s16: 2,
  s24: 3,
  s32: 4,
  f32: 4,
  f64: 8,
  pcmu: 1,
  pcma: 1,
}

type Read = (view: DataView, at: number, littleEndian: boolean) => number

const mulaw = decodeG711(
  new Uint8Array(256).map((_, byte) => byte),
  'pcmu',
)
const alaw = decodeG711(
  new Uint8Array(256).map((_, byte) => byte),
  'pcma',
)

const readers: { readonly [C in SampleCode]: Read } = {
  u8: (view, at) => (view.getUint8(at) - 128) / 128,
  s8: (view, at) => view.getInt8(at) / 128,
  s16: (view, at, littleEndian) => view.getInt16(at, littleEndian) / 32_768,
  s24: (view, at, littleEndian) =>
    littleEndian
      ? ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608
      : ((view.getInt16(at, false) << 8) | view.getUint8(at + 2)) / 8_388_608,
  s32: (view, at, littleEndian) => view.getInt32(at, littleEndian) / 2_147_483_648,
  f32: (view, at, littleEndian) => finite(view.getFloat32(at, littleEndian)),
  f64: (view, at, littleEndian) => finite(view.getFloat64(at, littleEndian)),
  pcmu: (view, at) => (mulaw[view.getUint8(at)] ?? 0) / 32_768,
  pcma: (view, at) => (alaw[view.getUint8(at)] ?? 0) / 32_768,
}

/**
 * The frames in `file.bytes`, mixed down to mono. A last frame that is not whole is left out.
 *
 * @throws MEDIA_DECODE for a rate or number of channels that no recording has
 */
export function decodeLinear(file: AudioFile, layout: LinearLayout): DecodedAudio {
  checkShape(file, layout)
  return { rateHz: layout.rateHz, chunks: chunksOf(file.bytes, layout) }
}

function* chunksOf(bytes: Uint8Array, { code, littleEndian, channels }: LinearLayout): Generator<Float32Array> {
  const view = viewOf(bytes)
  const read = readers[code]
  const width = widthOf[code]
  const frames = Math.floor(bytes.length / (width * channels))
  for (let from = 0; from < frames; from += framesPerChunk) {
    const chunk = new Float32Array(Math.min(framesPerChunk, frames - from))
    let at = from * width * channels
    for (let i = 0; i < chunk.length; i++) {
      let sum = 0
      for (let channel = 0; channel < channels; channel++, at += width) sum += read(view, at, littleEndian)
      chunk[i] = sum / channels
    }
    yield chunk
  }
}

/** Floats may hold anything: what is not a number is silence, what is louder than full scale is full scale. */
function finite(value: number): number {
  return value > -1 ? (value < 1 ? value : 1) : value <= -1 ? -1 : 0
}
