import { checkShape, undecodable, viewOf, type AudioFile, type DecodedAudio } from './decoded.ts'

// IMA Digital Audio Focus and Technical Working Groups, Recommended Practices 3.00, section 6.
const stepTable = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118,
  130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060,
  1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484,
  7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
]
const indexTable = [-1, -1, -1, -1, 2, 4, 6, 8]

export interface AdpcmLayout {
  readonly channels: number
  readonly rateHz: number
  readonly blockBytes: number
}

interface ChannelState {
  predicted: number
  index: number
}

/**
 * IMA ADPCM as WAV files hold it (format 0x11): blocks that each begin with the state of every channel, then words of
 * eight samples, channel by channel.
 *
 * @throws MEDIA_DECODE when the block size cannot be
 */
export function decodeImaAdpcm(file: AudioFile, layout: AdpcmLayout): DecodedAudio {
  checkShape(file, layout)
  const { channels, blockBytes } = layout
  if (blockBytes < 4 * channels || blockBytes > 65_535) throw undecodable(file, `ADPCM blocks of ${blockBytes} bytes`)
  return { rateHz: layout.rateHz, chunks: blocksOf(file.bytes, layout) }
}

function* blocksOf(bytes: Uint8Array, { channels, blockBytes }: AdpcmLayout): Generator<Float32Array> {
  for (let at = 0; at + 4 * channels <= bytes.length; at += blockBytes) {
    yield decodeBlock(bytes.subarray(at, at + blockBytes), channels)
  }
}

function decodeBlock(block: Uint8Array, channels: number): Float32Array {
  const view = viewOf(block)
  const words = Math.floor((block.length - 4 * channels) / (4 * channels))
  const mixed = new Float32Array(1 + 8 * words)
  const scale = 1 / (32_768 * channels)
  for (let channel = 0; channel < channels; channel++) {
    const state = { predicted: view.getInt16(4 * channel, true), index: Math.min(88, view.getUint8(4 * channel + 2)) }
    mixed[0] = (mixed[0] ?? 0) + state.predicted * scale
    for (let word = 0; word < words; word++) {
      const bits = view.getUint32(4 * channels * (1 + word) + 4 * channel, true)
      for (let nibble = 0; nibble < 8; nibble++) {
        const sample = nextSample(state, (bits >>> (4 * nibble)) & 15)
        const at = 1 + 8 * word + nibble
        mixed[at] = (mixed[at] ?? 0) + sample * scale
      }
    }
  }
  return mixed
}

function nextSample(state: ChannelState, nibble: number): number {
  const step = stepTable[state.index] ?? 0
  let difference = step >> 3
  if (nibble & 1) difference += step >> 2
  if (nibble & 2) difference += step >> 1
  if (nibble & 4) difference += step
  const next = state.predicted + (nibble & 8 ? -difference : difference)
  state.predicted = Math.max(-32_768, Math.min(32_767, next))
  state.index = Math.max(0, Math.min(88, state.index + (indexTable[nibble & 7] ?? 0)))
  return state.predicted
}
