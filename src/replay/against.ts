import { asFailure, never, type Clock } from '../base/index.ts'
import type { Http, HttpAnswer } from '../http/index.ts'
import { Cookies, signatures } from '../pivot/index.ts'
import { answerDifferences, type AnswerDifference, type Answered } from './answer-differences.ts'
import type { RecordedExchange } from './event.ts'
import { bodyOf, exchangesOf, type Exchange } from './exchanges.ts'
import { invalid, type RecordedCall } from './log.ts'

export interface AgainstOptions {
  readonly http: Http
  readonly clock: Clock
  /** Its scheme, host and port, and its `user:password@`, take the place of the recorded ones. */
  readonly url: string
  /** Signs the requests; without it they are not signed. */
  readonly secret?: string | undefined
}

/** A recorded request that was sent again. */
export interface Repeated {
  /** Of the log. */
  readonly line: number
  readonly method: 'GET' | 'POST'
  /** Where it went, without password and query. */
  readonly url: string
  /** What was dialled or said is hidden in it: the answer may differ because of that. */
  readonly isHidden: boolean
  readonly differences: readonly AnswerDifference[]
}

const limits = { totalMs: 60_000, mostBytes: 1_048_576, mostRedirects: 10 }

/**
 * Sends the recorded requests to another web server, one after another, and compares its answers with the recorded ones.
 *
 * @throws REPLAY_INVALID when the log holds no request
 */
export async function* repeatAgainst(call: RecordedCall, options: AgainstOptions): AsyncGenerator<Repeated> {
  const recorded = exchangesOf(call).filter(({ outcome, record }) => outcome !== undefined && record !== undefined)
  if (recorded.length === 0) {
    const line = String(call.lines[0]?.line ?? 1)
    throw invalid(call.file, line, 'holds no request: none of the pivot nodes of the call has debug on')
  }
  const cookies = new Cookies()
  for (const exchange of recorded) {
    if (exchange.record !== undefined) yield await repeat(exchange, exchange.record, cookies, options)
  }
}

async function repeat(
  { line, outcome }: Exchange,
  record: RecordedExchange,
  cookies: Cookies,
  { http, clock, url: target, secret }: AgainstOptions,
): Promise<Repeated> {
  const method = record.method === 'get' ? 'GET' : 'POST'
  const url = moved(record.uri, target)
  const body = method === 'GET' ? undefined : record.req_body
  const form = /x-www-form-urlencoded/.test(record.req_headers['content-type'] ?? '')
    ? [...new URLSearchParams(body)]
    : []
  const format = 'x-twilio-signature' in record.req_headers ? 'twiml' : 'kazoo'
  const sent = method === 'GET' ? '' : (body ?? '')
  const headers = {
    ...keptHeaders(record.req_headers),
    ...signatures({ secret, format, nowMs: clock.now() }, url, method, sent, form),
    ...cookieHeader(cookies.for(url)),
  }
  const question = { url, method, headers, limits, signal: never, ...(body === undefined ? {} : { body }) } as const
  const got = await http(question).then(
    (answer) => {
      cookies.keep(answer.url, answer.cookies, clock.now())
      return answeredNow(answer)
    },
    (error: unknown): Answered => ({ status: asFailure(error).code, contentType: '', body: '' }),
  )
  const before: Answered = {
    status: record.resp_status_code ?? (outcome?.type === 'pivot.failed' ? outcome.code : ''),
    contentType: record.resp_headers?.['content-type'] ?? '',
    body: Buffer.from(bodyOf(record) ?? record.resp_body ?? '').toString(),
  }
  const isHidden = /\*\*/.test(decodeURIComponent(`${record.uri.replace(/^[^?]*/s, '')}${record.req_body}`))
  const shown = url.replace(/[?#].*$/s, '').replace(/^(https?:\/\/)[^/@]*@/i, '$1')
  return { line, method, url: shown, isHidden, differences: answerDifferences(before, got) }
}

const answeredNow = ({ status, headers, body }: HttpAnswer): Answered => ({
  status: String(status),
  contentType: headers['content-type'] ?? '',
  body: Buffer.from(body).toString(),
})

/** The recorded address at another server; path and query stay byte for byte as they were. */
function moved(recorded: string, target: string): string {
  const [, path = ''] = /^https?:\/\/[^/?#]*([^#]*)/i.exec(recorded) ?? []
  const { origin, protocol, username, password, host } = new URL(target)
  const user = username === '' && password === '' ? '' : `${username}:${password}@`
  return `${user === '' ? origin : `${protocol}//${user}${host}`}${path.startsWith('/') ? path : `/${path}`}`
}

const dropped = /^(?:cookie|authorization|host|content-length|accept-encoding|x-(?:pivot|twilio)-signature)$/

/** What was sent, but for what the log hides and what belongs to another server. */
const keptHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name, value]) => !dropped.test(name) && value !== '***'))

const cookieHeader = (cookie: string): Record<string, string> => (cookie === '' ? {} : { cookie })
