import { randomBetween } from '../base/index.ts'
import { bodyOf } from './body.ts'
import type { DialogRequests } from './dialog-requests.ts'
import type { SipMessage } from './message.ts'
import type { Header } from './serialize.ts'
import { afterTooSmall, agreeAsClient, refreshHeaders, SessionTimer, type SessionInterval } from './session-timer.ts'
import type { Timer, Timers } from './timers.ts'

export interface RefreshOptions {
  readonly requests: DialogRequests
  readonly timers: Timers
  /** Whether we made the call, and so the Call-ID. */
  readonly isOurs: boolean
  /** Sent with every request that refreshes. */
  readonly headers: readonly Header[]
  /** Our session description as it stands. */
  description(): string | undefined
  /** An offer of theirs is open, so that ours must wait (RFC 3264 section 4). */
  isTheirTurn(): boolean
  /** The far end answered a re-INVITE of ours that only refreshes. */
  remoteAnswer(sdp: string): void
  /** The session is over: nobody refreshed, or the far end does not know the call any more. */
  lost(isKnownGone: boolean): void
}

interface Offering {
  readonly sdp: string
  readonly done: (answer: string | undefined) => void
}

/** How often an offer is made anew because it met one of theirs, or because they want a longer interval. */
const mostTries = 6
/** Offers that wait for the one before them. */
const mostOfferings = 8

/**
 * Renews a session by requests of ours: keeps it alive (RFC 4028), by UPDATE where the far end takes it, else by a
 * re-INVITE that changes nothing; and offers anew (RFC 3261 section 14.1). One request at a time.
 */
export class Refresh {
  readonly #options: RefreshOptions
  readonly #timer: SessionTimer
  readonly #offerings: Offering[] = []
  #allowsUpdate = false
  #isAsking = false
  #isStopped = false
  #tries = 0
  #again: Timer | undefined

  constructor(options: RefreshOptions) {
    this.#options = options
    this.#timer = new SessionTimer(options.timers, {
      refresh: () => this.#refresh(),
      expired: () => options.lost(false),
    })
  }

  /** What the far end said of itself in the message that made the dialog. */
  meet(far: SipMessage): void {
    this.#allowsUpdate = far.lists('allow', 'update')
  }

  start(interval: SessionInterval | undefined): void {
    if (!this.#isStopped) this.#timer.start(interval)
  }

  /** Resolves with the answer, or with undefined when there is none; the session goes on as it was. */
  offer(sdp: string): Promise<string | undefined> {
    if (this.#isStopped || this.#offerings.length === mostOfferings) return Promise.resolve(undefined)
    return new Promise((done) => {
      this.#offerings.push({ sdp, done })
      if (this.#offerings.length === 1) this.#offerNext()
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#timer.stop()
    this.#options.timers.clear(this.#again)
    for (const { done } of this.#offerings.splice(0)) done(undefined)
  }

  // ── Offers ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #offerNext(): void {
    const [offering] = this.#offerings
    if (offering === undefined || this.#isAsking) return
    if (this.#options.isTheirTurn()) this.#offerAgain()
    else this.#ask('INVITE', offering.sdp, (response, asked) => this.#onOffered(response, asked))
  }

  #onOffered(response: SipMessage, asked: SessionInterval | undefined): void {
    const { status } = response
    if (status === 491) this.#offerAgain()
    else if (status === 422 && asked !== undefined) {
      this.#timer.start(afterTooSmall(response, asked))
      this.#offerAgain()
    } else this.#settle(status < 300 ? sdpOf(response) : undefined)
  }

  #offerAgain(): void {
    if (++this.#tries === mostTries) this.#settle(undefined)
    else this.#again = this.#options.timers.set(this.#glareMs(), () => this.#offerNext())
  }

  #settle(answer: string | undefined): void {
    this.#tries = 0
    this.#offerings.shift()?.done(answer)
    this.#offerNext()
  }

  // ── Keeping alive ──────────────────────────────────────────────────────────────────────────────────────────────

  #refresh(): void {
    if (this.#timer.interval === undefined || this.#isAsking) return
    const method = this.#allowsUpdate ? 'UPDATE' : 'INVITE'
    const sdp = this.#allowsUpdate ? undefined : this.#options.description()
    this.#ask(method, sdp, (response, asked) => {
      if (response.status >= 300) this.#onRefused(response, method, asked)
      else if (sdp !== undefined) this.#tell(sdpOf(response))
      this.#offerNext()
    })
  }

  #tell(answer: string | undefined): void {
    if (answer !== undefined) this.#options.remoteAnswer(answer)
  }

  #onRefused(response: SipMessage, method: 'INVITE' | 'UPDATE', asked: SessionInterval | undefined): void {
    switch (response.status) {
      case 422: {
        const next = asked === undefined ? undefined : afterTooSmall(response, asked)
        if (next === undefined || next.seconds === asked?.seconds) return
        this.#timer.start(next)
        this.#refresh()
        return
      }
      case 491:
        this.#timer.retryAfter(this.#glareMs())
        return
      default:
        if (method === 'INVITE') return
        this.#allowsUpdate = false
        this.#refresh()
    }
  }

  // ── Both ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #ask(
    method: 'INVITE' | 'UPDATE',
    sdp: string | undefined,
    onResponse: (response: SipMessage, asked: SessionInterval | undefined) => void,
  ): void {
    const { headers, requests } = this.#options
    const asked = this.#timer.interval
    this.#isAsking = true
    requests.send(method, asked === undefined ? headers : [...headers, ...refreshHeaders(asked)], sdp, (response) => {
      this.#isAsking = false
      if (this.#isStopped) return
      // RFC 3261 section 12.2.1.2: without an answer, or with one of these, the dialog is gone.
      if (response === undefined) this.#options.lost(false)
      else if (response.status === 408 || response.status === 481) this.#options.lost(true)
      else {
        if (response.status < 300 && asked !== undefined) this.#timer.start(agreeAsClient(response, asked))
        onResponse(response, asked)
      }
    })
  }

  /** RFC 3261 section 14.1: 2.1 to 4 s for whoever owns the Call-ID, 0 to 2 s for the other, in steps of 10 ms. */
  #glareMs(): number {
    return 10 * (this.#options.isOurs ? randomBetween(210, 401) : randomBetween(0, 201))
  }
}

function sdpOf(message: SipMessage): string | undefined {
  const body = bodyOf(message)
  return body.is === 'sdp' ? body.sdp : undefined
}
