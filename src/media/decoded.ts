import { Failure } from '../base/index.ts'

/** Every sound of the house: mono, 16 bits, at this rate. */
export const telephoneHz = 8_000

/** The bytes of an audio file, and what to call it when it cannot be read. */
export interface AudioFile {
  readonly bytes: Uint8Array
  readonly source: string
}

/** What a decoder gives: mono samples between -1 and 1, in chunks so that a long file is never whole in memory. */
export interface DecodedAudio {
  readonly rateHz: number
  readonly chunks: Iterable<Float32Array>
}

/** The lowest and highest rate of a file that is taken for audio. */
const lowestHz = 1_000
const highestHz = 192_000
const mostChannels = 32

export function undecodable({ source }: AudioFile, problem: string, cause?: unknown): Failure<'MEDIA_DECODE'> {
  return new Failure('MEDIA_DECODE', { source, problem }, cause === undefined ? {} : { cause })
}

/** @throws MEDIA_DECODE when the numbers of a header cannot be those of a recording */
export function checkShape(file: AudioFile, { rateHz, channels }: { rateHz: number; channels: number }): void {
  if (!(rateHz >= lowestHz && rateHz <= highestHz)) throw undecodable(file, `sample rate ${rateHz} Hz`)
  if (!(channels >= 1 && channels <= mostChannels)) throw undecodable(file, `${channels} channels`)
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Is this text, in ASCII, at this place? */
export function hasTag(bytes: Uint8Array, at: number, tag: string): boolean {
  if (at + tag.length > bytes.length) return false
  for (let i = 0; i < tag.length; i++) if (bytes[at + i] !== tag.charCodeAt(i)) return false
  return true
}
