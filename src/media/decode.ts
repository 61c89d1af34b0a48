import { Failure } from '../base/index.ts'
import { decodeAiff } from './aiff.ts'
import { decodeAu } from './au.ts'
import { telephoneHz, undecodable, type AudioFile, type DecodedAudio } from './decoded.ts'
import { decodeLinear } from './linear.ts'
import { decodeMp3 } from './mp3.ts'
import { Resampler } from './resample.ts'
import { audioFormat, type AudioFormat, type FormatHints } from './sniff.ts'
import { decodeWav } from './wav.ts'

export interface DecodeOptions extends FormatHints {
  /** Known already: nothing is looked at. */
  readonly format?: AudioFormat
  readonly mostMs: number
}

/**
 * A whole file as samples that a telephone can hear: mono, 16 bits, 8 kHz, in shared memory.
 *
 * @throws MEDIA_DECODE · MEDIA_TOO_LONG
 */
export function decodeAudio(file: AudioFile, options: DecodeOptions): Int16Array {
  const format = options.format ?? audioFormat(file.bytes, options)
  if (format === undefined) throw undecodable(file, 'not a kind of audio that is known')
  const { rateHz, chunks } = decode(file, format)
  const most = Math.floor((options.mostMs * telephoneHz) / 1_000)
  return toShared(gather(file, resampled(chunks, rateHz), most, options.mostMs))
}

function decode(file: AudioFile, format: AudioFormat): DecodedAudio {
  switch (format.kind) {
    case 'wav':
      return decodeWav(file)
    case 'mp3':
      return decodeMp3(file)
    case 'au':
      return decodeAu(file)
    case 'aiff':
      return decodeAiff(file)
    case 'raw':
      return decodeLinear(file, { channels: 1, littleEndian: true, ...format })
  }
}

function* resampled(chunks: Iterable<Float32Array>, rateHz: number): Generator<Float32Array> {
  if (rateHz === telephoneHz) {
    yield* chunks
    return
  }
  const resampler = new Resampler(rateHz, telephoneHz)
  for (const chunk of chunks) yield resampler.push(chunk)
  yield resampler.finish()
}

function gather(file: AudioFile, chunks: Iterable<Float32Array>, most: number, mostMs: number): Int16Array[] {
  const parts: Int16Array[] = []
  let count = 0
  for (const chunk of chunks) {
    count += chunk.length
    if (count > most) throw new Failure('MEDIA_TOO_LONG', { source: file.source, mostMs })
    parts.push(toInt16(chunk))
  }
  return parts
}

function toInt16(chunk: Float32Array): Int16Array {
  const samples = new Int16Array(chunk.length)
  for (let i = 0; i < samples.length; i++) {
    samples[i] = Math.max(-32_768, Math.min(32_767, Math.round((chunk[i] ?? 0) * 32_768)))
  }
  return samples
}

/** Samples one after another in memory that every thread can read. */
export function toShared(parts: readonly Int16Array[]): Int16Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const shared = new Int16Array(new SharedArrayBuffer(2 * length))
  let at = 0
  for (const part of parts) {
    shared.set(part, at)
    at += part.length
  }
  return shared
}
