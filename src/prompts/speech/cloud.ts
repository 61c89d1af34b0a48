import { Failure, type Clock } from '../../base/index.ts'
import type { Http, HttpAnswer } from '../../http/index.ts'
import type { SpeechRequest } from './provider.ts'
import type { SpokenText } from './ssml.ts'

/** What a provider in the cloud is reached and paid with. */
export interface Cloud {
  readonly http: Http
  readonly clock: Clock
  /** The environment: each provider names the keys that it needs. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface CloudQuestion {
  readonly provider: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

const limits = {
  totalMs: 15_000,
  connectMs: 3_000,
  readMs: 10_000,
  mostBytes: 60 * 1_048_576,
  mostRedirects: 0,
}

/** @throws SPEECH_FAILED for any status but 200, with the beginning of what the provider says · what HTTP fails with */
export async function askCloud(http: Http, { provider, ...question }: CloudQuestion): Promise<HttpAnswer> {
  const answer = await http({ ...question, method: 'POST', limits })
  if (answer.status !== 200) {
    const said = new TextDecoder().decode(answer.body.subarray(0, 300)).replace(/\s+/g, ' ')
    throw new Failure('SPEECH_FAILED', { provider, problem: `status ${answer.status}: ${said}` })
  }
  return answer
}

/** Their SSML is not quite everybody's: what one of them does not take is tried once more as plain text. */
export async function withOrWithoutSsml<T>(
  { ssml }: SpeechRequest,
  ask: (ssml: string | undefined) => Promise<T>,
): Promise<T> {
  if (ssml === undefined) return ask(undefined)
  try {
    return await ask(ssml)
  } catch (error) {
    if (error instanceof Failure && error.code === 'SPEECH_FAILED') return ask(undefined)
    throw error
  }
}

/** `en-us` as services write it: `en-US`. */
export function properLanguage(language: string): string {
  const [primary = 'en', ...rest] = language.split('-')
  return [primary.toLowerCase(), ...rest.map((part) => part.toUpperCase())].join('-')
}

export interface VoicePair {
  readonly female: string
  readonly male: string
}

/** The voices of a table for `fr-fr`: its own, else those of the first that shares its language. */
export function voicesFor(
  table: Readonly<Record<string, VoicePair>>,
  language: string,
): [string, VoicePair] | undefined {
  const own = table[language]
  if (own !== undefined) return [language, own]
  const [primary = ''] = language.split('-')
  return Object.entries(table).find(([other]) => other.startsWith(`${primary}-`))
}

/** The rate of the first text, for providers that take one for the whole. */
export function rateOf({ segments }: SpeechRequest): number {
  return segments.find((segment): segment is SpokenText => segment.kind === 'text')?.rate ?? 1
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
