import type { Authorization } from './authorization.ts'
import type { Dialog } from './dialog.ts'
import type { SipMessage } from './message.ts'
import type { Header } from './serialize.ts'
import { newBranch, type Transactions } from './transactions.ts'
import type { Transport } from './transport.ts'

export interface DialogRequestsOptions {
  readonly dialog: Dialog
  readonly transactions: Transactions
  readonly transport: Transport
  /** What a proxy between us wants to know of every request (RFC 3261 section 22.3). */
  readonly authorization: Authorization | undefined
}

interface Request {
  readonly method: string
  readonly headers: readonly Header[]
  readonly body: string | undefined
  readonly done: (response: SipMessage | undefined) => void
}

/** Our requests within one dialog. A challenge is answered once for each. */
export class DialogRequests {
  readonly #options: DialogRequestsOptions
  #invites = 0

  constructor(options: DialogRequestsOptions) {
    this.#options = options
  }

  /** A re-INVITE of ours has no final answer yet. */
  get hasInviteOut(): boolean {
    return this.#invites > 0
  }

  /** @param done called once: with the final response, or with undefined when none came or nothing could be sent */
  send(method: string, headers: readonly Header[], body: string | undefined, done: Request['done']): void {
    if (method === 'INVITE') this.#invites++
    this.#send({ method, headers, body, done }, [])
  }

  #send(request: Request, credentials: readonly Header[]): void {
    const { dialog, transactions } = this.#options
    const { method, headers, body } = request
    const sequence = dialog.nextSequence()
    const isTyped = body === undefined || headers.some(([name]) => name === 'Content-Type')
    const type: readonly Header[] = isTyped ? [] : [['Content-Type', 'application/sdp']]
    const all = [...headers, ...credentials, ...type]
    let isDone = false
    const finish = (response: SipMessage | undefined): void => {
      if (isDone) return
      isDone = true
      this.#finish(request, response, credentials)
    }
    transactions.request(
      method,
      dialog.nextHop(),
      (branch) => dialog.request(method, sequence, branch, all, body),
      {
        response: (response) => {
          if (response.status < 200) return
          if (method === 'INVITE' && response.status < 300) this.#acknowledge(sequence, credentials)
          finish(response)
        },
        timeout: () => finish(undefined),
        broken: () => finish(undefined),
      },
      { ackFor: (branch, response) => dialog.ackFailure(sequence, branch, response) },
    )
  }

  #finish(request: Request, response: SipMessage | undefined, credentials: readonly Header[]): void {
    const { authorization, dialog } = this.#options
    const { method, body } = request
    const challenged = { method, uri: dialog.requestUri, body }
    const answer = response === undefined ? undefined : authorization?.answer(response, challenged, credentials)
    if (answer !== undefined) {
      this.#send(request, answer)
      return
    }
    if (method === 'INVITE') this.#invites--
    if (isTargetRefresh(method) && response !== undefined && response.status < 300) dialog.refreshTarget(response)
    request.done(response)
  }

  /** RFC 3261 section 13.2.2.4: every 2xx gets an ACK, the tenth like the first. */
  #acknowledge(sequence: number, credentials: readonly Header[]): void {
    const { dialog, transport } = this.#options
    transport.send(dialog.request('ACK', sequence, newBranch(), credentials), dialog.nextHop())
  }
}

/** RFC 3261 section 6, RFC 3311 section 5.1. */
function isTargetRefresh(method: string): boolean {
  return method === 'INVITE' || method === 'UPDATE'
}
