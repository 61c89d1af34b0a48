import { sipAddressOf } from './address.ts'
import { Acceptance } from './acceptance.ts'
import { bodyOf, infoDigitOf, mediaType } from './body.ts'
import { accepted, allowed, supported, unsupportedType } from './check-request.ts'
import { Dialog, type OurName } from './dialog.ts'
import { Early, type Answer } from './early.ts'
import { canonicalName } from './header-names.ts'
import type { IncomingRequest, ResponseParts } from './incoming.ts'
import { Refresh } from './refresh.ts'
import type { Header } from './serialize.ts'
import { agreeAsServer, agreementHeaders, isIntervalTooSmall, minSeSeconds } from './session-timer.ts'
import type { Flow, InviteSession, SessionEnd, SessionListener, SipAddress } from './session.ts'
import type { Timers } from './timers.ts'
import type { Transaction } from './transaction.ts'
import type { Transactions } from './transactions.ts'
import type { Transport } from './transport.ts'

/**
 * The life of an incoming call.
 *
 *   trying ──ring, progress──▶ early ──answer──▶ accepted ──ACK──▶ confirmed
 *      └───────────answer──────────────────────────▲      every state ──▶ ended
 */
export type SessionState = 'trying' | 'early' | 'accepted' | 'confirmed' | 'ended'
export type SessionInput = 'provisional' | 'accept' | 'acknowledge' | 'end'

export const sessionTransitions: { readonly [S in SessionState]: { readonly [I in SessionInput]?: SessionState } } = {
  trying: { provisional: 'early', accept: 'accepted', end: 'ended' },
  early: { provisional: 'early', accept: 'accepted', end: 'ended' },
  accepted: { acknowledge: 'confirmed', end: 'ended' },
  confirmed: { end: 'ended' },
  ended: {},
}

/** What sessions stand on. */
export interface SessionGround {
  readonly timers: Timers
  readonly transactions: Transactions
  readonly transport: Transport
  onRepeat(): void
  /** Nothing will come for this session any more. */
  onClosed(session: Session): void
}

/** How long `bye` waits for the answer. */
const byeWaitMs = 2_000
/** 2xx without an ACK at the same time; a far end that goes on with re-INVITEs is told to wait. */
const mostAcceptances = 4

/** One INVITE and its dialog, on the side that is called. */
export class Session implements InviteSession {
  readonly from: SipAddress
  readonly to: SipAddress
  readonly requestUri: SipAddress
  readonly offer: string | undefined
  readonly dialog: Dialog
  readonly #invite: IncomingRequest
  readonly #transaction: Transaction
  readonly #ground: SessionGround
  readonly #product: string
  readonly #early: Early
  readonly #refresh: Refresh
  readonly #acceptances = new Map<number, Acceptance>()
  /** Whoever waits for the ACK. */
  readonly #answered: (() => void)[] = []
  #state: SessionState = 'trying'
  #listener: SessionListener | undefined
  #end: SessionEnd | undefined
  #byeAfterAck: (() => void) | undefined

  constructor(
    invite: IncomingRequest,
    transaction: Transaction,
    localTag: string,
    name: OurName,
    ground: SessionGround,
  ) {
    const { message } = invite
    this.#invite = invite
    this.#transaction = transaction
    this.#ground = ground
    this.#product = name.product
    this.dialog = new Dialog(invite, localTag, name)
    this.from = sipAddressOf(message.from ?? { displayName: undefined, uri: '' })
    this.to = sipAddressOf(message.to ?? { displayName: undefined, uri: '' })
    this.requestUri = sipAddressOf({ displayName: undefined, uri: message.requestUri })
    const body = bodyOf(message)
    this.offer = body.is === 'sdp' ? body.sdp : undefined
    this.#early = new Early({
      invite,
      offer: this.offer,
      transaction,
      timers: ground.timers,
      response: (status, parts) => this.#response(invite, status, parts),
      onRepeat: () => ground.onRepeat(),
      onTimeout: () => this.#refuse(504, { how: 'timeout', what: 'prack' }),
      onExpired: () => this.#refuse(487, { how: 'cancelled', reason: undefined }),
      accept: (sdp, awaitsAnswer) => {
        this.#go('accept')
        this.#accept(invite, transaction, sdp, { awaitsAnswer })
      },
    })
    this.#refresh = new Refresh({
      dialog: this.dialog,
      timers: ground.timers,
      transactions: ground.transactions,
      transport: ground.transport,
      allowsUpdate: message.lists('allow', 'update'),
      headers: this.#ourHeaders,
      description: () => this.#early.description,
      remoteAnswer: (sdp) => this.#listener?.remoteAnswer(sdp),
      lost: (isKnownGone) => this.#onLost(isKnownGone),
    })
  }

  get callId(): string {
    return this.dialog.callId
  }

  get source(): Flow {
    return this.#invite.source
  }

  get userAgent(): string | undefined {
    return this.header('user-agent')
  }

  get headers(): readonly (readonly [name: string, value: string])[] {
    return this.#invite.message.headers
  }

  header(name: string): string | undefined {
    return this.#invite.message.first(canonicalName(name))
  }

  listen(listener: SessionListener): void {
    this.#listener = listener
    if (this.#end !== undefined) listener.ended(this.#end)
  }

  ring(): void {
    this.#go('provisional')
    void this.#early.provisional(180, undefined)
  }

  progress(sdp: string): Promise<void> {
    this.#go('provisional')
    return this.#early.provisional(183, sdp)
  }

  answer(sdp: string): Promise<void> {
    if (this.#state === 'confirmed' || this.#state === 'ended') return Promise.resolve()
    const answered = new Promise<void>((resolve) => this.#answered.push(resolve))
    this.#early.answer(sdp)
    return answered
  }

  reject(status: number, reason?: string, headers: readonly Header[] = []): void {
    this.#refuse(status, { how: 'rejected', status }, { reason, headers })
  }

  bye(q850: number, text: string): Promise<void> {
    const reason: Header = ['Reason', `Q.850;cause=${q850};text="${text.replace(/["\\]/g, '')}"`]
    if (this.#isUnanswered) {
      this.reject(480, undefined, [reason])
      return Promise.resolve()
    }
    if (this.#state === 'ended') return Promise.resolve()
    return this.#bye({ how: 'bye', by: 'near', reason: undefined }, [reason])
  }

  /** A request within the dialog, in a transaction of its own. */
  onRequest(request: IncomingRequest, transaction: Transaction): void {
    const answer = this.#answerTo(request, transaction)
    if (answer === undefined) return
    const { status, body, headers = [], then } = answer
    const type: readonly Header[] = body === undefined ? [] : [['Content-Type', 'application/sdp']]
    const all: readonly Header[] = [['Server', this.#product], ...headers, ...type]
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
    if (body?.is === 'sdp') this.#listener?.remoteAnswer(body.sdp)
    else if (body !== undefined) {
      // RFC 3261 section 13.3.1: an offer in a 2xx must be answered in the ACK.
      void this.#bye({ how: 'bye', by: 'near', reason: 'no answer to our offer' }, [['Reason', 'SIP;cause=488']])
    }
    this.#settleAnswered()
  }

  /** RFC 3261 section 9.2: has no effect once there is a final response. */
  onCancel(cancel: IncomingRequest): void {
    if (this.#isUnanswered) this.#refuse(487, { how: 'cancelled', reason: cancel.message.first('reason') })
  }

  /** The INVITE's transaction cannot send. */
  onBroken(): void {
    if (this.#isUnanswered) this.#finish({ how: 'timeout', what: 'transport' })
  }

  get #isUnanswered(): boolean {
    return this.#state === 'trying' || this.#state === 'early'
  }

  get #ourHeaders(): readonly Header[] {
    return [
      ['Contact', this.dialog.contact],
      ['Allow', allowed],
      ['Supported', supported],
    ]
  }

  #go(input: SessionInput): void {
    this.#state = sessionTransitions[this.#state][input] ?? this.#state
  }

  #refuse(status: number, end: SessionEnd, parts: ResponseParts = {}): void {
    if (!this.#isUnanswered) return
    const response = this.#invite.response(status, {
      ...parts,
      toTag: this.dialog.localTag,
      headers: [['Server', this.#product], ...(parts.headers ?? [])],
    })
    this.#transaction.on('failure', response)
    this.#finish(end)
  }

  // ── Answers and their ACKs ─────────────────────────────────────────────────────────────────────────────────────

  #accept(
    request: IncomingRequest,
    transaction: Transaction,
    sdp: string | undefined,
    { awaitsAnswer }: { readonly awaitsAnswer: boolean },
  ): void {
    const interval = agreeAsServer(request.message)
    const headers = agreementHeaders(interval)
    const sequence = request.message.cseq?.number ?? 0
    this.#early.redescribe(sdp)
    this.#acceptances.set(
      sequence,
      new Acceptance(this.#ground.timers, {
        sequence,
        awaitsAnswer,
        transaction,
        onRepeat: () => this.#ground.onRepeat(),
        onTimeout: () => this.#onNoAck(sequence),
      }),
    )
    this.#refresh.start(interval)
    transaction.on('success', this.#response(request, 200, { headers, body: sdp }))
  }

  #onNoAck(sequence: number): void {
    this.#acceptances.delete(sequence)
    if (this.#state === 'ended') {
      this.#byeAfterAck?.()
      return
    }
    this.#go('acknowledge')
    void this.#bye({ how: 'timeout', what: 'ack' }, [['Reason', 'SIP;cause=408;text="ACK missing"']])
  }

  #settleAnswered(): void {
    for (const resolve of this.#answered.splice(0)) resolve()
  }

  // ── Requests within the dialog ─────────────────────────────────────────────────────────────────────────────────

  #onBye(request: IncomingRequest): Answer {
    const end: SessionEnd = { how: 'bye', by: 'far', reason: request.message.first('reason') }
    return {
      status: 200,
      then: () => {
        if (this.#isUnanswered) this.#refuse(487, end)
        else if (this.#state === 'ended') this.#close()
        else this.#finish(end)
      },
    }
  }

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
        return this.#early.onPrack(request, this.#listener)
      case 'INFO':
        return this.#onInfo(request)
      default:
        return { status: 200, headers: [['Accept', accepted]] }
    }
  }

  /** RFC 3261 section 14.2. */
  #onReinvite(request: IncomingRequest, transaction: Transaction): Answer | undefined {
    if (this.#isUnanswered) return tryLater
    if (this.#refresh.hasOfferOut || this.#isAwaitingAnswer || this.#acceptances.size >= mostAcceptances) return pending
    const refusal = intervalRefusal(request)
    if (refusal !== undefined) return refusal
    const body = bodyOf(request.message)
    if (body.is === 'unknown') return unsupportedType
    const sdp = body.is === 'sdp' ? this.#listener?.remoteOffer(body.sdp) : this.#listener?.offerWanted()
    if (sdp === undefined) return { status: 488 }
    this.dialog.refreshTarget(request)
    this.#accept(request, transaction, sdp, { awaitsAnswer: body.is === 'none' })
    return undefined
  }

  get #isAwaitingAnswer(): boolean {
    for (const { awaitsAnswer } of this.#acceptances.values()) if (awaitsAnswer) return true
    return false
  }

  /** RFC 3311 section 5.2. */
  #onUpdate(request: IncomingRequest): Answer {
    const body = bodyOf(request.message)
    if (body.is === 'unknown') return unsupportedType
    const refusal = intervalRefusal(request) ?? (body.is === 'sdp' ? this.#offerRefusal() : undefined)
    if (refusal !== undefined) return refusal
    const answer = body.is === 'sdp' ? this.#listener?.remoteOffer(body.sdp) : undefined
    if (body.is === 'sdp' && answer === undefined) return { status: 488 }
    this.#early.redescribe(answer)
    this.dialog.refreshTarget(request)
    const interval = agreeAsServer(request.message)
    if (!this.#isUnanswered) this.#refresh.start(interval)
    return { status: 200, headers: [...this.#ourHeaders, ...agreementHeaders(interval)], body: answer }
  }

  /** Only one offer at a time: theirs that we have not answered yet, or ours that they have not. */
  #offerRefusal(): Answer | undefined {
    const isOpen = this.#isUnanswered && !this.#early.isSettled
    if (isOpen && this.offer !== undefined) return tryLater
    return isOpen || this.#refresh.hasOfferOut || this.#isAwaitingAnswer ? pending : undefined
  }

  /** RFC 6086; the two bodies that carry digits. */
  #onInfo(request: IncomingRequest): Answer {
    const { message } = request
    const type = mediaType(message.first('content-type'))
    const isDigit = type === 'application/dtmf-relay' || type === 'application/dtmf'
    if (message.body !== '' && !isDigit) return { status: 415, headers: [['Accept', digitTypes]] }
    const digit = isDigit ? infoDigitOf(type, message.body) : undefined
    if (digit === undefined) return { status: 200 }
    return { status: 200, then: () => this.#listener?.digit(digit.digit, digit.durationMs) }
  }

  // ── The end ────────────────────────────────────────────────────────────────────────────────────────────────────

  #onLost(isKnownGone: boolean): void {
    const end: SessionEnd = { how: 'timeout', what: 'session-timer' }
    if (isKnownGone) this.#finish(end)
    else void this.#bye(end, [['Reason', 'SIP;cause=408;text="Session timer"']])
  }

  /** RFC 3261 section 15: not before the ACK for our 2xx has come, or will not come any more. */
  #bye(end: SessionEnd, headers: readonly Header[]): Promise<void> {
    const mustWait = this.#state === 'accepted'
    return new Promise((resolve) => {
      const timer = this.#ground.timers.set(byeWaitMs, resolve)
      const done = (): void => {
        this.#ground.timers.clear(timer)
        resolve()
        this.#close()
      }
      const send = (): void => {
        this.#byeAfterAck = undefined
        this.#sendBye(headers, done)
      }
      if (mustWait) this.#byeAfterAck = send
      else send()
      this.#finish(end, { keep: true })
    })
  }

  #sendBye(headers: readonly Header[], done: () => void): void {
    const { dialog } = this
    const sequence = dialog.nextSequence()
    this.#ground.transactions.request(
      'BYE',
      dialog.nextHop(),
      (branch) => dialog.request('BYE', sequence, branch, headers),
      {
        response: ({ status }) => {
          if (status >= 200) done()
        },
        timeout: done,
        broken: done,
      },
    )
  }

  #finish(end: SessionEnd, { keep = false }: { readonly keep?: boolean } = {}): void {
    if (this.#state === 'ended') return
    this.#go('end')
    this.#end = end
    this.#early.stop()
    this.#refresh.stop()
    if (!keep) this.#close()
    this.#settleAnswered()
    this.#listener?.ended(end)
  }

  #close(): void {
    this.#byeAfterAck = undefined
    for (const acceptance of this.#acceptances.values()) acceptance.stop()
    this.#acceptances.clear()
    this.#ground.onClosed(this)
  }

  #response(request: IncomingRequest, status: number, { headers = [], body }: ResponseParts): Buffer {
    const type: readonly Header[] = body === undefined ? [] : [['Content-Type', 'application/sdp']]
    return request.response(status, {
      toTag: this.dialog.localTag,
      recordRoute: true,
      headers: [...this.#ourHeaders, ['Server', this.#product], ...headers, ...type],
      body,
    })
  }
}

const tryLater: Answer = { status: 500, headers: [['Retry-After', '1']] }
const pending: Answer = { status: 491 }
const digitTypes = 'application/dtmf-relay, application/dtmf'

/** RFC 4028 section 9. */
function intervalRefusal(request: IncomingRequest): Answer | undefined {
  return isIntervalTooSmall(request.message) ? { status: 422, headers: [['Min-SE', String(minSeSeconds)]] } : undefined
}
