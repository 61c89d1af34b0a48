import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { Failure, isFailure, unwanted } from '../base/index.ts'
import { codeOf } from './connect.ts'
import type { HttpQuestion } from './http.ts'
import type { Connection } from './pool.ts'
import type { Trip } from './trip.ts'

export interface Request {
  readonly path: string
  readonly method: HttpQuestion['method']
  readonly headers: Readonly<Record<string, string>>
  readonly body: HttpQuestion['body']
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** As it came, its content encoding not undone. */
  readonly body: Uint8Array
}

/**
 * One request and its answer on one connection.
 *
 * @throws HTTP_RESET · HTTP_PROTOCOL · HTTP_BODY_TOO_LARGE · HTTP_TIMEOUT (`readMs`) · what connecting throws
 */
export async function exchange(connection: Connection, request: Request, trip: Trip): Promise<RawAnswer> {
  const { length, body } = await openBody(request.body)
  const headers = length === undefined ? request.headers : { ...request.headers, 'content-length': String(length) }
  const { path, method } = request
  const over = new AbortController()
  let lastByteAt = trip.clock.now()
  const answered = new Promise<RawAnswer>((resolve, reject) => {
    const handler = collect(trip, resolve, reject, () => {
      lastByteAt = trip.clock.now()
    })
    connection.client.dispatch({ path, method, headers, body }, handler)
  })
  try {
    return await Promise.race([answered, silence(trip, () => lastByteAt, AbortSignal.any([trip.signal, over.signal]))])
  } catch (error) {
    throw named(error, trip)
  } finally {
    over.abort(unwanted)
    answered.catch(() => undefined)
  }
}

async function openBody(body: HttpQuestion['body']): Promise<{ length?: number; body: Readable | Buffer | null }> {
  if (body === undefined) return { body: null }
  if (typeof body === 'string') return { body: Buffer.from(body) }
  if (body instanceof Uint8Array) return { body: Buffer.from(body) }
  const { size } = await stat(body.file)
  return { length: size, body: createReadStream(body.file) }
}

function collect(
  trip: Trip,
  resolve: (answer: RawAnswer) => void,
  reject: (error: Error) => void,
  onByte: () => void,
): Dispatcher.DispatchHandler {
  const { mostBytes } = trip.limits
  const chunks: Buffer[] = []
  let status = 0
  let headers: RawAnswer['headers'] = {}
  let size = 0
  const tooLarge = (): Error => new Failure('HTTP_BODY_TOO_LARGE', { url: trip.url, mostBytes })
  return {
    onRequestStart: () => undefined,
    onResponseStart: (controller, statusCode, received) => {
      onByte()
      if (statusCode < 200) return // RFC 9110 section 15.2: interim, the answer is still to come.
      trip.watch.enter('body')
      status = statusCode
      headers = received
      if (Number(received['content-length'] ?? 0) > mostBytes) controller.abort(tooLarge())
    },
    onResponseData: (controller, chunk) => {
      onByte()
      size += chunk.length
      if (size > mostBytes) controller.abort(tooLarge())
      else chunks.push(chunk)
    },
    onResponseEnd: () => resolve({ status, headers, body: Buffer.concat(chunks) }),
    onResponseError: (_controller, error) => reject(error),
  }
}

/** Throws when the server has said nothing for `readMs`, connecting not counted. */
async function silence(trip: Trip, lastByteAt: () => number, signal: AbortSignal): Promise<never> {
  const { clock, url } = trip
  const timeoutMs = trip.limits.readMs ?? trip.limits.totalMs + 1 // The total limit comes first then.
  for (;;) {
    const isWaiting = trip.watch.stage === 'headers' || trip.watch.stage === 'body'
    const leftMs = isWaiting ? Math.max(lastByteAt(), trip.watch.stageAt) + timeoutMs - clock.now() : timeoutMs
    if (leftMs <= 0) throw new Failure('HTTP_TIMEOUT', { url, timeoutMs, stage: trip.watch.stage ?? 'queue' })
    await clock.sleep(leftMs, signal)
  }
}

const resets = ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'HPE_INVALID_EOF_STATE']

function named(error: unknown, { url }: Trip): unknown {
  if (isFailure(error) || !(error instanceof Error)) return error
  const code = codeOf(error)
  const options = { cause: error }
  if (error.message === 'bad response')
    return new Failure('HTTP_PROTOCOL', { url, reason: 'bad interim answer' }, options)
  if (resets.includes(code)) return new Failure('HTTP_RESET', { url }, options)
  if (code === 'UND_ERR_INVALID_ARG') return new Failure('HTTP_URL_INVALID', { url, problem: error.message }, options)
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return new Failure('HTTP_TLS', { url, reason: `no TLS: ${code}` }, options)
  }
  const isUndici = error.name === 'HTTPParserError' || code.startsWith('UND_ERR_')
  return isUndici ? new Failure('HTTP_PROTOCOL', { url, reason: error.message }, options) : error
}
