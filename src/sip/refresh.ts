import { randomBetween } from '../base/index.ts'
import { bodyOf } from './body.ts'
import type { Dialog } from './dialog.ts'
import type { SipMessage } from './message.ts'
import type { Header } from './serialize.ts'
import { afterTooSmall, agreeAsClient, refreshHeaders, SessionTimer, type SessionInterval } from './session-timer.ts'
import type { Timers } from './timers.ts'
import { newBranch, type Transactions } from './transactions.ts'
import type { Transport } from './transport.ts'

export interface RefreshOptions {
  readonly dialog: Dialog
  readonly timers: Timers
  readonly transactions: Transactions
  readonly transport: Transport
  /** Whether the far end said that it takes UPDATE. */
  readonly allowsUpdate: boolean
  /** Sent with every request that refreshes. */
  readonly headers: readonly Header[]
  /** Our session description as it stands. */
  description(): string | undefined
  /** The far end answered a re-INVITE of ours. */
  remoteAnswer(sdp: string): void
  /** The session is over: nobody refreshed, or the far end does not know the call any more. */
  lost(isKnownGone: boolean): void
}

/** Keeps a session alive (RFC 4028): by UPDATE where the far end takes it, else by a re-INVITE that changes nothing. */
export class Refresh {
  readonly #options: RefreshOptions
  readonly #timer: SessionTimer
  #allowsUpdate: boolean
  #pending: 'INVITE' | 'UPDATE' | undefined
  #stopped = false

  constructor(options: RefreshOptions) {
    this.#options = options
    this.#allowsUpdate = options.allowsUpdate
    this.#timer = new SessionTimer(options.timers, {
      refresh: () => this.#refresh(),
      expired: () => options.lost(false),
    })
  }

  /** A re-INVITE of ours has no final answer yet: theirs gets 491 (RFC 3261 section 14.2). */
  get hasOfferOut(): boolean {
    return this.#pending === 'INVITE'
  }

  start(interval: SessionInterval | undefined): void {
    if (!this.#stopped) this.#timer.start(interval)
  }

  stop(): void {
    this.#stopped = true
    this.#timer.stop()
  }

  #refresh(): void {
    const { interval } = this.#timer
    const { dialog, headers, transactions } = this.#options
    if (interval === undefined || this.#pending !== undefined) return
    const sdp = this.#allowsUpdate ? undefined : this.#options.description()
    const method = this.#allowsUpdate ? 'UPDATE' : 'INVITE'
    const type: readonly Header[] = sdp === undefined ? [] : [['Content-Type', 'application/sdp']]
    const sequence = dialog.nextSequence()
    const all = [...headers, ...refreshHeaders(interval), ...type]
    this.#pending = method
    transactions.request(
      method,
      dialog.nextHop(),
      (branch) => dialog.request(method, sequence, branch, all, sdp),
      {
        response: (response) => this.#onResponse(response, method, sequence, interval),
        timeout: () => this.#lost(false),
        broken: () => this.#lost(false),
      },
      (branch, response) => dialog.ackFailure(sequence, branch, response),
    )
  }

  #onResponse(response: SipMessage, method: 'INVITE' | 'UPDATE', sequence: number, asked: SessionInterval): void {
    const { status } = response
    if (status < 200) return
    if (method === 'INVITE' && status < 300) this.#acknowledge(sequence)
    if (this.#pending === undefined || this.#stopped) return
    this.#pending = undefined
    if (status < 300) this.#onRefreshed(response, asked)
    else this.#onRefused(response, method, asked)
  }

  #onRefreshed(response: SipMessage, asked: SessionInterval): void {
    this.#timer.start(agreeAsClient(response, asked))
    const body = bodyOf(response)
    if (body.is === 'sdp') this.#options.remoteAnswer(body.sdp)
  }

  #onRefused(response: SipMessage, method: 'INVITE' | 'UPDATE', asked: SessionInterval): void {
    switch (response.status) {
      case 408:
      case 481: // RFC 3261 section 12.2.1.2: the dialog is gone.
        this.#lost(true)
        return
      case 422: {
        const next = afterTooSmall(response, asked)
        if (next.seconds === asked.seconds) return
        this.#timer.start(next)
        this.#refresh()
        return
      }
      case 491: // RFC 3261 section 14.1: we do not own the Call-ID, so 0 to 2 s in steps of 10 ms.
        this.#timer.retryAfter(10 * randomBetween(0, 201))
        return
      default:
        if (method === 'INVITE') return
        this.#allowsUpdate = false
        this.#refresh()
    }
  }

  /** RFC 3261 section 13.2.2.4: every 2xx gets an ACK, the tenth like the first. */
  #acknowledge(sequence: number): void {
    const { dialog, transport } = this.#options
    transport.send(dialog.request('ACK', sequence, newBranch(), []), dialog.nextHop())
  }

  #lost(isKnownGone: boolean): void {
    this.#pending = undefined
    if (!this.#stopped) this.#options.lost(isKnownGone)
  }
}
