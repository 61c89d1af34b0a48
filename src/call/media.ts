/** What a leg can hear. Where it comes from, how it is decoded and whether it is cached is {@link AudioLibrary}'s. */
export type MediaSource =
  | { readonly kind: 'stored'; readonly accountId: string; readonly id: string }
  | { readonly kind: 'prompt'; readonly accountId: string; readonly name: string; readonly language: string }
  | { readonly kind: 'url'; readonly url: string }
  | Speech
  | { readonly kind: 'tone'; readonly spec: string }
  | { readonly kind: 'silence'; readonly ms: number }
  /** What a leg has recorded and nobody has kept yet: a {@link Recording}'s file, to be listened to before it is kept. */
  | { readonly kind: 'recording'; readonly id: string; readonly path: string | undefined }

/** Text to be spoken. `ssml` is a fragment of SSML elements and text, without a root; it wins over `text`. */
export interface Speech {
  readonly kind: 'speech'
  readonly text: string
  readonly ssml?: string
  /** `male`, `female`, or a provider's own name (`Polly.Joanna`). */
  readonly voice: string
  /** BCP 47, any case (`en-us`). */
  readonly language: string
  /** The provider asked for, when the document names one. */
  readonly engine?: string
}

/** Audio ready to be heard: 16-bit linear samples at 8 kHz in shared memory, and a key that names the content. */
export interface Audio {
  readonly key: string
  readonly samples: Int16Array
  readonly durationMs: number
  /** The source itself never ends (`loops=-1`, `silence_stream://-1`): repeat it until stopped. */
  readonly endless: boolean
}

/** Fetches, decodes, synthesizes and caches. One call per source does the work; the others share it. */
export interface AudioLibrary {
  /** @throws MEDIA_NOT_FOUND · MEDIA_UNAVAILABLE · MEDIA_DECODE · MEDIA_TOO_LONG · SPEECH_FAILED */
  open(source: MediaSource, signal: AbortSignal): Promise<Audio>
}

export interface MediaScope {
  readonly accountId: string
  readonly language: string
}

/**
 * The source that a KAZOO media reference names, or undefined for none (an empty reference is skipped, not played).
 *
 * @source KAZOO kz_media_util.erl, media_path; docs/compatibility.md#media
 */
export function mediaSource(
  reference: string | undefined,
  { accountId, language }: MediaScope,
): MediaSource | undefined {
  const text = reference?.trim() ?? ''
  if (text === '') return undefined
  const scheme = /^([a-z_]+):\/\/(.*)$/is.exec(text)
  const rest = scheme?.[2] ?? ''
  switch (scheme?.[1]?.toLowerCase()) {
    case 'http':
    case 'https':
      return { kind: 'url', url: text }
    case 'tone_stream':
      return { kind: 'tone', spec: rest }
    case 'silence_stream':
      return { kind: 'silence', ms: Number.parseInt(rest, 10) || 0 }
    case 'local_stream':
      return { kind: 'prompt', accountId, name: 'music-on-hold', language }
    case 'prompt': {
      const [, name = '', promptLanguage = language] = rest.split('/')
      return { kind: 'prompt', accountId, name, language: promptLanguage }
    }
    case undefined:
      break
    default:
      return { kind: 'stored', accountId, id: text }
  }
  const system = /^\/?system_media\/(?:([A-Za-z]{2}(?:-[A-Za-z]{2})?)\/)?([^/]+)$/.exec(text)
  if (system !== null) return { kind: 'prompt', accountId, name: system[2] ?? '', language: system[1] ?? language }
  const stored = /^\/[^/]+\/([^/]+)/.exec(text)
  return { kind: 'stored', accountId, id: stored?.[1] ?? text }
}

/** How people speak of a source: in transcripts, events and logs. */
export function nameOf(source: MediaSource): string {
  switch (source.kind) {
    case 'stored':
      return source.id
    case 'prompt':
      return source.name
    case 'url':
      return source.url
    case 'speech':
      return JSON.stringify(source.text)
    case 'tone':
      return `tone_stream://${source.spec}`
    case 'silence':
      return `silence_stream://${source.ms}`
    case 'recording':
      return 'recording'
  }
}
