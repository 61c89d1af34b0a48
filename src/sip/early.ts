import { bodyOf } from './body.ts'
import { unsupportedType } from './check-request.ts'
import type { IncomingRequest } from './incoming.ts'
import type { InviteUsage } from './invite-usage.ts'
import { ReliableProvisionals, type Provisional } from './provisional.ts'
import type { Header } from './serialize.ts'
import type { SessionListener } from './session.ts'
import type { Answer } from './their-requests.ts'
import type { Timer, Timers } from './timers.ts'
import type { Transaction } from './transaction.ts'

export interface EarlyOptions {
  readonly invite: IncomingRequest
  /** The offer in it, if any. */
  readonly offer: string | undefined
  readonly usage: InviteUsage
  readonly transaction: Transaction
  readonly timers: Timers
  onRepeat(): void
  /** A PRACK did not come. */
  onTimeout(): void
  /** The caller wanted to wait no longer than this. */
  onExpired(): void
}

/** A proxy gives up on a call after 3 minutes of silence, so it is told every minute (RFC 3261 section 13.3.1.1). */
const stillRingingMs = 60_000

/** A call before its final answer: what rings, what is reliable (RFC 3262), and when the 200 may go. */
export class Early {
  readonly #options: EarlyOptions
  readonly #provisionals: ReliableProvisionals
  #isSettled = false
  #pendingAnswer: string | undefined
  #stillRinging: Timer | undefined
  #expiry: Timer | undefined
  #isOver = false

  constructor(options: EarlyOptions) {
    this.#options = options
    this.#provisionals = new ReliableProvisionals(options.timers, {
      send: (provisional, rseq) => this.#send(provisional, rseq),
      repeat: (response) => {
        options.onRepeat()
        options.transaction.on('provisional', response)
      },
      timeout: () => options.onTimeout(),
    })
    // RFC 3261 section 13.3.1, step 1: an INVITE may say how long it wants to wait.
    const seconds = Number(options.invite.message.first('expires') ?? Number.NaN)
    if (seconds > 0 && seconds <= 3_600) this.#expiry = options.timers.set(seconds * 1_000, () => options.onExpired())
  }

  /** The far end has our description for certain, so the first offer and answer are complete. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  get isAnswering(): boolean {
    return this.#pendingAnswer !== undefined
  }

  /**
   * Reliable when required, or when it carries our offer, which nothing else may (RFC 3262 sections 3 and 5).
   * Resolves when an answer may follow.
   */
  provisional(status: number, sdp: string | undefined): Promise<void> {
    if (this.#isOver || this.isAnswering) return Promise.resolve()
    const { message } = this.#options.invite
    const isOffer = this.#options.offer === undefined && sdp !== undefined
    if (message.lists('require', '100rel') || (isOffer && message.lists('supported', '100rel'))) {
      return new Promise((done) => this.#provisionals.send({ status, sdp, done }))
    }
    this.#send({ status, sdp: isOffer ? undefined : sdp, done: () => undefined }, undefined)
    return Promise.resolve()
  }

  /** The 200 goes now, or when the PRACK for what has been described has come. */
  answer(sdp: string): void {
    this.#pendingAnswer ??= sdp
    this.#acceptWhenPossible()
  }

  /** RFC 3262 sections 3 and 5. */
  onPrack({ message }: IncomingRequest, listener: SessionListener | undefined): Answer {
    const acknowledged = this.#provisionals.acknowledge(message, this.#options.invite.message.cseq?.number ?? 0)
    if (acknowledged === undefined) return { status: 481 }
    const wasOffer = acknowledged.sdp !== undefined && this.#options.offer === undefined && !this.#isSettled
    if (acknowledged.sdp !== undefined) this.#isSettled = true
    const goOn = (): void => {
      acknowledged.done()
      this.#provisionals.next()
      this.#acceptWhenPossible()
    }
    const body = bodyOf(message)
    if (body.is === 'none') return { status: 200, then: goOn }
    if (body.is === 'unknown') return { ...unsupportedType, then: goOn }
    if (wasOffer) {
      listener?.remoteAnswer(body.sdp)
      return { status: 200, then: goOn }
    }
    const answer = this.#isSettled ? listener?.remoteOffer(body.sdp) : undefined
    this.#options.usage.describe(answer)
    return { status: answer === undefined ? 488 : 200, body: answer, then: goOn }
  }

  stop(): void {
    this.#isOver = true
    this.#options.timers.clear(this.#stillRinging)
    this.#options.timers.clear(this.#expiry)
    this.#provisionals.stop()
  }

  #acceptWhenPossible(): void {
    const { invite, offer, transaction, usage } = this.#options
    const sdp = this.#pendingAnswer
    if (this.#isOver || sdp === undefined || this.#provisionals.holdsAnswer) return
    this.stop()
    // The far end has ours already and gave its answer.
    if (offer === undefined && this.#isSettled) usage.accept(invite, transaction, undefined, false)
    // RFC 3261 section 13.2.1: an answer that was given reliably may be repeated, not changed.
    else usage.accept(invite, transaction, this.#isSettled ? (usage.description ?? sdp) : sdp, offer === undefined)
  }

  #send({ status, sdp: wanted }: Provisional, rseq: number | undefined): Buffer {
    // Once it has been given reliably, the description is not given again (RFC 3262 section 5).
    const sdp = rseq !== undefined && this.#isSettled ? undefined : wanted
    const { invite, timers, transaction, usage } = this.#options
    const reliable: readonly Header[] = rseq === undefined ? [] : [...requires100rel, ['RSeq', String(rseq)]]
    usage.describe(sdp)
    const message = usage.response(invite, status, { headers: reliable, body: sdp })
    transaction.on('provisional', message)
    timers.clear(this.#stillRinging)
    if (rseq === undefined) {
      this.#stillRinging = timers.set(stillRingingMs, () => void this.provisional(status, sdp))
    }
    return message
  }
}

const requires100rel: readonly Header[] = [['Require', '100rel']]
