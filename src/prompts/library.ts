import { createHash, webcrypto } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Failure, unlessAborted, type Clock, type Log } from '../base/index.ts'
import { nameOf, type Audio, type AudioLibrary, type MediaSource, type Speech } from '../call/index.ts'
import { shownUrl, type Http } from '../http/index.ts'
import {
  audioFormat,
  generateMusic,
  generateSilence,
  generateTones,
  telephoneHz,
  type FormatHints,
  type Generated,
} from '../media/index.ts'
import { decodeJob, type DecodeJob } from './decode-job.ts'
import type { MediaDocuments, StoredMedia } from './documents.ts'
import { Flights } from './flights.ts'
import type { Jobs } from './job-thread.ts'
import { defaultLanguage, languageCandidates } from './languages.ts'
import { MemoryCache } from './memory-cache.ts'
import type { Speaker } from './speech/speaker.ts'
import { promptTexts } from './texts.ts'
import { WebMedia, type WebFile } from './web-media.ts'

export interface LibraryParts {
  readonly documents: MediaDocuments
  readonly http: Http
  /** The file that an address of our own names: it is read, not asked for. */
  readonly ownFile: (url: string) => Promise<OwnFile | undefined>
  readonly speaker: Speaker
  readonly decoder: Jobs<DecodeJob, Int16Array>
  readonly clock: Clock
  readonly log: Log
  readonly limits: LibraryLimits
}

export interface OwnFile {
  readonly path: string
  readonly contentType: string
}

export interface LibraryLimits {
  /** Of a file, wherever it comes from. */
  readonly mostBytes: number
  /** Of anything that is heard. */
  readonly mostMs: number
  /** Of decoded audio kept in memory. */
  readonly memoryBytes: number
}

/** Files up to this size, where decoding costs next to nothing, are not worth a trip to another thread. */
const smallBytes = 32_768
const promptVoice = 'female'
/** So long a document and its file are taken to be as they were: a changed one is heard after at most this. */
const freshMs = 1_000
const mostFresh = 1_000

/** Where everything that a leg can hear comes from. */
export class Library implements AudioLibrary {
  readonly #parts: LibraryParts
  readonly #memory: MemoryCache
  readonly #web: WebMedia
  readonly #flights = new Flights<Audio>()
  /** Which audio documents of accounts named a moment ago: a busy number costs no look at the disk per call. */
  readonly #fresh = new Map<string, { readonly key: string; readonly untilMs: number }>()
  readonly #closing = new AbortController()

  constructor(parts: LibraryParts) {
    this.#parts = parts
    this.#memory = new MemoryCache(parts.limits.memoryBytes)
    this.#web = new WebMedia({
      http: parts.http,
      clock: parts.clock,
      log: parts.log,
      mostBytes: parts.limits.mostBytes,
      decode: (file) => this.#decodeWebFile(file),
      known: (key) => this.#memory.get(key),
    })
  }

  /** Whoever is no longer interested stops waiting; the work goes on for the others, and for the cache. */
  async open(source: MediaSource, signal: AbortSignal): Promise<Audio> {
    signal.throwIfAborted()
    const asked = JSON.stringify(source)
    const fresh = this.#fresh.get(asked)
    const known =
      fresh !== undefined && fresh.untilMs > this.#parts.clock.now() ? this.#memory.get(fresh.key) : undefined
    if (known !== undefined) return known
    return unlessAborted(
      this.#flights.share(asked, () => this.#openFresh(source, asked)),
      signal,
    )
  }

  close(): void {
    this.#closing.abort(new Failure('MEDIA_UNAVAILABLE', { source: 'all', reason: 'the server stops' }))
  }

  async #openFresh(source: MediaSource, asked: string): Promise<Audio> {
    const audio = await this.#open(source)
    if (source.kind === 'stored' || source.kind === 'prompt') {
      if (this.#fresh.size >= mostFresh) this.#fresh.clear()
      this.#fresh.set(asked, { key: audio.key, untilMs: this.#parts.clock.now() + freshMs })
    }
    return audio
  }

  #open(source: MediaSource): Promise<Audio> {
    switch (source.kind) {
      case 'tone':
        return this.#generated(nameOf(source), () => generateTones(source.spec, this.#parts.limits))
      case 'silence':
        return this.#generated(nameOf(source), () => generateSilence(source.ms, this.#parts.limits))
      case 'speech':
        return this.#speak(source)
      case 'url':
        return this.#openUrl(source.url)
      case 'stored':
        return this.#openStored(source.accountId, source.id)
      case 'prompt':
        return this.#openPrompt(source)
      case 'recording':
        return this.#openFile(source.path ?? '', source.id, 'audio/wav')
    }
  }

  async #generated(key: string, generate: () => Generated): Promise<Audio> {
    return this.#memory.get(key) ?? this.#keep({ key, ...generate() })
  }

  async #speak(speech: Speech): Promise<Audio> {
    const { key, samples } = await this.#parts.speaker.speak(
      speech,
      (known) => this.#memory.get(known),
      this.#closing.signal,
    )
    return this.#memory.get(key) ?? this.#keep({ key, samples, endless: false })
  }

  async #openStored(accountId: string, id: string): Promise<Audio> {
    const media = await this.#parts.documents.media(accountId, id)
    if (media === undefined) throw new Failure('MEDIA_NOT_FOUND', { source: id })
    return this.#openMedia(media, id)
  }

  /** The account's own version in any language of the chain wins over ours, which is English. */
  async #openPrompt({ accountId, name, language }: MediaSource & { kind: 'prompt' }): Promise<Audio> {
    const candidates = new Set([...languageCandidates(language), ...languageCandidates(defaultLanguage)])
    for (const candidate of candidates) {
      const media = await this.#parts.documents.prompt(accountId, name, candidate)
      if (media !== undefined) return this.#openMedia(media, name)
    }
    if (name === 'music-on-hold') return this.#generated(name, generateMusic)
    const text = Object.hasOwn(promptTexts, name) ? promptTexts[name] : undefined
    if (text === undefined) throw new Failure('MEDIA_NOT_FOUND', { source: name })
    return this.#speak({ kind: 'speech', text, voice: promptVoice, language: defaultLanguage })
  }

  #openMedia(media: StoredMedia, source: string): Promise<Audio> {
    switch (media.kind) {
      case 'text': {
        const { text, voice = promptVoice, language = defaultLanguage } = media
        return this.#speak({ kind: 'speech', text, voice, language })
      }
      case 'url':
        return this.#openUrl(media.url)
      case 'bytes':
        return this.#decode(media.bytes, source, { contentType: media.contentType })
      case 'file':
        return this.#openFile(media.path, source, media.contentType)
    }
  }

  async #openUrl(url: string): Promise<Audio> {
    const own = await this.#parts.ownFile(url)
    if (own !== undefined) return this.#openFile(own.path, shownUrl(url), own.contentType)
    return this.#web.open(url, this.#closing.signal)
  }

  /** A file that has not changed since is not read again. */
  async #openFile(path: string, source: string, contentType: string | undefined): Promise<Audio> {
    const { mostBytes } = this.#parts.limits
    const file = await stat(path).catch((error: unknown) => {
      throw new Failure('MEDIA_NOT_FOUND', { source }, { cause: error })
    })
    if (!file.isFile()) throw new Failure('MEDIA_NOT_FOUND', { source })
    if (file.size > mostBytes) {
      throw new Failure('MEDIA_UNAVAILABLE', { source, reason: `larger than ${mostBytes} bytes` })
    }
    const key = `file:${hash(JSON.stringify([path, file.size, file.mtimeMs, contentType]))}`
    const before = this.#memory.get(key)
    if (before !== undefined) return before
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new Failure('MEDIA_UNAVAILABLE', { source, reason: 'the file cannot be read' }, { cause: error })
    })
    return this.#keep({
      key,
      samples: await this.#samplesOf(bytes, source, { contentType, name: path }),
      endless: false,
    })
  }

  #decodeWebFile({ url, bytes, contentType }: WebFile): Promise<Audio> {
    return this.#decode(bytes, shownUrl(url), { contentType, name: url })
  }

  async #decode(bytes: Uint8Array, source: string, hints: FormatHints): Promise<Audio> {
    const key = `bytes:${await hashOf(bytes)}`
    const before = this.#memory.get(key)
    return before ?? this.#keep({ key, samples: await this.#samplesOf(bytes, source, hints), endless: false })
  }

  /** @throws MEDIA_DECODE · MEDIA_TOO_LONG */
  async #samplesOf(bytes: Uint8Array, source: string, hints: FormatHints): Promise<Int16Array> {
    const format = audioFormat(bytes, hints)
    if (format === undefined) {
      throw new Failure('MEDIA_DECODE', { source, problem: 'not a kind of audio that is known' })
    }
    const job = { file: { bytes, source }, options: { format, mostMs: this.#parts.limits.mostMs } }
    const isSmall = bytes.length <= smallBytes && format.kind !== 'mp3'
    return isSmall ? decodeJob(job) : this.#parts.decoder.run(job)
  }

  #keep(audio: Omit<Audio, 'durationMs'>): Audio {
    const whole = { ...audio, durationMs: Math.round((audio.samples.length * 1_000) / telephoneHz) }
    this.#memory.put(whole)
    return whole
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40)

/** In the thread pool: twenty megabytes would keep every call waiting. */
async function hashOf(bytes: Uint8Array): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', bytes)
  return Buffer.from(digest).toString('hex').slice(0, 40)
}
