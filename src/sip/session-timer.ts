import type { SipMessage } from './message.ts'
import { parseParams } from './params.ts'
import type { Header } from './serialize.ts'
import type { Timer, Timers } from './timers.ts'

/** The shortest session interval we take (RFC 4028 section 4: 90 s is the least anybody may ask). */
export const minSeSeconds = 90

export type Refresher = 'near' | 'far'

/** What was agreed: whoever is the refresher speaks up at half time, and silence ends the session. */
export interface SessionInterval {
  readonly seconds: number
  readonly refresher: Refresher
  /** Whether the far end knows RFC 4028 at all. */
  readonly farKnows: boolean
  /** The largest Min-SE that was heard of. */
  readonly leastSeconds: number
}

interface SessionExpires {
  readonly seconds: number
  readonly refresher: string | undefined
}

export function sessionExpiresOf(message: SipMessage): SessionExpires | undefined {
  const found = /^(\d{1,9})\s*(;.*)?$/.exec(message.first('session-expires') ?? '')
  if (found === null) return undefined
  return {
    seconds: Number(found[1]),
    refresher: parseParams(found[2] ?? '')
      ?.get('refresher')
      ?.toLowerCase(),
  }
}

/** RFC 4028 section 9: is the interval that a request asks for too short for us, and may we say so? */
export function isIntervalTooSmall(request: SipMessage): boolean {
  const asked = sessionExpiresOf(request)
  return asked !== undefined && asked.seconds < minSeSeconds && request.lists('supported', 'timer')
}

/** What a 2xx of ours to `request` agrees on (RFC 4028 section 9, table 2); undefined when nobody asked for a timer. */
export function agreeAsServer(request: SipMessage): SessionInterval | undefined {
  const asked = sessionExpiresOf(request)
  if (asked === undefined) return undefined
  const farKnows = request.lists('supported', 'timer')
  const refresher = farKnows && asked.refresher !== 'uas' ? 'far' : 'near'
  return { seconds: Math.max(asked.seconds, minSeSeconds), refresher, farKnows, leastSeconds: minSeSeconds }
}

/** The headers of that 2xx: Require only for those who said that they know it. */
export function agreementHeaders(interval: SessionInterval | undefined): readonly Header[] {
  if (interval === undefined) return []
  const expires: Header = [
    'Session-Expires',
    `${interval.seconds};refresher=${interval.refresher === 'far' ? 'uac' : 'uas'}`,
  ]
  return interval.farKnows && interval.refresher === 'far' ? [expires, ['Require', 'timer']] : [expires]
}

/** The headers of a refresh of ours, in which we are the client. */
export function refreshHeaders(interval: SessionInterval): readonly Header[] {
  return [
    ['Session-Expires', `${interval.seconds};refresher=${interval.refresher === 'near' ? 'uac' : 'uas'}`],
    ['Min-SE', String(interval.leastSeconds)],
  ]
}

/** What a 2xx to a refresh of ours agrees on (RFC 4028 section 7.2). */
export function agreeAsClient(response: SipMessage, asked: SessionInterval): SessionInterval {
  const answer = sessionExpiresOf(response)
  if (answer === undefined) return { ...asked, refresher: 'near' }
  const refresher = answer.refresher === 'uas' ? 'far' : 'near'
  return { ...asked, seconds: Math.max(answer.seconds, minSeSeconds), refresher, farKnows: true }
}

/** What to ask for after a 422 (RFC 4028 section 7.3). */
export function afterTooSmall(response: SipMessage, asked: SessionInterval): SessionInterval {
  const least = Number(/^\d{1,6}/.exec(response.first('min-se') ?? '')?.[0] ?? asked.seconds * 2)
  const leastSeconds = Math.max(least, asked.leastSeconds)
  return { ...asked, leastSeconds, seconds: Math.max(asked.seconds, leastSeconds) }
}

export interface SessionTimerEvents {
  /** Time for us to refresh. */
  refresh(): void
  /** Nobody refreshed in time. */
  expired(): void
}

/** Watches over one session interval at a time. */
export class SessionTimer {
  readonly #timers: Timers
  readonly #events: SessionTimerEvents
  #interval: SessionInterval | undefined
  #refresh: Timer | undefined
  #expiry: Timer | undefined

  constructor(timers: Timers, events: SessionTimerEvents) {
    this.#timers = timers
    this.#events = events
  }

  get interval(): SessionInterval | undefined {
    return this.#interval
  }

  /** Begins anew; undefined: no interval any more. */
  start(interval: SessionInterval | undefined): void {
    this.stop()
    this.#interval = interval
    if (interval === undefined) return
    const ms = interval.seconds * 1_000
    // RFC 4028 section 10: whoever is not the refresher gives up min(32 s, a third) before the end; so do we as refresher.
    this.#expiry = this.#timers.set(ms - Math.min(32_000, ms / 3), () => this.#events.expired())
    if (interval.refresher === 'near') this.retryAfter(ms / 2)
  }

  /** Asks for a refresh `ms` milliseconds from now. */
  retryAfter(ms: number): void {
    this.#timers.clear(this.#refresh)
    this.#refresh = this.#timers.set(ms, () => this.#events.refresh())
  }

  stop(): void {
    this.#timers.clear(this.#refresh)
    this.#timers.clear(this.#expiry)
    this.#interval = undefined
  }
}
