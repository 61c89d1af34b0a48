import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { checkShape, hasTag, undecodable, type AudioFile, type DecodedAudio } from './decoded.ts'
import { firstFrame, gapsOf, wholeFrames, type Mp3Frame } from './mp3-frame.ts'

/** What minimp3, compiled to WebAssembly, exports. Offsets and sizes are bytes of its memory. */
interface Minimp3 {
  readonly memory: WebAssembly.Memory
  decoder_init(): void
  decoder_set_mp3_data_size(bytes: number): void
  decoder_mp3_data_offset(): number
  decoder_mp3_data_size(): number
  decoder_decode(seconds: number): void
  decoder_pcm_data_offset(): number
  decoder_pcm_data_size(): number
  decode_results_sampling_rate(): number
  decode_results_num_channels(): number
  decode_results_num_samples(): number
}

/** How much is decoded at a time, so that an hour of MP3 is never whole in memory. */
const secondsPerChunk = 1

let compiled: WebAssembly.Module | undefined

/** Is this an MP3 file: a tag of ID3, or two frames of layer III in a row? */
export function isMp3(bytes: Uint8Array): boolean {
  return hasTag(bytes, 0, 'ID3') || firstFrame(bytes) !== undefined
}

/**
 * Reads MPEG 1, 2 and 2.5 layer III, any bit rate, mono or stereo. The silence that an encoder adds at both ends is cut
 * where the file says how long it is (LAME's tag).
 *
 * @throws MEDIA_DECODE
 */
export function decodeMp3(file: AudioFile): DecodedAudio {
  const frame = firstFrame(file.bytes)
  if (frame === undefined) throw undecodable(file, 'no MPEG layer III frame')
  checkShape(file, frame)
  return { rateHz: frame.rateHz, chunks: trimmed(samplesOf(file, frame), gapsOf(file.bytes, frame)) }
}

function* samplesOf(file: AudioFile, frame: Mp3Frame): Generator<Float32Array> {
  const decoder = load()
  const data = wholeFrames(file.bytes, frame)
  try {
    decoder.decoder_init()
    decoder.decoder_set_mp3_data_size(data.length)
    new Uint8Array(decoder.memory.buffer, decoder.decoder_mp3_data_offset(), data.length).set(data)
    // Every chunk holds at least a frame of 24 bytes or is empty: this many cannot be exceeded.
    for (let chunk = 0; chunk <= data.length; chunk++) {
      decoder.decoder_decode(secondsPerChunk)
      if (decoder.decode_results_num_samples() === 0) return
      if (decoder.decode_results_sampling_rate() !== frame.rateHz) throw undecodable(file, 'the sample rate changes')
      yield mono(decoder)
    }
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw undecodable(file, 'the MP3 decoder gave up', error)
    throw error
  }
}

function mono(decoder: Minimp3): Float32Array {
  const channels = decoder.decode_results_num_channels()
  const samples = new Int16Array(
    decoder.memory.buffer,
    decoder.decoder_pcm_data_offset(),
    decoder.decode_results_num_samples(),
  )
  const mixed = new Float32Array(Math.floor(samples.length / channels))
  for (let i = 0; i < mixed.length; i++) {
    const left = samples[i * channels] ?? 0
    const right = channels === 2 ? (samples[i * channels + 1] ?? 0) : left
    mixed[i] = (left + right) / 65_536
  }
  return mixed
}

/** Leaves out `begin` samples at the beginning and `end` at the end. */
function* trimmed(
  chunks: Iterable<Float32Array>,
  { begin, end }: { begin: number; end: number },
): Generator<Float32Array> {
  let skip = begin
  let held: Float32Array = new Float32Array(0)
  for (const whole of chunks) {
    const chunk = whole.subarray(Math.min(skip, whole.length))
    skip -= whole.length - chunk.length
    const both = new Float32Array(held.length + chunk.length)
    both.set(held)
    both.set(chunk, held.length)
    const ready = Math.max(0, both.length - end)
    held = both.subarray(ready)
    if (ready > 0) yield both.subarray(0, ready)
  }
}

function load(): Minimp3 {
  compiled ??= new WebAssembly.Module(
    readFileSync(createRequire(import.meta.url).resolve('minimp3-wasm/dist/decoder.opt.wasm')),
  )
  // A fresh instance each time: what one file leaves behind cannot reach the next.
  return new WebAssembly.Instance(compiled, {}).exports as Minimp3
}
