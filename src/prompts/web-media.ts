import { asFailure, Failure, isFailure, type Clock, type Log } from '../base/index.ts'
import type { Audio } from '../call/index.ts'
import { shownUrl, type Http, type HttpAnswer } from '../http/index.ts'
import { readFreshness, type Freshness } from './freshness.ts'

export interface WebMediaOptions {
  readonly http: Http
  readonly clock: Clock
  readonly log: Log
  readonly mostBytes: number
  /** What the bytes are, decoded. */
  readonly decode: (file: WebFile) => Promise<Audio>
  /** Decoded audio that is still in memory. */
  readonly known: (key: string) => Audio | undefined
}

export interface WebFile {
  readonly url: string
  readonly bytes: Uint8Array
  readonly contentType: string | undefined
}

interface Entry {
  readonly key: string
  readonly freshness: Freshness
}

const mostEntries = 10_000
const mostTotalMs = 20_000
const mostConnectMs = 5_000
const mostReadMs = 10_000
const mostRedirects = 10

/**
 * Audio from web servers, asked for again only as far as HTTP's caching rules want it (RFC 9111): fresh audio is played
 * at once, old audio is asked for with its validators, and when the server is down, what was there before is played.
 */
export class WebMedia {
  readonly #options: WebMediaOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: WebMediaOptions) {
    this.#options = options
  }

  /** @throws MEDIA_NOT_FOUND for 404 and 410 · MEDIA_UNAVAILABLE · MEDIA_DECODE · MEDIA_TOO_LONG */
  async open(url: string, signal: AbortSignal): Promise<Audio> {
    const entry = this.#entries.get(url)
    const before = entry === undefined ? undefined : this.#options.known(entry.key)
    if (entry === undefined || before === undefined) return this.#store(url, await this.#ask(url, {}, signal))
    if (this.#options.clock.now() < entry.freshness.freshUntil) return before
    try {
      const answer = await this.#ask(url, entry.freshness.conditions, signal)
      if (answer.status !== 304) return await this.#store(url, answer)
      this.#keep(url, { key: entry.key, freshness: this.#freshnessOf(answer, entry.freshness) })
      return before
    } catch (error) {
      if (!isFailure(error, 'MEDIA_UNAVAILABLE') || this.#options.clock.now() >= entry.freshness.staleUntil) throw error
      this.#options.log.warn('media.stale-played', { url: shownUrl(url), reason: error.details.reason })
      return before
    }
  }

  async #ask(url: string, conditions: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { accept: 'audio/*, application/octet-stream;q=0.5, */*;q=0.1', ...conditions }
    const limits = {
      totalMs: mostTotalMs,
      connectMs: mostConnectMs,
      readMs: mostReadMs,
      mostBytes: this.#options.mostBytes,
      mostRedirects,
    }
    const answer = await this.#options.http({ url, method: 'GET', headers, limits, signal }).catch((error: unknown) => {
      throw new Failure('MEDIA_UNAVAILABLE', { source: shownUrl(url), reason: asFailure(error).code }, { cause: error })
    })
    if (answer.status === 404 || answer.status === 410) {
      this.#entries.delete(url)
      throw new Failure('MEDIA_NOT_FOUND', { source: shownUrl(url) })
    }
    const isGood = answer.status === 200 || (answer.status === 304 && Object.keys(conditions).length > 0)
    if (!isGood) throw new Failure('MEDIA_UNAVAILABLE', { source: shownUrl(url), reason: `status ${answer.status}` })
    return answer
  }

  async #store(url: string, answer: HttpAnswer): Promise<Audio> {
    const contentType = answer.headers['content-type']
    const audio = await this.#options.decode({ url: answer.url, bytes: answer.body, contentType })
    this.#keep(url, { key: audio.key, freshness: this.#freshnessOf(answer) })
    return audio
  }

  #freshnessOf({ headers }: HttpAnswer, before?: Freshness): Freshness {
    return readFreshness(headers, this.#options.clock.now(), before)
  }

  #keep(url: string, entry: Entry): void {
    this.#entries.delete(url)
    if (this.#entries.size >= mostEntries) {
      for (const [oldest] of this.#entries) {
        this.#entries.delete(oldest)
        break
      }
    }
    this.#entries.set(url, entry)
  }
}
