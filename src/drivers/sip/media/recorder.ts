import { meanAmplitude } from '../../../media/index.ts'
import { JitterBuffer } from '../../../rtp/index.ts'
import type { Recorded, RecordSettings } from '../media-port.ts'
import { frameMs, frameSamples, samplesPerMs } from './protocol.ts'
import { WavFile } from './wav-file.ts'

/** How far the recording is behind: late packets within this still find their place. */
const lagFrames = 3
/** Mean amplitude of a frame of speech: -42 dB of full scale. Line noise is 10 dB below, a quiet voice 10 dB above. */
const speechLevel = 256
/** A single loud frame is a click. */
const leastSpeechFrames = 2
/** What is kept before the first and after the last word when a recording is trimmed: 100 ms. */
const marginFrames = 5

/**
 * Records one caller: arriving samples are put on a timeline, which is written to disk at the pace of the clock. Gaps
 * are silence in the file; but only silence that was really received ends a recording.
 */
export class Recorder {
  readonly job: number
  readonly #settings: RecordSettings
  readonly #file: WavFile
  readonly #buffer = new JitterBuffer({ delaySamples: lagFrames * frameSamples })
  readonly #frame = new Int16Array(frameSamples)
  readonly #mostFrames: number
  /** Frames of time since the beginning. */
  #passed = 0
  #silentMs = 0
  #loudFrames = 0
  #hadSpeech = false
  /** The end of the last word, in samples of the file. */
  #speechEnd = 0
  /** The last frames before the first word of a trimmed recording. */
  #before: Int16Array[] = []
  /** The far end has said that it sends nothing while there is silence (RFC 3389). */
  #isComfort = false

  constructor(job: number, settings: RecordSettings) {
    this.job = job
    this.#settings = settings
    this.#file = new WavFile(settings.path)
    this.#mostFrames = Math.ceil(settings.maxMs / frameMs)
  }

  get late(): number {
    return this.#buffer.counts.late
  }

  get problem(): string | undefined {
    return this.#file.problem
  }

  /** Takes in what the caller said. */
  hear(timestamp: number, samples: Int16Array): void {
    this.#isComfort = false
    this.#buffer.put(timestamp, samples)
  }

  /** The far end has begun to leave out silence. */
  comfort(): void {
    this.#isComfort = true
  }

  /** Lets `frames` frames pass. @returns why the recording is over now, if it is */
  tick(frames: number): 'silence' | 'limit' | undefined {
    for (let i = 0; i < frames; i++) {
      if (this.#passed >= this.#mostFrames) return 'limit'
      this.#passed++
      this.#take(this.#passed > lagFrames)
      const { silenceMs } = this.#settings
      if (silenceMs > 0 && this.#silentMs >= silenceMs) return 'silence'
    }
    return this.#passed >= this.#mostFrames ? 'limit' : undefined
  }

  /** Ends the recording and completes the file. */
  async finish(endedBy: Recorded['endedBy']): Promise<Recorded> {
    for (let i = Math.min(lagFrames, this.#passed); i > 0; i--) this.#take(true)
    const most = Math.floor(this.#settings.maxMs * samplesPerMs)
    const spoken = this.#speechEnd + marginFrames * frameSamples
    const kept = Math.min(this.#file.samples, most, this.#settings.trim ? spoken : most)
    await this.#file.close(kept)
    return { durationMs: Math.round(kept / samplesPerMs), endedBy, hadSpeech: this.#hadSpeech }
  }

  #take(isWritten: boolean): void {
    const came = this.#buffer.take(this.#frame)
    if (isWritten) this.#judge(came > 0)
  }

  #judge(came: boolean): void {
    this.#loudFrames = meanAmplitude(this.#frame) >= speechLevel ? this.#loudFrames + 1 : 0
    const isSpeech = this.#loudFrames >= leastSpeechFrames
    if (isSpeech) this.#silentMs = 0
    else if (came || this.#isComfort) this.#silentMs += frameMs
    this.#hadSpeech ||= isSpeech
    this.#write()
    if (isSpeech) this.#speechEnd = this.#file.samples
  }

  #write(): void {
    if (!this.#settings.trim || this.#hadSpeech) {
      for (const frame of this.#before) this.#file.write(frame)
      this.#before = []
      this.#file.write(this.#frame)
      return
    }
    this.#before.push(this.#frame.slice())
    if (this.#before.length > marginFrames) this.#before.shift()
  }
}
