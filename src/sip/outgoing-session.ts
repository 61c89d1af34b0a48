import { newUuid, type Log } from '../base/index.ts'
import { Authorization } from './authorization.ts'
import { Dialog, type OurName } from './dialog.ts'
import { Fork } from './fork.ts'
import { canonicalName } from './header-names.ts'
import { InviteAttempt } from './invite-attempt.ts'
import type { InviteUsage, SessionGround } from './invite-usage.ts'
import type { SipMessage } from './message.ts'
import { hopsOf, hopTargetOf, type Resolve } from './next-hop.ts'
import { endsOf, inviteHeaders, isSendable, usualInterval } from './outgoing-headers.ts'
import type { InviteOptions, OutgoingListener, OutgoingSession } from './outgoing-port.ts'
import { reasonHeader } from './reasons.ts'
import { rejectionOf } from './rejection.ts'
import type { Header } from './serialize.ts'
import { afterTooSmall, agreeAsClient, sessionExpiresOf } from './session-timer.ts'
import type { Flow, SessionEnd } from './session.ts'
import { parseUri } from './uri.ts'

/** What outgoing calls stand on. */
export interface OutgoingGround extends SessionGround {
  readonly log: Log
  readonly resolve: Resolve | undefined
  /** What we call ourselves towards `flow`. */
  nameTowards(flow: Flow): OurName
}

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
  readonly #options: InviteOptions
  readonly #ground: OutgoingGround
  readonly #onClosed: () => void
  readonly #authorization: Authorization | undefined
  /** By the far end's tag. */
  readonly #forks = new Map<string, Fork>()
  /** Whoever waits until nothing more is to come. */
  readonly #closing: (() => void)[] = []
  #hops: readonly Flow[] = []
  #flow: Flow | undefined
  #dialog: Dialog | undefined
  #attempt: InviteAttempt | undefined
  #credentials: readonly Header[] = []
  #asked = usualInterval
  /** An INVITE may still be answered. */
  #isOut = true
  #isTried = false
  /** What became of the last address. */
  #lost: 'answer' | 'transport' = 'transport'
  #winner: Fork | undefined
  #last: SipMessage | undefined
  #listener: OutgoingListener | undefined
  #end: SessionEnd | undefined

  /** @param onClosed nothing will come for this session any more */
  constructor(options: InviteOptions, ground: OutgoingGround, onClosed: (session: Outgoing) => void) {
    this.#options = options
    this.#ground = ground
    this.#onClosed = () => onClosed(this)
    this.callId = options.callId ?? newUuid()
    const { credentials } = options
    this.#authorization = credentials === undefined ? undefined : new Authorization(credentials)
    void this.#begin()
  }

  /** Our tag, by which requests within the dialog find us. */
  get tag(): string {
    return this.#tag
  }

  get flow(): Flow | undefined {
    return this.#flow
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

  usageOf(request: SipMessage): InviteUsage | undefined {
    return request.callId === this.callId ? this.#forks.get(request.fromTag)?.usage : undefined
  }

  // ── On the way ─────────────────────────────────────────────────────────────────────────────────────────────────

  async #begin(): Promise<void> {
    try {
      this.#hops = await this.#findHops()
    } catch (error) {
      this.#ground.log.warn('sip.not-resolved', { error, callId: this.callId })
    }
    await this.#tryNext()
  }

  async #findHops(): Promise<readonly Flow[]> {
    const { flow } = this.#options
    if (!isSendable(this.#options)) return []
    if (flow !== undefined) return [flow]
    const target = hopTargetOf(this.#options)
    return target === undefined ? [] : hopsOf(target, this.#ground.resolve)
  }

  /** RFC 3263 section 4.3: the next address, when one cannot be reached or says 503. */
  async #tryNext(): Promise<void> {
    for (;;) {
      const [hop, ...others] = this.#hops
      if (hop === undefined || this.#isOver()) break
      this.#hops = others
      const mustStand = this.#options.flow !== undefined && this.#options.mustStand === true
      const isThere = mustStand || (await this.#ground.transport.connect(hop))
      if (isThere && !this.#isOver()) {
        this.#inviteAt(hop)
        return
      }
    }
    this.#finish({ how: 'timeout', what: this.#lost })
    this.#onFinal()
  }

  #inviteAt(flow: Flow): void {
    const { contactUser, from, routes = [], uri } = this.#options
    this.#flow = flow
    this.#dialog = new Dialog({
      ...endsOf(this.#options, this.#tag),
      callId: this.callId,
      localTag: this.#tag,
      remoteTag: '',
      routes,
      remoteTarget: uri,
      source: flow,
      localSequence: this.#attempt?.sequence ?? 0,
      remoteSequence: undefined,
      name: this.#ground.nameTowards(flow),
      contactUser: contactUser ?? parseUri(from.uri)?.user,
    })
    this.#credentials = []
    this.#invite(this.#dialog, flow)
  }

  #invite(dialog: Dialog, flow: Flow): void {
    this.#attempt = new InviteAttempt({
      dialog,
      flow,
      ground: this.#ground,
      headers: [...inviteHeaders(this.#options, dialog.contact, this.#asked), ...this.#credentials],
      offer: this.#options.offer,
      provisional: (response, attempt) => this.#onProvisional(response, attempt),
      success: (response, attempt) => this.#onSuccess(response, attempt),
      failure: (response) => this.#onFailure(response),
      lost: (what, attempt) => this.#onLost(what, attempt),
      over: (attempt) => this.#onOver(attempt),
    })
    this.#attempt.start()
  }

  // ── What comes back ────────────────────────────────────────────────────────────────────────────────────────────

  #onProvisional(response: SipMessage, attempt: InviteAttempt): void {
    if (this.#end !== undefined || this.#winner !== undefined) return
    this.#last = response
    this.#tellTrying()
    if (response.status === 100) return
    const progress = this.#forkOf(response)?.onProvisional(response, attempt)
    if (progress === undefined) return
    this.#listener?.ringing(response.status)
    if (progress.sdp !== undefined) this.#listener?.early(progress.sdp)
  }

  #onSuccess(response: SipMessage, attempt: InviteAttempt): void {
    const fork = this.#forkOf(response)
    if (fork === undefined || fork.acknowledgeAgain()) return
    if (this.#end === undefined && this.#winner === undefined) this.#answered(fork, response, attempt)
    else {
      fork.acknowledge(response, attempt.sequence, this.#credentials)
      fork.lose(ourBye)
    }
    this.#onFinal()
  }

  #answered(fork: Fork, response: SipMessage, attempt: InviteAttempt): void {
    const { offer } = this.#options
    this.#winner = fork
    this.#last = response
    this.#tellTrying()
    const theirs = fork.describedBy(response)
    const answer = offer === undefined && theirs !== undefined ? this.#listener?.remoteOffer(theirs) : undefined
    fork.acknowledge(response, attempt.sequence, this.#credentials, answer)
    // RFC 4028 section 7.2: no Session-Expires, no timer.
    const interval = sessionExpiresOf(response) === undefined ? undefined : agreeAsClient(response, this.#asked)
    fork.win(response, offer ?? answer, interval)
    if (theirs === undefined || (offer ?? answer) === undefined) void fork.usage.byeForWantOfAnswer()
    else this.#listener?.answered(theirs)
  }

  #onFailure(response: SipMessage): void {
    const dialog = this.#dialog
    const flow = this.#flow
    this.#last = response
    if (this.#end !== undefined || this.#winner !== undefined || dialog === undefined || flow === undefined) {
      this.#onFinal()
      return
    }
    this.#tellTrying()
    if (this.#isMended(response, dialog)) this.#invite(dialog, flow)
    else if (response.status === 503 && this.#hops.length > 0) void this.#tryNext()
    else {
      this.#onFinal()
      this.#listener?.rejected(rejectionOf(response))
      this.#finish({ how: 'rejected', status: response.status })
    }
  }

  /** Is it worth another try: with an answer to the challenge, or with the interval that they want? */
  #isMended(response: SipMessage, dialog: Dialog): boolean {
    if (response.status === 422) {
      const { seconds } = this.#asked
      this.#asked = afterTooSmall(response, this.#asked)
      return this.#asked.seconds > seconds
    }
    const challenged = { method: 'INVITE', uri: dialog.requestUri, body: this.#options.offer }
    const credentials = this.#authorization?.answer(response, challenged, this.#credentials)
    this.#credentials = credentials ?? this.#credentials
    return credentials !== undefined
  }

  #onLost(what: 'answer' | 'transport', attempt: InviteAttempt): void {
    this.#lost = what
    if (this.#winner !== undefined || attempt !== this.#attempt) return
    if (attempt.isHeard) this.#finish({ how: 'timeout', what })
    else void this.#tryNext()
  }

  #onOver(attempt: InviteAttempt): void {
    if (attempt === this.#attempt && this.#end !== undefined) this.#onFinal()
  }

  #tellTrying(): void {
    if (this.#isTried) return
    this.#isTried = true
    this.#listener?.trying()
  }

  #forkOf(response: SipMessage): Fork | undefined {
    const found = this.#forks.get(response.toTag)
    const dialog = this.#dialog
    if (found !== undefined || dialog === undefined || this.#forks.size >= mostForks) return found
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

  /** Asked again after every wait. */
  #isOver(): boolean {
    return this.#end !== undefined
  }

  #giveUp(end: SessionEnd, headers: readonly Header[]): void {
    if (this.#end !== undefined) return
    this.#attempt?.cancel(headers)
    this.#finish(end)
  }

  #finish(end: SessionEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#listener?.ended(end)
    this.#closeWhenDone()
  }

  /** Our INVITE has its final answer, or will get none: what did not answer it is nothing any more. */
  #onFinal(): void {
    this.#isOut = false
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
    return this.#end !== undefined && !this.#isOut && this.#forks.size === 0
  }

  #closeWhenDone(): void {
    if (!this.#isClosed) return
    for (const done of this.#closing.splice(0)) done()
    this.#onClosed()
  }
}

const ourBye: SessionEnd = { how: 'bye', by: 'near', reason: undefined }
