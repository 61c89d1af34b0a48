import { newUuid } from '../base/index.ts'
import { Authorization } from './authorization.ts'
import { Fork } from './fork.ts'
import { canonicalName } from './header-names.ts'
import { Invitation, type OutgoingGround } from './invitation.ts'
import type { InviteAttempt } from './invite-attempt.ts'
import type { InviteUsage } from './invite-usage.ts'
import type { SipMessage } from './message.ts'
import type { InviteOptions, OutgoingListener, OutgoingSession } from './outgoing-port.ts'
import { reasonHeader } from './reasons.ts'
import { rejectionOf } from './rejection.ts'
import type { Header } from './serialize.ts'
import type { DialogId, Flow, ReferOutcome, SessionEnd } from './session.ts'

/** How many far ends may answer one INVITE. */
const mostForks = 16
/** How long `bye` waits for the far end to take note. */
const byeWaitMs = 2_000

/**
 * One INVITE and its dialogs, on the side that calls.
 *
 *   calling ──2xx──▶ answered ──▶ ended      calling ──3xx-6xx, cancel, time-out──▶ ended
 *
 * It stays behind after the end until whatever it has sent is answered or given up.
 */
export class Outgoing implements OutgoingSession {
  readonly callId: string
  readonly #tag = newUuid()
  readonly #ground: OutgoingGround
  readonly #onClosed: () => void
  readonly #authorization: Authorization | undefined
  /** Our SDP in the INVITE. */
  readonly #offer: string | undefined
  readonly #invitation: Invitation
  /** By the far end's tag. */
  readonly #forks = new Map<string, Fork>()
  /** Whoever waits until nothing more is to come. */
  readonly #closing: (() => void)[] = []
  #isTried = false
  #winner: Fork | undefined
  #last: SipMessage | undefined
  #listener: OutgoingListener | undefined
  #end: SessionEnd | undefined

  /** @param onClosed nothing will come for this session any more */
  constructor(options: InviteOptions, ground: OutgoingGround, onClosed: (session: Outgoing) => void) {
    const { callId = newUuid(), credentials, offer } = options
    this.callId = callId
    this.#offer = offer
    this.#ground = ground
    this.#onClosed = () => onClosed(this)
    this.#authorization = credentials === undefined ? undefined : new Authorization(credentials)
    this.#invitation = new Invitation({
      invite: options,
      callId,
      localTag: this.#tag,
      ground,
      authorization: this.#authorization,
      provisional: (response, attempt) => this.#onProvisional(response, attempt),
      success: (response, attempt) => this.#onSuccess(response, attempt),
      failure: (response) => this.#onFailure(response),
      lost: (what) => this.#finish({ how: 'timeout', what }),
      over: () => this.#onOver(),
    })
    void this.#invitation.start()
  }

  /** Our tag, by which requests within the dialog find us. */
  get tag(): string {
    return this.#tag
  }

  get flow(): Flow | undefined {
    return this.#invitation.flow
  }

  header(name: string): string | undefined {
    return this.#last?.first(canonicalName(name))
  }

  listen(listener: OutgoingListener): void {
    this.#listener = listener
    if (this.#end !== undefined) listener.ended(this.#end)
  }

  cancel(reasonHeader?: string): void {
    const headers: readonly Header[] = reasonHeader === undefined ? [] : [['Reason', reasonHeader]]
    if (this.#winner === undefined) this.#giveUp({ how: 'cancelled', reason: reasonHeader }, headers)
    else void this.#winner.usage.bye(ourBye, headers)
  }

  bye(q850: number, text: string): Promise<void> {
    const headers = [reasonHeader(q850, text)]
    if (this.#winner !== undefined) return this.#winner.usage.bye(ourBye, headers)
    this.#giveUp({ how: 'cancelled', reason: undefined }, headers)
    return this.#closed()
  }

  offerAnew(sdp: string): Promise<string | undefined> {
    return this.#winner?.usage.offerAnew(sdp) ?? Promise.resolve(undefined)
  }

  get dialogId(): DialogId | undefined {
    return this.#winner?.usage.dialogId
  }

  reportTransfer(status: number): boolean {
    return this.#winner?.usage.reportTransfer(status) === true
  }

  refer(uri: string, replaces: DialogId | undefined, done: (outcome: ReferOutcome) => void): void {
    if (this.#winner === undefined) done({ how: 'gone' })
    else this.#winner.usage.refer(uri, replaces, done)
  }

  usageWith(callId: string | undefined, remoteTag: string): InviteUsage | undefined {
    return callId === this.callId ? this.#forks.get(remoteTag)?.usage : undefined
  }

  // ── What comes back ────────────────────────────────────────────────────────────────────────────────────────────

  #onProvisional(response: SipMessage, attempt: InviteAttempt): void {
    if (this.#end !== undefined || this.#winner !== undefined) return
    this.#last = response
    this.#tellTrying()
    if (response.status === 100) return
    const progress = this.#forkOf(response, attempt)?.onProvisional(response, attempt)
    if (progress === undefined) return
    this.#listener?.ringing(response.status)
    if (progress.sdp !== undefined) this.#listener?.early(progress.sdp)
  }

  #onSuccess(response: SipMessage, attempt: InviteAttempt): void {
    const fork = this.#forkOf(response, attempt)
    if (fork === undefined || fork.acknowledgeAgain()) return
    if (this.#end === undefined && this.#winner === undefined) this.#answered(fork, response, attempt)
    else {
      fork.acknowledge(response, attempt)
      fork.lose(ourBye)
    }
  }

  #answered(fork: Fork, response: SipMessage, attempt: InviteAttempt): void {
    this.#winner = fork
    this.#last = response
    this.#tellTrying()
    const theirs = fork.describedBy(response)
    const answer = this.#offer === undefined && theirs !== undefined ? this.#listener?.remoteOffer(theirs) : undefined
    const ours = this.#offer ?? answer
    fork.acknowledge(response, attempt, answer)
    fork.win(response, ours, this.#invitation.intervalOf(response))
    if (theirs === undefined || ours === undefined) void fork.usage.byeForWantOfAnswer()
    else this.#listener?.answered(theirs)
  }

  #onFailure(response: SipMessage): void {
    if (this.#end !== undefined) return
    this.#last = response
    this.#tellTrying()
    this.#listener?.rejected(rejectionOf(response))
    this.#finish({ how: 'rejected', status: response.status })
  }

  #tellTrying(): void {
    if (this.#isTried) return
    this.#isTried = true
    this.#listener?.trying()
  }

  #forkOf(response: SipMessage, { dialog }: InviteAttempt): Fork | undefined {
    const found = this.#forks.get(response.toTag)
    if (found !== undefined || this.#forks.size >= mostForks) return found
    const fork: Fork = new Fork({
      dialog: dialog.answeredBy(response),
      ground: this.#ground,
      authorization: this.#authorization,
      listener: () => (this.#end === undefined && (this.#winner ?? fork) === fork ? this.#listener : undefined),
      onEarlyBye: (end) => this.#giveUp(end, []),
      ended: (end) => {
        if (fork === this.#winner) this.#finish(end)
      },
      closed: () => {
        this.#forks.delete(response.toTag)
        this.#closeWhenDone()
      },
    })
    this.#forks.set(response.toTag, fork)
    return fork
  }

  // ── The end ────────────────────────────────────────────────────────────────────────────────────────────────────

  #giveUp(end: SessionEnd, headers: readonly Header[]): void {
    if (this.#end !== undefined) return
    this.#invitation.cancel(headers)
    this.#finish(end)
  }

  #finish(end: SessionEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#listener?.ended(end)
    this.#closeWhenDone()
  }

  /** Our INVITE has its final answer, or will get none: what did not answer it is nothing any more. */
  #onOver(): void {
    for (const [tag, { usage }] of this.#forks) if (usage.isUnanswered) this.#forks.delete(tag)
    this.#closeWhenDone()
  }

  #closed(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#ground.timers.set(byeWaitMs, resolve)
      this.#closing.push(() => {
        this.#ground.timers.clear(timer)
        resolve()
      })
    })
  }

  get #isClosed(): boolean {
    return this.#end !== undefined && !this.#invitation.isOut && this.#forks.size === 0
  }

  #closeWhenDone(): void {
    if (!this.#isClosed) return
    for (const done of this.#closing.splice(0)) done()
    this.#onClosed()
  }
}

const ourBye: SessionEnd = { how: 'bye', by: 'near', reason: undefined }
