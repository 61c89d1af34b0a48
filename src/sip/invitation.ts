import type { Log } from '../base/index.ts'
import type { Authorization } from './authorization.ts'
import { Dialog, type OurName } from './dialog.ts'
import { InviteAttempt } from './invite-attempt.ts'
import type { SessionGround } from './invite-usage.ts'
import type { SipMessage } from './message.ts'
import { hopsOf, hopTargetOf, isSips, type Resolve } from './next-hop.ts'
import { endsOf, inviteHeaders, isSendable, usualInterval } from './outgoing-headers.ts'
import type { InviteOptions } from './outgoing-port.ts'
import type { Header } from './serialize.ts'
import { afterTooSmall, agreeAsClient, sessionExpiresOf, type SessionInterval } from './session-timer.ts'
import type { Flow } from './session.ts'
import { parseUri } from './uri.ts'

/** What outgoing calls stand on. */
export interface OutgoingGround extends SessionGround {
  readonly log: Log
  readonly resolve: Resolve | undefined
  /** What we call ourselves towards `flow`. */
  nameTowards(flow: Flow): OurName
}

export interface InvitationOptions {
  readonly invite: InviteOptions
  readonly callId: string
  readonly localTag: string
  readonly ground: OutgoingGround
  readonly authorization: Authorization | undefined
  provisional(response: SipMessage, attempt: InviteAttempt): void
  /** Every 2xx that comes; each wants an ACK. */
  success(response: SipMessage, attempt: InviteAttempt): void
  /** The final response that nothing can be done about. */
  failure(response: SipMessage): void
  /** No far end, or none that answers. */
  lost(what: 'answer' | 'transport'): void
  /** There will be no final response any more. */
  over(): void
}

/**
 * Our wish to talk to somebody: finds where they are and sends the INVITE, again with credentials, with the session
 * interval that they want, or to the next address (RFC 3261 section 8.1.3, RFC 3263 section 4.3, RFC 4028 section 7.3).
 */
export class Invitation {
  readonly #options: InvitationOptions
  #hops: readonly Flow[] = []
  #flow: Flow | undefined
  #attempt: InviteAttempt | undefined
  #asked = usualInterval
  /** What became of the last address. */
  #lost: 'answer' | 'transport' = 'transport'
  #isCancelled = false
  #isOut = true

  constructor(options: InvitationOptions) {
    this.#options = options
  }

  /** Where it went at last. */
  get flow(): Flow | undefined {
    return this.#flow
  }

  /** A final response may still come. */
  get isOut(): boolean {
    return this.#isOut
  }

  async start(): Promise<void> {
    const { callId, ground } = this.#options
    try {
      this.#hops = await this.#findHops()
    } catch (error) {
      ground.log.warn('sip.not-resolved', { error, callId })
    }
    await this.#tryNext()
  }

  /** What is not sent yet is not sent; what is sent gets its CANCEL. */
  cancel(headers: readonly Header[]): void {
    this.#isCancelled = true
    this.#attempt?.cancel(headers)
  }

  /** What a 2xx agrees on; without Session-Expires there is no timer (RFC 4028 section 7.2). */
  intervalOf(response: SipMessage): SessionInterval | undefined {
    return sessionExpiresOf(response) === undefined ? undefined : agreeAsClient(response, this.#asked)
  }

  async #findHops(): Promise<readonly Flow[]> {
    const { ground, invite } = this.#options
    if (!isSendable(invite)) return []
    if (invite.flow !== undefined) return [invite.flow]
    const target = hopTargetOf(invite)
    return target === undefined ? [] : hopsOf(target, ground.resolve)
  }

  async #tryNext(): Promise<void> {
    const { ground, invite } = this.#options
    for (;;) {
      const [hop, ...others] = this.#hops
      if (hop === undefined || this.#isOff()) break
      this.#hops = others
      const mustStand = invite.flow !== undefined && invite.mustStand === true
      const isThere = mustStand || (await ground.transport.connect(hop))
      if (isThere && !this.#isOff()) {
        this.#flow = hop
        this.#send(this.#dialogTowards(hop), hop, [])
        return
      }
    }
    this.#options.lost(this.#lost)
    this.#over()
  }

  #over(): void {
    this.#isOut = false
    this.#options.over()
  }

  /** Asked again after every wait. */
  #isOff(): boolean {
    return this.#isCancelled
  }

  #dialogTowards(flow: Flow): Dialog {
    const { callId, ground, invite, localTag } = this.#options
    return new Dialog({
      ...endsOf(invite, localTag),
      callId,
      localTag,
      remoteTag: '',
      routes: invite.routes ?? [],
      remoteTarget: invite.uri,
      source: flow,
      localSequence: this.#attempt?.sequence ?? 0,
      remoteSequence: undefined,
      name: ground.nameTowards(flow),
      contactUser: invite.contactUser ?? parseUri(invite.from.uri)?.user,
      isSips: isSips(invite),
    })
  }

  #send(dialog: Dialog, flow: Flow, credentials: readonly Header[]): void {
    const { ground, invite } = this.#options
    this.#isOut = true
    this.#attempt = new InviteAttempt({
      dialog,
      flow,
      ground,
      headers: inviteHeaders(invite, dialog.contact, this.#asked),
      credentials,
      offer: invite.offer,
      provisional: (response, attempt) => this.#options.provisional(response, attempt),
      success: (response, attempt) => {
        this.#options.success(response, attempt)
        this.#over()
      },
      failure: (response, attempt) => this.#onFailure(response, attempt),
      lost: (what, attempt) => this.#onLost(what, attempt),
      over: (attempt) => {
        if (attempt === this.#attempt) this.#over()
      },
    })
    this.#attempt.start()
  }

  #onFailure(response: SipMessage, { dialog, flow, credentials }: InviteAttempt): void {
    const better = this.#isCancelled ? undefined : this.#mended(response, dialog, credentials)
    if (better !== undefined) this.#send(dialog, flow, better)
    else if (response.status === 503 && this.#hops.length > 0 && !this.#isCancelled) void this.#tryNext()
    else {
      this.#options.failure(response)
      this.#over()
    }
  }

  /** Is it worth another try: with an answer to the challenge, or with the interval that they want? */
  #mended(response: SipMessage, dialog: Dialog, given: readonly Header[]): readonly Header[] | undefined {
    const { authorization, invite } = this.#options
    if (response.status === 422) {
      const { seconds } = this.#asked
      this.#asked = afterTooSmall(response, this.#asked)
      return this.#asked.seconds > seconds ? given : undefined
    }
    return authorization?.answer(response, { method: 'INVITE', uri: dialog.requestUri, body: invite.offer }, given)
  }

  #onLost(what: 'answer' | 'transport', attempt: InviteAttempt): void {
    this.#lost = what
    if (attempt.isHeard) this.#options.lost(what)
    else void this.#tryNext()
  }
}
