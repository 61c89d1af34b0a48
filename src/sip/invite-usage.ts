import { Acceptance } from './acceptance.ts'
import type { Authorization } from './authorization.ts'
import { bodyOf } from './body.ts'
import { allowed, supported } from './check-request.ts'
import type { Dialog } from './dialog.ts'
import { DialogRequests } from './dialog-requests.ts'
import type { IncomingRequest, ResponseParts } from './incoming.ts'
import type { SipMessage } from './message.ts'
import { OurReferrals } from './our-referral.ts'
import { Refresh } from './refresh.ts'
import type { Replaces } from './replaces.ts'
import type { Header } from './serialize.ts'
import { agreeAsServer, agreementHeaders, type SessionInterval } from './session-timer.ts'
import type { DialogId, Referral, ReferOutcome, SessionEnd, SessionListener } from './session.ts'
import { answerTo, pending, type Answer, type Subject } from './their-requests.ts'
import type { Timers } from './timers.ts'
import type { Transaction } from './transaction.ts'
import type { Transactions } from './transactions.ts'
import { TransferReport } from './transfer-report.ts'
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

/** What calls stand on. */
export interface SessionGround {
  readonly timers: Timers
  readonly transactions: Transactions
  readonly transport: Transport
  onRepeat(): void
  /** The call that is named so. */
  callOf(replaces: Replaces): InviteUsage | undefined
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
 * re-INVITE (RFC 3261 section 14), UPDATE (RFC 3311), INFO, BYE, session timers (RFC 4028), REFER (RFC 3515).
 */
export class InviteUsage implements Subject {
  readonly dialog: Dialog
  readonly requests: DialogRequests
  readonly #options: UsageOptions
  readonly #refresh: Refresh
  readonly #referrals: OurReferrals
  readonly #acceptances = new Map<number, Acceptance>()
  /** Whoever waits for the ACK. */
  readonly #answered: (() => void)[] = []
  #state: UsageState = 'open'
  #description: string | undefined
  #theirs: string | undefined
  #byeAfterAck: (() => void) | undefined
  #transfer: TransferReport | undefined
  #transfers = 0

  constructor(options: UsageOptions) {
    const { authorization, dialog, ground } = options
    const { timers, transactions, transport } = ground
    this.#options = options
    this.dialog = dialog
    this.requests = new DialogRequests({ dialog, transactions, transport, authorization })
    const { headers } = this
    this.#referrals = new OurReferrals({ requests: this.requests, timers, headers, referredBy: dialog.localAddress })
    this.#refresh = new Refresh({
      requests: this.requests,
      timers,
      isOurs: options.isOurs,
      headers: this.headers,
      description: () => this.#description,
      isTheirTurn: () => this.#acceptances.size > 0,
      remoteAnswer: (sdp) => this.listener?.remoteAnswer(sdp),
      lost: (isKnownGone) => this.#onLost(isKnownGone),
    })
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

  /** Undefined before the far end has a tag, and after the end. */
  get dialogId(): DialogId | undefined {
    const { callId, localTag, remoteTag } = this.dialog
    return this.#state === 'ended' ? undefined : { callId, localTag, remoteTag }
  }

  refer(uri: string, replaces: DialogId | undefined, done: (outcome: ReferOutcome) => void): void {
    if (this.#state === 'open' || this.#state === 'ended') done({ how: 'gone' })
    else this.#referrals.refer(uri, replaces, done)
  }

  reportTransfer(status: number): boolean {
    return this.#transfer?.report(status) === true
  }

  /** A request within the dialog, in a transaction of its own. */
  onRequest(request: IncomingRequest, transaction: Transaction): void {
    this.dialog.follow(request.source)
    const answer = answerTo(request, transaction, this)
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
    if (body?.is === 'sdp') this.listener?.remoteAnswer(body.sdp)
    // RFC 3261 section 13.3.1: an offer in a 2xx must be answered in the ACK.
    else if (body !== undefined) void this.byeForWantOfAnswer()
    this.#settleAnswered()
  }

  /** RFC 3261 section 15: not before the ACK for our 2xx has come, or will not come any more. */
  bye(end: SessionEnd, headers: readonly Header[]): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve()
    const mustWait = this.#state === 'accepted'
    this.#transfer?.hurry()
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
    this.#transfer?.stop()
    this.#referrals.end(end.how === 'bye' && end.by === 'far')
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

  // ── As requests of theirs find it ──────────────────────────────────────────────────────────────────────────────

  get isUnanswered(): boolean {
    return this.#state === 'open'
  }

  /** Whether we made the call. */
  get isOurs(): boolean {
    return this.#options.isOurs
  }

  get isOver(): boolean {
    return this.#state === 'ended'
  }

  get listener(): SessionListener | undefined {
    return this.#options.listener()
  }

  get mayAccept(): boolean {
    return this.#acceptances.size < mostAcceptances
  }

  /** Only one offer at a time: after the answer, one of ours that they have not answered yet stands in the way. */
  offerRefusal(): Answer | undefined {
    if (this.#state === 'open') return this.#options.earlyOfferRefusal()
    if (this.requests.hasInviteOut) return pending
    for (const { awaitsAnswer } of this.#acceptances.values()) if (awaitsAnswer) return pending
    return undefined
  }

  updated(theirs: string | undefined, ours: string | undefined, interval: SessionInterval | undefined): void {
    this.hear(theirs)
    this.describe(ours)
    if (this.#state !== 'open') this.#refresh.start(interval)
  }

  onPrack(request: IncomingRequest): Answer {
    return this.#options.onPrack(request)
  }

  get isTransferring(): boolean {
    return this.#transfer?.isReported === false
  }

  callOf(replaces: Replaces): Subject | undefined {
    const usage = this.#options.ground.callOf(replaces)
    return usage?.isOver === true ? undefined : usage
  }

  onRefer(referral: Referral, sequence: number, isSilent: boolean): void {
    // RFC 3515 section 2.4.6: all but the first are told apart by an id.
    const event = this.#transfers++ === 0 ? 'refer' : `refer;id=${sequence}`
    const { contact } = this.dialog
    const { timers } = this.#options.ground
    this.#transfer = new TransferReport({ requests: this.requests, timers, contact, event, isSilent })
    this.listener?.referred(referral)
  }

  onNotify(request: IncomingRequest): Answer {
    return this.#referrals.onNotify(request.message)
  }

  onBye(end: SessionEnd): void {
    if (this.#state === 'open') this.#options.onEarlyBye(end)
    else if (this.#state === 'ended') this.#close()
    else this.finish(end)
  }
}
