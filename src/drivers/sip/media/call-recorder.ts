import { meanAmplitude } from '../../../media/index.ts'
import type { CallRecordSettings, Recorded } from '../media-port.ts'
import { frameMs, frameSamples, samplesPerMs } from './protocol.ts'
import { Timeline } from './timeline.ts'
import { WavFile } from './wav-file.ts'

/** How far the recording is behind: packets that are late within this still find their place. 120 ms. */
const lagFrames = 6
/** Mean amplitude of a frame of speech: see `Recorder`. */
const speechLevel = 256
const leastSpeechFrames = 2
/** What is kept before the first and after the last word when a recording is trimmed: 100 ms. */
const marginFrames = 5

/** What the leg heard in one frame, until what it said then is complete. */
interface Moment {
  readonly heard: Int16Array
  isMasked: boolean
}

/**
 * Records a leg from both sides. There is one clock, the leg's own frames: what it hears is exactly what was sent in
 * each, what it says is put where it arrived. Time that was lost is silence on both sides.
 */
export class CallRecorder {
  readonly job: number
  readonly #settings: CallRecordSettings
  readonly #file: WavFile
  readonly #says = new Timeline(lagFrames)
  readonly #moments: Moment[] = Array.from({ length: lagFrames }, () => ({
    heard: new Int16Array(frameSamples),
    isMasked: false,
  }))
  readonly #said = new Int16Array(frameSamples)
  readonly #frame: Int16Array
  readonly #mostFrames: number
  /** When the first frame began. */
  #begunMs: number | undefined
  /** Frames of time since the beginning. */
  #passed = 0
  #loudFrames = 0
  #hadSpeech = false
  /** The end of the last word, in samples of the file. */
  #speechEnd = 0
  #before: Int16Array[] = []
  isMasked = false

  constructor(job: number, settings: CallRecordSettings) {
    this.job = job
    this.#settings = settings
    const channels = settings.channels === 'separate' ? 2 : 1
    this.#file = new WavFile(settings.path, channels)
    this.#frame = new Int16Array(channels * frameSamples)
    this.#mostFrames = Math.ceil(settings.maxMs / frameMs)
  }

  get problem(): string | undefined {
    return this.#file.problem
  }

  /** Takes in what the leg says. */
  hear(timestamp: number, samples: Int16Array, nowMs: number): void {
    if (this.#begunMs !== undefined) this.#says.put(timestamp, samples, (nowMs - this.#begunMs) * samplesPerMs)
  }

  /** Lets `frames` frames pass; in the last of them the leg hears `heard`. @returns why the recording is over, if it is */
  tick(frames: number, heard: Int16Array | undefined, nowMs: number): 'limit' | undefined {
    this.#begunMs ??= nowMs
    for (let i = 1; i <= frames; i++) {
      if (this.#passed >= this.#mostFrames) return 'limit'
      this.#pass(i === frames ? heard : undefined)
    }
    return this.#passed >= this.#mostFrames ? 'limit' : undefined
  }

  /** Ends the recording and completes the file. */
  async finish(endedBy: Recorded['endedBy']): Promise<Recorded> {
    for (let i = 0; i < lagFrames; i++) this.#pass(undefined)
    const most = Math.floor(this.#settings.maxMs * samplesPerMs)
    const spoken = this.#speechEnd + marginFrames * frameSamples
    const kept = Math.min(this.#file.samples, most, this.#settings.trim ? spoken : most)
    await this.#file.close(kept)
    return { durationMs: Math.round(kept / samplesPerMs), endedBy, hadSpeech: this.#hadSpeech }
  }

  /** One frame begins, and the one that lies the lag behind it is complete. */
  #pass(heard: Int16Array | undefined): void {
    const moment = this.#moments[this.#passed % lagFrames]
    if (moment === undefined) return
    this.#says.take(this.#said)
    if (this.#passed++ >= lagFrames) this.#write(moment)
    moment.isMasked = this.isMasked
    if (heard === undefined) moment.heard.fill(0)
    else moment.heard.set(heard)
  }

  #write({ heard, isMasked }: Moment): void {
    const { track, trim } = this.#settings
    if (isMasked || track === 'hears') this.#said.fill(0)
    if (isMasked || track === 'says') heard.fill(0)
    const isLoud = Math.max(meanAmplitude(this.#said), meanAmplitude(heard)) >= speechLevel
    this.#loudFrames = isLoud ? this.#loudFrames + 1 : 0
    const isSpeech = this.#loudFrames >= leastSpeechFrames
    this.#hadSpeech ||= isSpeech
    this.#join(heard)
    if (trim && !this.#hadSpeech) {
      this.#before.push(this.#frame.slice())
      if (this.#before.length > marginFrames) this.#before.shift()
      return
    }
    for (const frame of this.#before) this.#file.write(frame)
    this.#before = []
    this.#file.write(this.#frame)
    if (isSpeech) this.#speechEnd = this.#file.samples
  }

  /** Both sides as they are in the file: one after the other, or added up. */
  #join(heard: Int16Array): void {
    const [said, frame] = [this.#said, this.#frame]
    for (let i = 0; i < frameSamples; i++) {
      const [left, right] = [said[i] ?? 0, heard[i] ?? 0]
      if (this.#settings.channels === 'separate') {
        frame[2 * i] = left
        frame[2 * i + 1] = right
      } else frame[i] = Math.max(-32_768, Math.min(32_767, left + right))
    }
  }
}
