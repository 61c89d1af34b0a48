import { createSecureContext, rootCertificates } from 'node:tls'
import { Failure, isFailure, within, type Clock } from '../base/index.ts'
import { systemResolve, type Resolve } from './connect.ts'
import { decodeBody, encodings } from './decode.ts'
import { exchange, type RawAnswer, type Request } from './exchange.ts'
import type { Egress } from './egress.ts'
import type { Http, HttpAnswer, HttpQuestion } from './http.ts'
import { Pool } from './pool.ts'
import { Stopwatch } from './stopwatch.ts'
import type { Trip } from './trip.ts'
import { readTarget, resolveUrl, shownUrl } from './url.ts'

export interface HttpOptions {
  readonly clock: Clock
  /** See `readEgress`. */
  readonly egress: Egress
  readonly resolve?: Resolve
  /** PEM certificates to trust besides the usual ones. */
  readonly trusted?: readonly string[]
  /** Default 256. */
  readonly mostPerOrigin?: number
}

/** An {@link Http} that can be closed: waits for questions underway, then closes every connection. */
export type OpenHttp = Http & { close(): Promise<void> }

/** Asks web servers over pooled, kept-alive connections. Node's `dns`, `net` and `tls` connect; undici speaks HTTP. */
export function openHttp({ clock, egress, resolve, trusted = [], mostPerOrigin = 256 }: HttpOptions): OpenHttp {
  const secureContext =
    trusted.length === 0 ? undefined : createSecureContext({ ca: [...rootCertificates, ...trusted] })
  const pool = new Pool({ egress, resolve: resolve ?? systemResolve(), secureContext, mostPerOrigin })
  const underway = new Set<Promise<HttpAnswer>>()
  let isClosed = false

  const ask: Http = async (question) => {
    const url = shownUrl(question.url)
    if (isClosed) throw new Failure('HTTP_CONNECT', { url, reason: 'the server is shutting down' })
    const { limits, signal, onStage } = question
    let trip: Trip | undefined
    const late = (): Failure =>
      new Failure('HTTP_TIMEOUT', {
        url: trip?.url ?? url,
        timeoutMs: limits.totalMs,
        stage: trip?.watch.stage ?? 'queue',
      })
    const answer = within({ clock, ms: limits.totalMs, signal }, late, (stop) => {
      trip = { clock, limits, signal: stop, url, watch: new Stopwatch(clock, onStage) }
      return travel(pool, question, trip)
    })
    underway.add(answer)
    return answer.finally(() => underway.delete(answer))
  }

  const close = async (): Promise<void> => {
    isClosed = true
    await Promise.allSettled(underway)
    pool.dropIdle()
  }
  return Object.assign(ask, { close })
}

interface Leap {
  readonly url: string
  readonly method: HttpQuestion['method']
  readonly headers: Readonly<Record<string, string>>
  readonly body: HttpQuestion['body']
}

/** Follows redirects until there is an answer. */
async function travel(pool: Pool, question: HttpQuestion, trip: Trip): Promise<HttpAnswer> {
  const { mostRedirects, mostBytes } = trip.limits
  let leap: Leap = { url: question.url, method: question.method, headers: question.headers, body: question.body }
  for (let redirects = 0; ; redirects++) {
    trip.url = shownUrl(leap.url)
    const raw = await send(pool, leap, trip)
    const cookies = listOf(raw.headers['set-cookie'])
    const location = mostRedirects > 0 && isRedirect(raw.status) ? listOf(raw.headers['location'])[0] : undefined
    if (location === undefined) {
      const headers = flatten(raw.headers)
      const body = await decodeBody(raw.body, headers['content-encoding'], { url: trip.url, mostBytes })
      const { status } = raw
      return { url: leap.url.replace(/#.*$/s, ''), status, headers, cookies, body, timing: trip.watch.timing() }
    }
    if (redirects >= mostRedirects) throw new Failure('HTTP_REDIRECTS', { url: trip.url, mostRedirects })
    leap = follow(leap, raw.status, location, cookies, question)
  }
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

/** RFC 9110 section 15.4: 307 and 308 keep method and body; 303, and 301 and 302 after a POST, become a GET. */
function follow(leap: Leap, status: number, location: string, cookies: readonly string[], asked: HttpQuestion): Leap {
  const url = resolveUrl(location, leap.url)
  const isGet = status === 303 || (status < 303 && leap.method === 'POST')
  const method = isGet ? 'GET' : leap.method
  const body = isGet ? undefined : leap.body
  const text = typeof body === 'string' ? body : ''
  const changed = asked.redirected?.({ url, method, body: text, from: leap.url, cookies }) ?? {}
  const isAway = new URL(url).origin !== new URL(leap.url).origin
  const kept = Object.entries(lowerCase(leap.headers)).filter(
    ([name]) => !(isGet && name.startsWith('content-')) && !(isAway && secrets.includes(name)),
  )
  const headers = { ...Object.fromEntries(kept), ...lowerCase(changed) }
  return { url, method, body, headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')) }
}

const secrets = ['authorization', 'proxy-authorization', 'cookie']

/**
 * One request. A kept-alive connection that the server has just closed says nothing about the request: it is sent
 * again, once, on a new one, if it may be repeated (RFC 9110 section 9.2.2).
 */
async function send(pool: Pool, { url, method, headers, body }: Leap, trip: Trip): Promise<RawAnswer> {
  const { origin, path, authorization } = readTarget(url)
  const own = { 'accept-encoding': encodings, ...(authorization === undefined ? {} : { authorization }) }
  const request = { path, method, headers: { ...own, ...lowerCase(headers) }, body }
  for (let again = false; ; again = true) {
    const connection = await pool.take(origin, trip)
    const wasConnected = connection.isConnected
    const destroy = (): void => connection.destroy()
    trip.signal.addEventListener('abort', destroy, { once: true })
    try {
      if (wasConnected) trip.watch.enter('headers')
      const answer = await exchange(connection, request, trip)
      pool.release(connection)
      return answer
    } catch (error) {
      pool.discard(connection)
      trip.signal.throwIfAborted()
      const isStale = wasConnected && isFailure(error, 'HTTP_RESET') && trip.watch.stage === 'headers'
      if (again || !isStale || !isRepeatable(request)) throw error
      pool.dropIdle(origin)
    } finally {
      trip.signal.removeEventListener('abort', destroy)
    }
  }
}

const isRepeatable = ({ method, headers }: Request): boolean =>
  method === 'GET' || method === 'PUT' || headers['idempotency-key'] !== undefined

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

function flatten(headers: RawAnswer['headers']): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) flat[name.toLowerCase()] = listOf(value).join(', ')
  return flat
}
