import { newUuid, type Clock, type Log } from '../base/index.ts'
import { attemptDelivery, deliveredBy, isWorthAnother } from './attempt.ts'
import type { Deliveries, Delivered, Delivery } from './delivery.ts'
import type { Http } from './http.ts'
import { shownUrl } from './url.ts'

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

export function openDeliveries(options: DeliveriesOptions): OpenDeliveries {
  const { http, clock, log, pausesMs = pauses, attemptMs = 15_000, most = 10_000 } = options
  const held = new Set<Promise<Delivered>>()
  const draining = new AbortController()
  const giveUp = new AbortController()

  const carry = async (delivery: Delivery): Promise<Delivered> => {
    const key = newUuid()
    for (let attempts = 1; ; attempts++) {
      const wasDraining = draining.signal.aborted
      const nowMs = clock.now()
      const attempted = await attemptDelivery(delivery, { http, key, totalMs: attemptMs, nowMs, signal: giveUp.signal })
      const result = deliveredBy(attempted, attempts)
      const fields = { kind: delivery.kind, url: shownUrl(delivery.url), ...result }
      if (result.isDelivered) {
        log.info('http.delivered', fields)
        return result
      }
      const pauseMs = isWorthAnother(attempted.result) ? pauseAfter(delivery, attempts, pausesMs) : undefined
      if (pauseMs === undefined || wasDraining || giveUp.signal.aborted) {
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

/** Milliseconds until the next attempt, or undefined when there is none. */
function pauseAfter({ tries }: Delivery, attempts: number, pausesMs: readonly number[]): number | undefined {
  if (tries === undefined) return pausesMs[attempts - 1]
  return attempts < tries.most ? tries.pauseMs : undefined
}
