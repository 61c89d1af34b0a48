import { Acceptance } from './acceptance.ts'
import type { Authorization } from './authorization.ts'
import { bodyOf, infoDigitOf, mediaType } from './body.ts'
import { accepted, allowed, supported, unsupportedType } from './check-request.ts'
import type { Dialog } from './dialog.ts'
import { DialogRequests } from './dialog-requests.ts'
import type { IncomingRequest, ResponseParts } from './incoming.ts'
import type { SipMessage } from './message.ts'
import { Refresh } from './refresh.ts'
import type { Header } from './serialize.ts'
import {
  agreeAsServer,
  agreementHeaders,
  isIntervalTooSmall,
  minSeSeconds,
  type SessionInterval,
} from './session-timer.ts'
import type { SessionEnd, SessionListener } from './session.ts'
import type { Timers } from './timers.ts'
import type { Transaction } from './transaction.ts'
import type { Transactions } from './transactions.ts'
import type { Transport } from './transport.ts'

/**
 * A call within its dialog.
 *
 *   open ──accept──▶ accepted ──acknowledge──▶ confirmed      every state ──end──▶ ended
 */
export type UsageState = 'open' | 'accepted' | 'confirmed' | 'ended'
export type UsageInput = 'accept' | 'acknowledge' | 'end'

export const usageTransitions: { readonly [S in UsageState]: { readonly [I in UsageInput]?: UsageState } } = {
  open: { accept: 'accepted', end: 'ended' },
  accepted: { acknowledge: 'confirmed', end: 'ended' },
  confirmed: { end: 'ended' },
  ended: {},
}

/** What a request within a dialog is answered, and what is done after that. */
export interface Answer {
  readonly status: number
  readonly headers?: readonly Header[]
  readonly body?: string | undefined
  readonly then?: () => void
}

/** What calls stand on. */
export interface SessionGround {
  readonly timers: Timers
  readonly transactions: Transactions
  readonly transport: Transport
  onRepeat(): void
}

export interface UsageOptions {
  readonly dialog: Dialog
  readonly ground: SessionGround
  /** Whether we made the call. */
  readonly isOurs: boolean
  readonly authorization: Authorization | undefined
  listener(): SessionListener | undefined
  onPrack(request: IncomingRequest): Answer
  /** The far end says BYE before the call is answered. */
  onEarlyBye(end: SessionEnd): void
  /** Before the answer: may they offer? @returns why not */
  earlyOfferRefusal(): Answer | undefined
  ended(end: SessionEnd): void
  /** Nothing will come any more. */
  closed(): void
}

/** How long `bye` waits for the answer. */
const byeWaitMs = 2_000
/** 2xx without an ACK at the same time; a far end that goes on with re-INVITEs is told to wait. */
const mostAcceptances = 4

/**
 * What both ends of a call may do within its dialog, whoever made it: an "INVITE usage" in the words of RFC 5057.
 * re-INVITE (RFC 3261 section 14), UPDATE (RFC 3311), INFO, BYE, session timers (RFC 4028).
 */
export class InviteUsage {
  readonly dialog: Dialog
  readonly requests: DialogRequests
  readonly #options: UsageOptions
  readonly #refresh: Refresh
  readonly #acceptances = new Map<number, Acceptance>()
  /** Whoever waits for the ACK. */
  readonly #answered: (() => void)[] = []
  #state: UsageState = 'open'
  #description: string | undefined
  #theirs: string | undefined
  #byeAfterAck: (() => void) | undefined

  constructor(options: UsageOptions) {
    const { authorization, dialog, ground } = options
    const { timers, transactions, transport } = ground
    this.#options = options
    this.dialog = dialog
    this.requests = new DialogRequests({ dialog, transactions, transport, authorization })
    this.#refresh = new Refresh({
      requests: this.requests,
      timers,
      isOurs: options.isOurs,
      headers: this.headers,
      description: () => this.#description,
      isTheirTurn: () => this.#acceptances.size > 0,
      remoteAnswer: (sdp) => options.listener()?.remoteAnswer(sdp),
      lost: (isKnownGone) => this.#onLost(isKnownGone),
    })
  }

  get state(): UsageState {
    return this.#state
  }

  /** Our description as last sent. */
  get description(): string | undefined {
    return this.#description
  }

  /** Says who and what we are, in whatever makes or refreshes a dialog. */
  get headers(): readonly Header[] {
    return [
      ['Contact', this.dialog.contact],
      ['Allow', allowed],
      ['Supported', supported],
    ]
  }

  /** Another description of ours has been sent. */
  describe(sdp: string | undefined): void {
    this.#description = sdp ?? this.#description
  }

  /** The far end's description as last heard, while that matters: until the answer to our INVITE. */
  get theirs(): string | undefined {
    return this.#theirs
  }

  hear(sdp: string | undefined): void {
    this.#theirs = sdp ?? this.#theirs
  }

  /** Resolves when the far end has acknowledged our answer, or the call is over. */
  acknowledged(): Promise<void> {
    if (this.#state === 'confirmed' || this.#state === 'ended') return Promise.resolve()
    return new Promise((resolve) => this.#answered.push(resolve))
  }

  /** A 2xx to an INVITE of theirs, repeated until its ACK. @param sdp undefined when they have ours already */
  accept(request: IncomingRequest, transaction: Transaction, sdp: string | undefined, awaitsAnswer: boolean): void {
    const interval = agreeAsServer(request.message)
    const headers = agreementHeaders(interval)
    const sequence = request.message.cseq?.number ?? 0
    this.#go('accept')
    this.describe(sdp)
    this.#acceptances.set(
      sequence,
      new Acceptance(this.#options.ground.timers, {
        sequence,
        awaitsAnswer,
        transaction,
        onRepeat: () => this.#options.ground.onRepeat(),
        onTimeout: () => this.#onNoAck(sequence),
      }),
    )
    this.#refresh.start(interval)
    transaction.on('success', this.response(request, 200, { headers, body: sdp }))
  }

  /** A 2xx to our INVITE has been acknowledged. @param sdp ours */
  confirm(sdp: string | undefined, interval: SessionInterval | undefined): void {
    this.#go('accept')
    this.#go('acknowledge')
    this.describe(sdp)
    this.#refresh.start(interval)
  }

  /** What the far end said of itself in the INVITE, or in the 2xx to ours. */
  meet(far: SipMessage): void {
    this.#refresh.meet(far)
  }

  offerAnew(sdp: string): Promise<string | undefined> {
    if (this.#state === 'open' || this.#state === 'ended') return Promise.resolve(undefined)
    return this.#refresh.offer(sdp)
  }

  /** A request within the dialog, in a transaction of its own. */
  onRequest(request: IncomingRequest, transaction: Transaction): void {
    const answer = this.#answerTo(request, transaction)
    if (answer === undefined) return
    const { status, body, headers = [], then } = answer
    const type: readonly Header[] = body === undefined ? [] : [['Content-Type', 'application/sdp']]
    const all: readonly Header[] = [['Server', this.dialog.product], ...headers, ...type]
    transaction.on(status < 300 ? 'success' : 'failure', request.response(status, { headers: all, body }))
    then?.()
  }

  onAck(request: IncomingRequest): void {
    const acceptance = this.#acceptances.get(request.message.cseq?.number ?? -1)
    if (acceptance === undefined) return
    acceptance.stop()
    this.#acceptances.delete(acceptance.sequence)
    if (this.#state === 'ended') {
      this.#byeAfterAck?.()
      return
    }
    const body = acceptance.awaitsAnswer ? bodyOf(request.message) : undefined
    this.#go('acknowledge')
    if (body?.is === 'sdp') this.#options.listener()?.remoteAnswer(body.sdp)
    // RFC 3261 section 13.3.1: an offer in a 2xx must be answered in the ACK.
    else if (body !== undefined) void this.byeForWantOfAnswer()
    this.#settleAnswered()
  }

  /** RFC 3261 section 15: not before the ACK for our 2xx has come, or will not come any more. */
  bye(end: SessionEnd, headers: readonly Header[]): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve()
    const mustWait = this.#state === 'accepted'
    return new Promise((resolve) => {
      const { timers } = this.#options.ground
      const timer = timers.set(byeWaitMs, resolve)
      const send = (): void => {
        this.#byeAfterAck = undefined
        this.requests.send('BYE', headers, undefined, () => {
          timers.clear(timer)
          resolve()
          this.#close()
        })
      }
      if (mustWait) this.#byeAfterAck = send
      else send()
      this.finish(end, { keep: true })
    })
  }

  byeForWantOfAnswer(): Promise<void> {
    return this.bye({ how: 'bye', by: 'near', reason: 'no answer to our offer' }, [['Reason', 'SIP;cause=488']])
  }

  /** The call is over. @param keep requests of theirs are still to be answered */
  finish(end: SessionEnd, { keep = false }: { readonly keep?: boolean } = {}): void {
    if (this.#state === 'ended') return
    this.#go('end')
    this.#refresh.stop()
    if (!keep) this.#close()
    this.#settleAnswered()
    this.#options.ended(end)
  }

  response(request: IncomingRequest, status: number, { headers = [], body }: ResponseParts): Buffer {
    const type: readonly Header[] = body === undefined ? [] : [['Content-Type', 'application/sdp']]
    return request.response(status, {
      toTag: this.dialog.localTag,
      recordRoute: true,
      headers: [...this.headers, ['Server', this.dialog.product], ...headers, ...type],
      body,
    })
  }

  #go(input: UsageInput): void {
    this.#state = usageTransitions[this.#state][input] ?? this.#state
  }

  #settleAnswered(): void {
    for (const resolve of this.#answered.splice(0)) resolve()
  }

  #onNoAck(sequence: number): void {
    this.#acceptances.delete(sequence)
    if (this.#state === 'ended') {
      this.#byeAfterAck?.()
      return
    }
    this.#go('acknowledge')
    void this.bye({ how: 'timeout', what: 'ack' }, [['Reason', 'SIP;cause=408;text="ACK missing"']])
  }

  #onLost(isKnownGone: boolean): void {
    const end: SessionEnd = { how: 'timeout', what: 'session-timer' }
    if (isKnownGone) this.finish(end)
    else void this.bye(end, [['Reason', 'SIP;cause=408;text="Session timer"']])
  }

  #close(): void {
    this.#byeAfterAck = undefined
    for (const acceptance of this.#acceptances.values()) acceptance.stop()
    this.#acceptances.clear()
    this.#options.closed()
  }

  // ── Requests of theirs ─────────────────────────────────────────────────────────────────────────────────────────

  /** @returns undefined when it has been answered already */
  #answerTo(request: IncomingRequest, transaction: Transaction): Answer | undefined {
    const { method, message } = request
    if (!this.dialog.isInOrder(message.cseq?.number ?? 0)) return tryLater
    if (method === 'BYE') return this.#onBye(request)
    if (this.#state === 'ended') return { status: 481 }
    switch (method) {
      case 'INVITE':
        return this.#onReinvite(request, transaction)
      case 'UPDATE':
        return this.#onUpdate(request)
      case 'PRACK':
        return this.#options.onPrack(request)
      case 'INFO':
        return this.#onInfo(request)
      default:
        return { status: 200, headers: [['Accept', accepted]] }
    }
  }

  #onBye(request: IncomingRequest): Answer {
    const end: SessionEnd = { how: 'bye', by: 'far', reason: request.message.first('reason') }
    return {
      status: 200,
      then: () => {
        if (this.#state === 'open') this.#options.onEarlyBye(end)
        else if (this.#state === 'ended') this.#close()
        else this.finish(end)
      },
    }
  }

  /** RFC 3261 section 14.2. */
  #onReinvite(request: IncomingRequest, transaction: Transaction): Answer | undefined {
    if (this.#state === 'open') return tryLater
    if (this.#isOfferOpen || this.#acceptances.size >= mostAcceptances) return pending
    const refusal = intervalRefusal(request)
    if (refusal !== undefined) return refusal
    const body = bodyOf(request.message)
    if (body.is === 'unknown') return unsupportedType
    const listener = this.#options.listener()
    const sdp = body.is === 'sdp' ? listener?.remoteOffer(body.sdp) : listener?.offerWanted()
    if (sdp === undefined) return { status: 488 }
    this.dialog.refreshTarget(request.message)
    this.accept(request, transaction, sdp, body.is === 'none')
    return undefined
  }

  /** Only one offer at a time: here one of ours that they have not answered yet. */
  get #isOfferOpen(): boolean {
    if (this.requests.hasInviteOut) return true
    for (const { awaitsAnswer } of this.#acceptances.values()) if (awaitsAnswer) return true
    return false
  }

  /** RFC 3311 section 5.2. */
  #onUpdate(request: IncomingRequest): Answer {
    const body = bodyOf(request.message)
    if (body.is === 'unknown') return unsupportedType
    const refusal = intervalRefusal(request) ?? (body.is === 'sdp' ? this.#offerRefusal() : undefined)
    if (refusal !== undefined) return refusal
    const answer = body.is === 'sdp' ? this.#options.listener()?.remoteOffer(body.sdp) : undefined
    if (body.is === 'sdp' && answer === undefined) return { status: 488 }
    this.describe(answer)
    if (body.is === 'sdp') this.hear(body.sdp)
    this.dialog.refreshTarget(request.message)
    const interval = agreeAsServer(request.message)
    if (this.#state !== 'open') this.#refresh.start(interval)
    return { status: 200, headers: [...this.headers, ...agreementHeaders(interval)], body: answer }
  }

  #offerRefusal(): Answer | undefined {
    if (this.#state === 'open') return this.#options.earlyOfferRefusal()
    return this.#isOfferOpen ? pending : undefined
  }

  /** RFC 6086; the two bodies that carry digits. */
  #onInfo(request: IncomingRequest): Answer {
    const { message } = request
    const type = mediaType(message.first('content-type'))
    const isDigit = type === 'application/dtmf-relay' || type === 'application/dtmf'
    if (message.body !== '' && !isDigit) return { status: 415, headers: [['Accept', digitTypes]] }
    const digit = isDigit ? infoDigitOf(type, message.body) : undefined
    if (digit === undefined) return { status: 200 }
    return { status: 200, then: () => this.#options.listener()?.digit(digit.digit, digit.durationMs) }
  }
}

export const tryLater: Answer = { status: 500, headers: [['Retry-After', '1']] }
export const pending: Answer = { status: 491 }
const digitTypes = 'application/dtmf-relay, application/dtmf'

/** RFC 4028 section 9. */
function intervalRefusal(request: IncomingRequest): Answer | undefined {
  return isIntervalTooSmall(request.message) ? { status: 422, headers: [['Min-SE', String(minSeSeconds)]] } : undefined
}
