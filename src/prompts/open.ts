import { join } from 'node:path'
import { Failure, type Clock, type Log } from '../base/index.ts'
import type { AudioLibrary } from '../call/index.ts'
import type { Http } from '../http/index.ts'
import { audioFormat } from '../media/index.ts'
import type { DecodeJob } from './decode-job.ts'
import type { MediaDocuments } from './documents.ts'
import { JobThread, threadFile, type Jobs } from './job-thread.ts'
import { Library, type LibraryLimits, type OwnFile } from './library.ts'
import type { FliteJob } from './speech/flite-job.ts'
import { fliteProvider, fliteThread } from './speech/flite.ts'
import { providersOf } from './speech/providers.ts'
import { SpeechCache } from './speech/speech-cache.ts'
import { Speaker } from './speech/speaker.ts'

export interface AudioLibraryOptions {
  readonly documents: MediaDocuments
  readonly http: Http
  /** The file that an address of our own names (a recording's), which is then read and not asked for. */
  readonly ownFile?: (url: string) => Promise<OwnFile | undefined>
  readonly clock: Clock
  readonly log: Log
  /** Synthesized speech is kept in its folder `speech`. */
  readonly dataDir: string
  /** Providers of speech to be asked before all others: `polly`, `google`, `azure`, `elevenlabs`, `openai`, `command`. */
  readonly speechOrder?: readonly string[]
  /** The folder of Piper's voices. */
  readonly piperVoices?: string
  /** Keys of those providers, and `PATH`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly limits?: Partial<LibraryLimits & { readonly speechCacheBytes: number }>
  /** The threads, where others than our own are wanted (tests, tools that run one call). */
  readonly flite?: Jobs<FliteJob, Int16Array>
  readonly decoder?: Jobs<DecodeJob, Int16Array>
}

export interface OpenAudioLibrary extends AudioLibrary {
  /**
   * Can these bytes be played? Decodes all of them.
   *
   * @param claimed the content type that came with them, which only counts for sound without a header
   * @returns their own content type
   * @throws MEDIA_DECODE · MEDIA_TOO_LONG
   */
  check(bytes: Uint8Array, claimed: string): Promise<string>
  /** Starts the threads, so that the first caller does not wait for them. */
  warm(): Promise<void>
  close(): Promise<void>
}

const megabyte = 1_048_576
const usualLimits = {
  mostBytes: 20 * megabyte,
  mostMs: 900_000,
  memoryBytes: 128 * megabyte,
  speechCacheBytes: 512 * megabyte,
}
const mostDecodeMs = 30_000
const mostDecodesWaiting = 200

/** The audio of the house: documents, web, speech, prompts, tones; threads and caches included. */
export function openAudioLibrary(options: AudioLibraryOptions): OpenAudioLibrary {
  const { documents, http, clock, log, dataDir, speechOrder = [], environment = process.env } = options
  const limits = { ...usualLimits, ...options.limits }
  const decoder = options.decoder ?? decodeThread(clock)
  const flite = options.flite ?? fliteThread(clock)
  const builtIn = fliteProvider(flite)
  const providers = providersOf(speechOrder, builtIn, { http, clock, environment }, options.piperVoices)
  const missing = speechOrder.filter((id) => !providers.all.some((provider) => provider.id === id))
  if (missing.length > 0) log.warn('speech.providers-missing', { missing })
  const cache = new SpeechCache({ folder: join(dataDir, 'speech'), mostBytes: limits.speechCacheBytes, clock, log })
  const speaker = new Speaker({
    providers,
    lastResort: builtIn,
    cache,
    decoder,
    clock,
    log,
    mostMs: limits.mostMs,
  })
  const { ownFile = async () => undefined } = options
  const library = new Library({ documents, http, ownFile, speaker, decoder, clock, log, limits })
  return {
    open: (source, signal) => library.open(source, signal),
    async check(bytes, claimed) {
      const format = audioFormat(bytes, { contentType: claimed })
      const options = { contentType: claimed, mostMs: limits.mostMs }
      await decoder.run({ file: { bytes, source: 'upload' }, options })
      return format === undefined || format.kind === 'raw' ? claimed : contentTypes[format.kind]
    },
    async warm() {
      await Promise.all([flite.warm(), decoder.warm()])
    },
    async close() {
      library.close()
      await Promise.all([flite.close(), decoder.close()])
    },
  }
}

const contentTypes = { wav: 'audio/wav', mp3: 'audio/mpeg', au: 'audio/basic', aiff: 'audio/aiff' } as const

function decodeThread(clock: Clock): Jobs<DecodeJob, Int16Array> {
  return new JobThread({
    file: threadFile('./decode-thread.js', import.meta.url),
    clock,
    mostMs: mostDecodeMs,
    mostWaiting: mostDecodesWaiting,
    failed: (problem, cause) => new Failure('MEDIA_DECODE', { source: 'thread', problem }, { cause }),
  })
}
