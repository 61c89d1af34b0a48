import { decodeAudio, type AudioFile, type DecodeOptions } from '../media/index.ts'

export interface DecodeJob {
  readonly file: AudioFile
  readonly options: DecodeOptions
}

export const decodeJob = ({ file, options }: DecodeJob): Int16Array => decodeAudio(file, options)
