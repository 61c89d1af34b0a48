import { asFailure, newUuid, type Clock, type Log } from '../base/index.ts'
import type { Http, HttpQuestion } from './http.ts'
import { shownUrl } from './url.ts'

/** Something a web server is to be told, now or later. */
export interface Delivery {
  /** What it is, for logs: `cdr`, `callback`, `recording`. */
  readonly kind: string
  readonly url: string
  readonly method: HttpQuestion['method']
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | { readonly file: string }
  /** Given up after so many attempts, so far apart; default: again and again, ever less often, until it is too old. */
  readonly tries?: { readonly most: number; readonly pauseMs: number }
}

export interface Delivered {
  /** A 2xx came. */
  readonly isDelivered: boolean
  readonly attempts: number
  /** Of the last answer, if any came. */
  readonly status: number | undefined
  /** The failure of the last attempt, if it failed by name. */
  readonly code: string | undefined
}

/** Takes messages to web servers in the background, again and again until they are taken or too old. */
export interface Deliveries {
  /** Returns at once. The promise is for whoever wants to know how it went, and never rejects. */
  deliver(delivery: Delivery): Promise<Delivered>
}

export interface DeliveriesOptions {
  readonly http: Http
  readonly clock: Clock
  readonly log: Log
  /** Milliseconds before the second attempt, the third, and so on. */
  readonly pausesMs?: readonly number[]
  readonly attemptMs?: number
  /** Deliveries held at a time; more are refused as not delivered. */
  readonly most?: number
}

/** {@link Deliveries} held in memory: {@link drain} before the end, or they are lost. */
export interface OpenDeliveries extends Deliveries {
  readonly held: number
  /** Gives each delivery one last attempt without a pause; what is left after `ms` milliseconds is given up. */
  drain(ms: number): Promise<void>
}

const pauses = [1_000, 5_000, 30_000, 120_000, 600_000] // Six attempts within 13 minutes: longer than a deployment.
const mostAnswerBytes = 65_536

export function openDeliveries(options: DeliveriesOptions): OpenDeliveries {
  const { http, clock, log, pausesMs = pauses, attemptMs = 15_000, most = 10_000 } = options
  const held = new Set<Promise<Delivered>>()
  const draining = new AbortController()
  const giveUp = new AbortController()

  const attempt = async (delivery: Delivery, token: string): Promise<Omit<Delivered, 'attempts'>> => {
    const { url, method, body } = delivery
    const headers = { 'idempotency-key': token, ...delivery.headers }
    const limits = { totalMs: attemptMs, mostBytes: mostAnswerBytes, mostRedirects: 5 }
    const question = { url, method, headers, limits, signal: giveUp.signal }
    try {
      const { status } = await http(body === undefined ? question : { ...question, body })
      return { isDelivered: status >= 200 && status < 300, status, code: undefined }
    } catch (error) {
      return { isDelivered: false, status: undefined, code: asFailure(error).code }
    }
  }

  const carry = async (delivery: Delivery): Promise<Delivered> => {
    const token = newUuid()
    for (let attempts = 1; ; attempts++) {
      const wasDraining = draining.signal.aborted
      const result = { ...(await attempt(delivery, token)), attempts }
      const fields = { kind: delivery.kind, url: shownUrl(delivery.url), ...result }
      if (result.isDelivered) {
        log.info('http.delivered', fields)
        return result
      }
      const pauseMs = pausesMs[attempts - 1]
      if (pauseMs === undefined || wasDraining || giveUp.signal.aborted || !isWorthIt(result.status)) {
        log.warn('http.delivery-given-up', fields)
        return result
      }
      log.info('http.delivery-failed', { ...fields, pauseMs })
      await clock.sleep(pauseMs, draining.signal).catch(() => undefined)
    }
  }

  return {
    get held() {
      return held.size
    },
    deliver: (delivery) => {
      if (held.size >= most) {
        log.error('http.deliveries-full', { kind: delivery.kind, url: shownUrl(delivery.url), most })
        return Promise.resolve({ isDelivered: false, attempts: 0, status: undefined, code: undefined })
      }
      const carried = carry(delivery)
      held.add(carried)
      return carried.finally(() => held.delete(carried))
    },
    drain: async (ms) => {
      draining.abort(new Error('draining'))
      const late = new AbortController()
      const alarm = clock.sleep(ms, late.signal).then(
        () => giveUp.abort(new Error('the deadline has passed')),
        () => undefined,
      )
      await Promise.allSettled(held)
      late.abort(new Error('drained'))
      await alarm
    },
  }
}

/** Is another attempt worth it? Not when the server has understood and refused (RFC 9110 section 15.5). */
const isWorthIt = (status: number | undefined): boolean =>
  status === undefined || status >= 500 || status === 408 || status === 425 || status === 429
