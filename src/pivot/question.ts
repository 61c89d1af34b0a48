import { wireUrl, type HttpHop } from '../http/index.ts'
import type { Cookies } from './cookies.ts'
import type { Method } from './data.ts'
import { flatten, encodeForm, withQuery, type Fields } from './form.ts'
import { bodyHash, pivotSignature, twilioSignature } from './signature.ts'

export interface QuestionOptions {
  readonly url: string
  readonly method: Method
  readonly format: 'kazoo' | 'twiml'
  readonly bodyFormat: 'form' | 'json'
  readonly fields: Fields
  /** Sent along as they are, except where ours have the same name. */
  readonly headers: Readonly<Record<string, string>>
  /** The account's, which signs. */
  readonly secret: string | undefined
  /** The same for each attempt at the same question. */
  readonly token: string
  readonly cookies: Cookies
  readonly nowMs: number
}

/** A question ready to be sent. */
export interface Question {
  readonly url: string
  readonly method: Method
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** The headers that change when it is redirected. */
  readonly redirected: (hop: HttpHop) => Readonly<Record<string, string>>
}

export const userAgent = 'Pivot/0.1'

const accepts = {
  kazoo: 'application/json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1',
  twiml: 'application/xml, text/xml, application/json;q=0.9, */*;q=0.1',
} as const

/**
 * Puts a question together: parameters into the query of a GET or the body of a POST, and the headers that say who asks.
 *
 * @source KAZOO pivot_call.erl, send_req/4; Twilio, X-Twilio-Signature and I-Twilio-Idempotency-Token
 */
export function assemble(options: QuestionOptions): Question {
  const { method, bodyFormat, fields, headers, token, cookies, format } = options
  const isForm = bodyFormat === 'form'
  const body = method === 'GET' ? undefined : isForm ? encodeForm(fields) : JSON.stringify(fields)
  const url = urlOf(options, body)
  const contentType = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const form = isForm && body !== undefined ? flatten(fields) : []
  const dependent = (to: string, by: string, sent: string): Record<string, string> => ({
    cookie: cookies.for(to),
    ...signatures(options, to, by, sent, sent === '' ? [] : form),
  })
  const own = {
    'user-agent': userAgent,
    accept: accepts[format],
    ...(body === undefined ? {} : { 'content-type': contentType }),
    'idempotency-key': token,
    'i-twilio-idempotency-token': token,
    ...dependent(url, method, body ?? ''),
  }
  const all = { ...lowerCase(headers), ...own }
  return {
    url,
    method,
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
    body,
    redirected: (hop) => {
      cookies.keep(hop.from, hop.cookies, options.nowMs)
      return dependent(hop.url, hop.method, hop.body)
    },
  }
}

function urlOf({ url, method, fields, format, bodyFormat, secret }: QuestionOptions, body: string | undefined): string {
  if (method === 'GET') return withQuery(url, encodeForm(fields))
  const isHashed = format === 'twiml' && bodyFormat === 'json' && secret !== undefined
  return isHashed ? withQuery(url, `bodySHA256=${bodyHash(body ?? '')}`) : url
}

/** The headers that prove who asks, for one request; none without a secret. @param form what a POSTed form holds */
export function signatures(
  { secret, format, nowMs }: Pick<QuestionOptions, 'secret' | 'format' | 'nowMs'>,
  url: string,
  method: string,
  body: string,
  form: readonly (readonly [string, string])[],
): Record<string, string> {
  if (secret === undefined || secret === '') return {}
  const seen = wireUrl(url)
  return {
    'x-pivot-signature': pivotSignature(secret, { method, url: seen, body, nowMs }),
    ...(format === 'twiml' ? { 'x-twilio-signature': twilioSignature(secret, seen, form) } : {}),
  }
}

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
