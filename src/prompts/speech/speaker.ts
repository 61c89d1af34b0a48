import { createHash } from 'node:crypto'
import { asFailure, Failure, within, type Clock, type Log } from '../../base/index.ts'
import type { Speech } from '../../call/index.ts'
import { generateSilence, telephoneHz, toShared } from '../../media/index.ts'
import type { DecodeJob } from '../decode-job.ts'
import type { Jobs } from '../job-thread.ts'
import { Breaker } from './breaker.ts'
import type { SpeechProvider, SpeechRequest, SpokenPart } from './provider.ts'
import type { Providers } from './providers.ts'
import type { SpeechCache } from './speech-cache.ts'
import { segmentsOfSsml, segmentsOfText, type Segment } from './ssml.ts'
import { readVoice } from './voices.ts'

export interface SpeakerOptions {
  readonly providers: Providers
  /** Says what nobody else can, in whatever language. */
  readonly lastResort: SpeechProvider
  readonly cache: SpeechCache
  readonly decoder: Jobs<DecodeJob, Int16Array>
  readonly clock: Clock
  readonly log: Log
  readonly mostMs: number
}

/** As much as Twilio takes for its largest voices; KAZOO takes 1000. */
const mostCharacters = 5_000
/** A caller waits for it: a provider that takes longer is passed over. */
const mostProviderMs = 20_000
const mostLanguagesWarned = 1_000

export interface Spoken {
  /** Names provider, voice, language and words. */
  readonly key: string
  readonly samples: Int16Array
}

/** Says anything, in the best voice there is: asks one provider after the other until one has spoken. */
export class Speaker {
  readonly #options: SpeakerOptions
  readonly #breakers = new Map<string, Breaker>()
  readonly #warned = new Set<string>()

  constructor(options: SpeakerOptions) {
    this.#options = options
  }

  /**
   * @param known what is in memory already, by key
   * @throws SPEECH_FAILED when nobody could say it · MEDIA_TOO_LONG
   */
  async speak(speech: Speech, known: (key: string) => Spoken | undefined, signal: AbortSignal): Promise<Spoken> {
    const request = readSpeech(speech)
    if (!request.segments.some((segment) => segment.kind === 'text')) return silenceOf(request.segments)
    let last: unknown = new Failure('SPEECH_FAILED', { provider: 'none', problem: 'no provider is there' })
    for (const provider of this.#candidates(request, speech.engine)) {
      const key = keyOf(provider.id, request)
      const before = known(key) ?? (await this.#cached(key))
      if (before !== undefined) return before
      const breaker = this.#breakerOf(provider.id)
      if (!breaker.mayTry) continue
      try {
        const samples = await this.#synthesize(provider, request, signal)
        breaker.succeeded()
        await this.#options.cache.put(key, samples)
        return { key, samples }
      } catch (error) {
        signal.throwIfAborted()
        breaker.failed()
        last = error
        const { code, fault, details } = asFailure(error)
        this.#options.log.warn('speech.failed', { ...details, code, fault, provider: provider.id })
      }
    }
    throw asFailure(last)
  }

  /** The one that the document names, then those that speak the language, then the last resort. */
  #candidates(request: SpeechRequest, engine: string | undefined): readonly SpeechProvider[] {
    const { providers, lastResort } = this.#options
    const named = [request.voice.provider, engine?.toLowerCase()]
    const speaksIt = (provider: SpeechProvider): boolean => provider.speaks(request.language)
    const first = providers.all.filter((provider) => named.includes(provider.id) && speaksIt(provider))
    const able = [...first, ...providers.ordered.filter(speaksIt)]
    if (able.length === 0) this.#warn(request.language)
    return [...new Set([...able, lastResort])]
  }

  /** Once for each language: whoever reads the log shall see it, not drown in it. */
  #warn(language: string): void {
    if (this.#warned.has(language) || this.#warned.size >= mostLanguagesWarned) return
    this.#warned.add(language)
    const { code, fault, details } = new Failure('SPEECH_UNAVAILABLE', { language })
    this.#options.log.warn('speech.unavailable', { code, fault, ...details, spokenBy: this.#options.lastResort.id })
  }

  #breakerOf(id: string): Breaker {
    const breaker = this.#breakers.get(id) ?? new Breaker(this.#options.clock)
    this.#breakers.set(id, breaker)
    return breaker
  }

  async #cached(key: string): Promise<Spoken | undefined> {
    const samples = await this.#options.cache.get(key)
    return samples === undefined ? undefined : { key, samples }
  }

  async #synthesize(provider: SpeechProvider, request: SpeechRequest, signal: AbortSignal): Promise<Int16Array> {
    const { clock } = this.#options
    const problem = `no speech within ${mostProviderMs} ms`
    const parts = await within(
      { clock, ms: mostProviderMs, signal },
      () => new Failure('SPEECH_FAILED', { provider: provider.id, problem }),
      (limited) => provider.synthesize(request, limited),
    )
    const pieces: Int16Array[] = []
    for (const part of parts) pieces.push(await this.#samplesOf(provider.id, part))
    const samples = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : toShared(pieces)
    if (samples.length > (this.#options.mostMs * telephoneHz) / 1_000) {
      throw new Failure('MEDIA_TOO_LONG', { source: provider.id, mostMs: this.#options.mostMs })
    }
    return samples
  }

  async #samplesOf(provider: string, part: SpokenPart): Promise<Int16Array> {
    switch (part.kind) {
      case 'samples':
        return part.samples
      case 'silence':
        return new Int16Array(Math.round((part.ms * telephoneHz) / 1_000))
      case 'file': {
        const options = { format: part.format, mostMs: this.#options.mostMs }
        return this.#options.decoder.run({ file: { bytes: part.bytes, source: provider }, options })
      }
    }
  }
}

/** @throws SPEECH_FAILED for more text than anybody can speak in one go */
function readSpeech(speech: Speech): SpeechRequest {
  const voice = readVoice(speech.voice)
  const language = (voice.language ?? speech.language).toLowerCase()
  const parsed = speech.ssml === undefined ? undefined : segmentsOfSsml(speech.ssml, language)
  const segments = parsed ?? segmentsOfText(speech.text)
  const text = parsed === undefined ? speech.text : textOf(parsed)
  if (text.length > mostCharacters) {
    throw new Failure('SPEECH_FAILED', { provider: 'any', problem: `text of more than ${mostCharacters} characters` })
  }
  return { text, ssml: parsed === undefined ? undefined : speech.ssml, segments, voice, language }
}

const textOf = (segments: readonly Segment[]): string =>
  segments.map((segment) => (segment.kind === 'text' ? segment.text : '')).join(' ')

/** Nothing to say: only the pauses in it. */
function silenceOf(segments: readonly Segment[]): Spoken {
  const ms = segments.reduce((sum, segment) => sum + (segment.kind === 'silence' ? segment.ms : 0), 0)
  return { key: `silence:${ms}`, samples: generateSilence(ms, { mostMs: ms }).samples }
}

function keyOf(provider: string, { ssml, segments, voice, language }: SpeechRequest): string {
  const { gender, name } = voice
  return createHash('sha256')
    .update(JSON.stringify([provider, gender, voice.provider === provider ? name : '', language, ssml, segments]))
    .digest('hex')
    .slice(0, 40)
}
