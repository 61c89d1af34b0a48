import { newId, type Clock } from '../../base/index.ts'
import type { Digit, Recording, RecordingEnd, RecordOptions } from '../../call/index.ts'
import { pass } from './durations.ts'
import type { RememberedRecording } from './far-end.ts'
import type { Voice } from './voice.ts'

export interface RecordingOptions {
  readonly clock: Clock
  readonly voice: Voice
  /** How it once went. */
  readonly memory: RememberedRecording | undefined
  readonly options: RecordOptions
}

/** What is recorded of whoever is at the far end, from now on: how long it lasts, and whether they speak. */
export class SimulatedRecording {
  readonly #clock: Clock
  readonly #voice: Voice
  readonly #memory: RememberedRecording | undefined
  readonly #options: RecordOptions
  readonly #from: number

  constructor({ clock, voice, memory, options }: RecordingOptions) {
    this.#clock = clock
    this.#voice = voice
    this.#memory = memory
    this.#options = options
    this.#from = clock.now()
  }

  /** Resolves with why it ends by itself. */
  end(signal: AbortSignal): Promise<RecordingEnd> {
    return this.#memory === undefined ? this.#listen(signal) : this.#recall(this.#memory, signal)
  }

  /** What there is of it now. */
  taken(endedBy: RecordingEnd, key: Digit | undefined): Recording {
    const speech = this.#voice.since(this.#from)
    const trimmedMs = speech === undefined ? 0 : speech.until - speech.from
    const durationMs = this.#options.trim ? trimmedMs : this.#clock.now() - this.#from
    const hadSpeech = speech !== undefined
    return { id: newId(), path: undefined, durationMs, endedBy, key, hadSpeech, ...lengthOf(this.#memory) }
  }

  /** Too long, or too long without a word. */
  async #listen(signal: AbortSignal): Promise<RecordingEnd> {
    const { maxMs, silenceMs } = this.#options
    const limitAt = this.#from + maxMs
    for (;;) {
      const now = this.#clock.now()
      const canEnd = silenceMs > 0 && !this.#voice.isSpeaking
      const silentAt = canEnd ? Math.max(this.#from, this.#voice.lastAt) + silenceMs : Infinity
      if (now >= limitAt) return 'limit'
      if (now >= silentAt) return 'silence'
      const changed = new AbortController()
      this.#voice.onceChanged(() => changed.abort())
      const either = AbortSignal.any([signal, changed.signal])
      await this.#clock.sleep(Math.min(limitAt, silentAt) - now, either).catch(() => signal.throwIfAborted())
    }
  }

  async #recall({ silentMs }: RememberedRecording, signal: AbortSignal): Promise<RecordingEnd> {
    const { maxMs } = this.#options
    await pass(this.#clock, Math.min(silentMs, maxMs), signal)
    return silentMs < maxMs ? 'silence' : 'limit'
  }
}

const lengthOf = (memory: RememberedRecording | undefined): Partial<Pick<Recording, 'durationMs' | 'hadSpeech'>> =>
  memory === undefined ? {} : { durationMs: memory.durationMs, hadSpeech: memory.hadSpeech }
