import { sipAddressOf } from './address.ts'
import { bodyOf } from './body.ts'
import { dialogAsServer, type OurName } from './dialog.ts'
import { Early } from './early.ts'
import { canonicalName } from './header-names.ts'
import type { IncomingRequest, ResponseParts } from './incoming.ts'
import { InviteUsage, type SessionGround } from './invite-usage.ts'
import { reasonHeader } from './reasons.ts'
import { parseReplaces } from './replaces.ts'
import type { Header } from './serialize.ts'
import type { DialogId, Flow, InviteSession, ReferOutcome, SessionEnd, SessionListener, SipAddress } from './session.ts'
import { pending, tryLater, type Answer } from './their-requests.ts'
import type { Transaction } from './transaction.ts'

/** One INVITE and its dialog, on the side that is called. */
export class Session implements InviteSession {
  readonly from: SipAddress
  readonly to: SipAddress
  readonly requestUri: SipAddress
  readonly offer: string | undefined
  readonly replaces: string | undefined
  readonly usage: InviteUsage
  readonly #invite: IncomingRequest
  readonly #transaction: Transaction
  readonly #early: Early
  #listener: SessionListener | undefined
  #end: SessionEnd | undefined

  /** @param onClosed nothing will come for this session any more */
  constructor(
    invite: IncomingRequest,
    transaction: Transaction,
    localTag: string,
    name: OurName,
    ground: SessionGround,
    onClosed: () => void,
  ) {
    const { message } = invite
    this.#invite = invite
    this.#transaction = transaction
    this.from = sipAddressOf(message.from ?? { displayName: undefined, uri: '' })
    this.to = sipAddressOf(message.to ?? { displayName: undefined, uri: '' })
    this.requestUri = sipAddressOf({ displayName: undefined, uri: message.requestUri })
    this.replaces = parseReplaces(message.first('replaces') ?? '')?.callId
    const body = bodyOf(message)
    this.offer = body.is === 'sdp' ? body.sdp : undefined
    this.usage = new InviteUsage({
      dialog: dialogAsServer(invite, localTag, name),
      ground,
      isOurs: false,
      authorization: undefined,
      listener: () => this.#listener,
      onPrack: (request) => this.#early.onPrack(request, this.#listener),
      onEarlyBye: (end) => this.#refuse(487, end),
      earlyOfferRefusal: () => this.#earlyOfferRefusal(),
      ended: (end) => this.#onEnd(end),
      closed: onClosed,
    })
    this.usage.meet(message)
    this.#early = new Early({
      invite,
      offer: this.offer,
      usage: this.usage,
      transaction,
      timers: ground.timers,
      onRepeat: () => ground.onRepeat(),
      onTimeout: () => this.#refuse(504, { how: 'timeout', what: 'prack' }),
      onExpired: () => this.#refuse(487, { how: 'cancelled', reason: undefined }),
    })
  }

  get callId(): string {
    return this.usage.dialog.callId
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
    void this.#early.provisional(180, undefined)
  }

  progress(sdp: string): Promise<void> {
    return this.#early.provisional(183, sdp)
  }

  answer(sdp: string): Promise<void> {
    this.#early.answer(sdp)
    return this.usage.acknowledged()
  }

  reject(status: number, reason?: string, headers: readonly Header[] = []): void {
    this.#refuse(status, { how: 'rejected', status }, { reason, headers })
  }

  bye(q850: number, text: string): Promise<void> {
    const reason = reasonHeader(q850, text)
    if (!this.#isUnanswered) return this.usage.bye({ how: 'bye', by: 'near', reason: undefined }, [reason])
    this.reject(480, undefined, [reason])
    return Promise.resolve()
  }

  offerAnew(sdp: string): Promise<string | undefined> {
    return this.usage.offerAnew(sdp)
  }

  get dialogId(): DialogId | undefined {
    return this.usage.dialogId
  }

  reportTransfer(status: number): boolean {
    return this.usage.reportTransfer(status)
  }

  refer(uri: string, replaces: DialogId | undefined, done: (outcome: ReferOutcome) => void): void {
    this.usage.refer(uri, replaces, done)
  }

  usageWith(callId: string | undefined, remoteTag: string): InviteUsage | undefined {
    const { dialog } = this.usage
    return callId === dialog.callId && remoteTag === dialog.remoteTag ? this.usage : undefined
  }

  /** RFC 3261 section 9.2: has no effect once there is a final response. */
  onCancel(cancel: IncomingRequest): void {
    if (this.#isUnanswered) this.#refuse(487, { how: 'cancelled', reason: cancel.message.first('reason') })
  }

  /** The INVITE's transaction cannot send. */
  onBroken(): void {
    if (this.#isUnanswered) this.usage.finish({ how: 'timeout', what: 'transport' })
  }

  get #isUnanswered(): boolean {
    return this.usage.isUnanswered
  }

  /** Only one offer at a time: theirs that we have not answered yet, or ours that they have not. */
  #earlyOfferRefusal(): Answer | undefined {
    if (this.#early.isSettled) return undefined
    return this.offer === undefined ? pending : tryLater
  }

  #refuse(status: number, end: SessionEnd, parts: ResponseParts = {}): void {
    if (!this.#isUnanswered) return
    const response = this.#invite.response(status, {
      ...parts,
      toTag: this.usage.dialog.localTag,
      headers: [['Server', this.usage.dialog.product], ...(parts.headers ?? [])],
    })
    this.#transaction.on('failure', response)
    this.usage.finish(end)
  }

  #onEnd(end: SessionEnd): void {
    this.#end = end
    this.#early.stop()
    this.#listener?.ended(end)
  }
}
