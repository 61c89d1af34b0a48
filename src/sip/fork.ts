import { bodyOf } from './body.ts'
import type { InviteAttempt } from './invite-attempt.ts'
import { InviteUsage, type UsageOptions } from './invite-usage.ts'
import { wholeNumber, type SipMessage } from './message.ts'
import type { Header } from './serialize.ts'
import type { SessionInterval } from './session-timer.ts'
import type { SessionEnd } from './session.ts'
import { pending } from './their-requests.ts'
import { newBranch } from './transactions.ts'

export type ForkOptions = Omit<UsageOptions, 'isOurs' | 'onPrack' | 'earlyOfferRefusal'>

/** What a provisional response brings. */
export interface Progress {
  /** A description that was not told before. */
  readonly sdp: string | undefined
}

/** One far end that our INVITE reached: an early dialog (RFC 3261 section 13.2.2), which one of them makes a call. */
export class Fork {
  readonly usage: InviteUsage
  readonly #ground: UsageOptions['ground']
  /** Theirs came reliably, so that the first offer and answer are complete. */
  #isSettled = false
  #rseq: number | undefined
  #ack: Buffer | undefined

  constructor(options: ForkOptions) {
    this.#ground = options.ground
    this.usage = new InviteUsage({
      ...options,
      isOurs: true,
      onPrack: () => ({ status: 481 }), // Whoever is called sends none before the answer, and none after it.
      earlyOfferRefusal: () => (this.#isSettled ? undefined : pending),
    })
  }

  /**
   * A provisional response above 100. A reliable one gets its PRACK (RFC 3262 section 4).
   * @returns undefined when it came twice or out of order
   */
  onProvisional(response: SipMessage, { sequence }: InviteAttempt): Progress | undefined {
    const isReliable = response.lists('require', '100rel')
    if (isReliable && !this.#acknowledgeReliable(response, sequence)) return undefined
    const sdp = sdpOf(response)
    // RFC 3261 section 13.2.1: after a reliable answer there is no other in a response to the same offer.
    if (sdp === undefined || this.#isSettled) return { sdp: undefined }
    const isNew = sdp !== this.usage.theirs
    this.usage.hear(sdp)
    this.#isSettled = isReliable
    return { sdp: isNew ? sdp : undefined }
  }

  /** Theirs after the 2xx: in it, or in what came before. */
  describedBy(response: SipMessage): string | undefined {
    if (!this.#isSettled) this.usage.hear(sdpOf(response))
    return this.usage.theirs
  }

  /** A 2xx came again: so does our ACK. @returns false when it is the first */
  acknowledgeAgain(): boolean {
    if (this.#ack === undefined) return false
    this.#ground.transport.send(this.#ack, this.usage.dialog.nextHop())
    return true
  }

  /** Sends the ACK for the first 2xx (RFC 3261 section 13.2.2.4). @param answer to their offer in it */
  acknowledge(response: SipMessage, { credentials, sequence }: InviteAttempt, answer?: string): void {
    const { dialog } = this.usage
    dialog.confirmedBy(response)
    const type: readonly Header[] = answer === undefined ? [] : [['Content-Type', 'application/sdp']]
    this.#ack = dialog.request('ACK', sequence, newBranch(), [...credentials, ...type], answer)
    this.acknowledgeAgain()
  }

  /** It is the one. @param ours our description */
  win(response: SipMessage, ours: string | undefined, interval: SessionInterval | undefined): void {
    this.usage.meet(response)
    this.usage.confirm(ours, interval)
  }

  /** It answered too late. */
  lose(end: SessionEnd): void {
    this.usage.confirm(undefined, undefined)
    void this.usage.bye(end, [['Reason', 'SIP;cause=200;text="Call completed elsewhere"']])
  }

  #acknowledgeReliable(response: SipMessage, sequence: number): boolean {
    const rseq = wholeNumber(response.first('rseq') ?? '')
    if (Number.isNaN(rseq) || (this.#rseq !== undefined && rseq !== this.#rseq + 1)) return false
    this.#rseq = rseq
    this.usage.dialog.confirmedBy(response)
    this.usage.requests.send('PRACK', [['RAck', `${rseq} ${sequence} INVITE`]], undefined, () => undefined)
    return true
  }
}

function sdpOf(response: SipMessage): string | undefined {
  const body = bodyOf(response)
  return body.is === 'sdp' ? body.sdp : undefined
}
