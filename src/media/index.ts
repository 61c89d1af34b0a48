export { decodeG711, encodeG711, type G711Law } from './g711.ts'
export { telephoneHz, type AudioFile } from './decoded.ts'
export { decodeAudio, toShared, type DecodeOptions } from './decode.ts'
export { audioFormat, type AudioFormat, type FormatHints } from './sniff.ts'
export { wavHeader } from './wav.ts'
export {
  dtmfFrequencies,
  generateDtmf,
  generateSilence,
  generateTones,
  type DtmfTiming,
  type Generated,
} from './tones.ts'
export { generateMusic } from './music.ts'
export { toneAmplitude, toneLevelDb } from './goertzel.ts'
