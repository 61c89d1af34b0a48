import type { Dialog } from './dialog.ts'
import type { SessionGround } from './invite-usage.ts'
import type { SipMessage } from './message.ts'
import type { Header } from './serialize.ts'
import type { Flow } from './session.ts'
import type { Transaction } from './transaction.ts'

export interface AttemptOptions {
  /** Without the far end's tag yet. */
  readonly dialog: Dialog
  readonly flow: Flow
  readonly ground: SessionGround
  readonly headers: readonly Header[]
  /** What was asked of us before; the ACK for a 2xx repeats it (RFC 3261 section 22.1). */
  readonly credentials: readonly Header[]
  readonly offer: string | undefined
  provisional(response: SipMessage, attempt: InviteAttempt): void
  /** Every 2xx that comes; each wants an ACK. */
  success(response: SipMessage, attempt: InviteAttempt): void
  /** 300 or more; it has been acknowledged. */
  failure(response: SipMessage, attempt: InviteAttempt): void
  /** Timer B or C, or it cannot be sent. After timer C it is being cancelled, and a response may still come. */
  lost(what: 'answer' | 'transport', attempt: InviteAttempt): void
  /** Nothing comes any more. */
  over(attempt: InviteAttempt): void
}

/** One INVITE of ours in its transaction, and the CANCEL for it. */
export class InviteAttempt {
  readonly dialog: Dialog
  readonly flow: Flow
  readonly credentials: readonly Header[]
  readonly sequence: number
  readonly #options: AttemptOptions
  #branch = ''
  #transaction: Transaction | undefined
  #isHeard = false
  #isFinal = false
  #cancel: readonly Header[] | undefined

  constructor(options: AttemptOptions) {
    this.#options = options
    this.dialog = options.dialog
    this.flow = options.flow
    this.credentials = options.credentials
    this.sequence = options.dialog.nextSequence()
  }

  /** Somebody has answered, if only with 100. */
  get isHeard(): boolean {
    return this.#isHeard
  }

  start(): void {
    const { dialog, flow, ground, headers, credentials, offer } = this.#options
    const type: readonly Header[] = offer === undefined ? [] : [['Content-Type', 'application/sdp']]
    this.#transaction = ground.transactions.request(
      'INVITE',
      flow,
      (branch) => {
        this.#branch = branch
        return dialog.request('INVITE', this.sequence, branch, [...headers, ...credentials, ...type], offer)
      },
      {
        response: (response) => this.#onResponse(response),
        timeout: () => this.#onTimeout(),
        broken: () => this.#options.lost('transport', this),
        terminated: () => this.#options.over(this),
      },
      { ackFor: (branch, response) => dialog.ackFailure(this.sequence, branch, response) },
    )
  }

  /** RFC 3261 section 9.1: not before the first provisional response, not after a final one. */
  cancel(headers: readonly Header[]): void {
    if (this.#cancel !== undefined || this.#isFinal) return
    this.#cancel = headers
    if (this.#isHeard) this.#sendCancel(headers)
  }

  #onResponse(response: SipMessage): void {
    const isFirst = !this.#isHeard
    this.#isHeard = true
    if (response.status < 200) {
      if (isFirst && this.#cancel !== undefined) this.#sendCancel(this.#cancel)
      this.#options.provisional(response, this)
      return
    }
    this.#isFinal = true
    if (response.status < 300) this.#options.success(response, this)
    else this.#options.failure(response, this)
  }

  #onTimeout(): void {
    if (this.#isHeard) this.cancel([['Reason', 'SIP;cause=408;text="No answer"']])
    this.#options.lost('answer', this)
  }

  /** In a transaction of its own, whose answer says nothing: the INVITE gets one. */
  #sendCancel(headers: readonly Header[]): void {
    const { dialog, flow, ground } = this.#options
    this.#transaction?.on('cancel')
    ground.transactions.request(
      'CANCEL',
      flow,
      (branch) => dialog.request('CANCEL', this.sequence, branch, headers),
      { response: () => undefined },
      { branch: this.#branch },
    )
  }
}
