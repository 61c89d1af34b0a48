import { asFailure, Failure, type FailureCode } from '../base/index.ts'
import type { Delivered, Delivery } from './delivery.ts'
import type { Http, HttpAnswer } from './http.ts'
import { shownUrl } from './url.ts'

/**
 * How one attempt at a delivery went. `refused`: the server has understood and said no, or the delivery can never be
 * made. `busy`: the server is there and asks for patience. `failed`: the server is not there, or not well. `unsent`: it
 * is our fault, the server has not been asked.
 */
export type AttemptResult = 'delivered' | 'refused' | 'busy' | 'failed' | 'unsent'

export interface Attempted {
  readonly result: AttemptResult
  readonly answer: HttpAnswer | undefined
  readonly failure: Failure | undefined
  /** What the server asked for, in milliseconds from now; not yet bounded. */
  readonly retryAfterMs: number | undefined
}

export interface AttemptOptions {
  readonly http: Http
  /** The same for all attempts at the same delivery. */
  readonly key: string
  readonly totalMs: number
  /** For dates in `Retry-After`. */
  readonly nowMs: number
  readonly signal: AbortSignal
}

/** Web servers answer webhooks with whole pages: what they say is not read, but it is no mistake either. */
const mostAnswerBytes = 1_048_576

/** One attempt at a delivery, with its `idempotency-key`. Never rejects. */
export async function attemptDelivery(delivery: Delivery, options: AttemptOptions): Promise<Attempted> {
  const { http, key, totalMs, nowMs, signal } = options
  const { url, method, body } = delivery
  const headers = { 'idempotency-key': key, ...delivery.headers }
  const question = { url, method, headers, limits: { totalMs, mostBytes: mostAnswerBytes, mostRedirects: 5 }, signal }
  try {
    const answer = await http(body === undefined ? question : { ...question, body })
    const retryAfterMs = readRetryAfter(answer.headers['retry-after'], nowMs)
    return { result: resultOfStatus(answer.status), answer, failure: undefined, retryAfterMs }
  } catch (error) {
    const failure = isMissingFile(error)
      ? new Failure('FILE_UNAVAILABLE', { key: shownUrl(url), problem: 'the body is gone' }, { cause: error })
      : asFailure(error)
    return { result: resultOfFailure(failure), answer: undefined, failure, retryAfterMs: undefined }
  }
}

/** Is another attempt worth it after this one? */
export const isWorthAnother = (result: AttemptResult): boolean => result !== 'delivered' && result !== 'refused'

/** How a delivery went, from its last attempt. */
export const deliveredBy = ({ result, answer, failure }: Attempted, attempts: number): Delivered => ({
  isDelivered: result === 'delivered',
  attempts,
  status: answer?.status,
  code: failure?.code,
})

/** @source RFC 9110 section 15.5; RFC 6585 section 4 (429); RFC 8470 section 5.2 (425) */
function resultOfStatus(status: number): AttemptResult {
  if (status >= 200 && status < 300) return 'delivered'
  if (status >= 500) return 'failed'
  return status === 408 || status === 425 || status === 429 ? 'busy' : 'refused'
}

/** What will be the same the next time. */
const final: ReadonlySet<FailureCode> = new Set([
  'HTTP_BODY_TOO_LARGE',
  'HTTP_ENCODING',
  'HTTP_FORBIDDEN_ADDRESS',
  'HTTP_REDIRECTS',
  'HTTP_URL_INVALID',
])

function resultOfFailure({ code }: Failure): AttemptResult {
  if (final.has(code)) return 'refused'
  return code === 'FILE_UNAVAILABLE' || code === 'UNNAMED' ? 'unsent' : 'failed'
}

const isMissingFile = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error

/** Seconds, or a date. @source RFC 9110 section 10.2.3 */
function readRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}
