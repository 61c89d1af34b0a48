import { newUuid } from '../base/index.ts'
import type { IncomingRequest } from './incoming.ts'
import type { SipMessage } from './message.ts'
import { isSameFlow, type Flow } from './session.ts'
import { Transaction, type Ground, type TransactionEvents } from './transaction.ts'
import { sentBy } from './via.ts'

const magicCookie = 'z9hG4bK'

export interface ClientEvents {
  response(response: SipMessage): void
  timeout?(): void
  broken?(): void
  /** Nothing will come of it any more; after everything else. */
  terminated?(): void
}

export interface ClientOptions {
  /** Makes the ACK for a failure response; for INVITE only. */
  readonly ackFor?: (branch: string, response: SipMessage) => Buffer
  /** That of the INVITE; for CANCEL only (RFC 3261 section 9.1). */
  readonly branch?: string
}

interface Client {
  readonly transaction: Transaction
  readonly events: ClientEvents
  /** The ACK for a failure response (RFC 3261 section 17.1.1.3). */
  readonly ackFor: ((response: SipMessage) => Buffer) | undefined
}

/** All transactions there are, by key. */
export class Transactions {
  readonly #ground: Ground
  readonly #most: number
  readonly #servers = new Map<string, Transaction>()
  readonly #clients = new Map<string, Client>()
  /** INVITEs outside dialogs by who, which and what: finds those that came twice by different ways. */
  readonly #merges = new Set<string>()
  readonly #mergeKeys = new Map<Transaction, string>()
  readonly #serverEvents: TransactionEvents

  /** @param onBroken a server transaction cannot send its response */
  constructor(ground: Ground, most: number, onBroken: (transaction: Transaction) => void) {
    this.#ground = ground
    this.#most = most
    this.#serverEvents = { broken: onBroken, terminated: (transaction) => this.#onServerEnded(transaction) }
  }

  get size(): number {
    return this.#servers.size + this.#clients.size
  }

  get isFull(): boolean {
    return this.size >= this.#most
  }

  /** The transaction that a request is a retransmission of, or an ACK for a failure response. */
  find(request: IncomingRequest): Transaction | undefined {
    return this.#servers.get(keyOf(request, request.method === 'ACK' ? 'INVITE' : request.method))
  }

  /** The INVITE that a CANCEL means (RFC 3261 section 9.2). */
  findCancelled(cancel: IncomingRequest): Transaction | undefined {
    return this.#servers.get(keyOf(cancel, 'INVITE'))
  }

  /** RFC 3261 section 8.2.2.2: the same INVITE by another way. The key has CSeq, because a 401 is followed by the next. */
  isMerged(invite: IncomingRequest): boolean {
    return this.#merges.has(mergeKeyOf(invite))
  }

  open(request: IncomingRequest): Transaction {
    const key = keyOf(request, request.method)
    const kind = request.method === 'INVITE' ? 'serverInvite' : 'serverOther'
    const transaction = new Transaction(kind, key, request.replyTo, this.#ground, this.#serverEvents)
    this.#servers.set(key, transaction)
    if (kind === 'serverInvite' && request.message.toTag === '') {
      const merge = mergeKeyOf(request)
      this.#merges.add(merge)
      this.#mergeKeys.set(transaction, merge)
    }
    return transaction
  }

  /**
   * Sends a request of ours.
   * @param build makes the message with this branch
   */
  request(
    method: string,
    flow: Flow,
    build: (branch: string) => Buffer,
    events: ClientEvents,
    { ackFor, branch = newBranch() }: ClientOptions = {},
  ): Transaction {
    const key = `${branch} ${method}`
    const kind = method === 'INVITE' ? 'clientInvite' : 'clientOther'
    const transaction = new Transaction(kind, key, flow, this.#ground, {
      timeout: () => events.timeout?.(),
      broken: () => events.broken?.(),
      terminated: () => {
        this.#clients.delete(key)
        events.terminated?.()
      },
    })
    const client = {
      transaction,
      events,
      ackFor: ackFor === undefined ? undefined : (response: SipMessage) => ackFor(branch, response),
    }
    this.#clients.set(key, client)
    transaction.on('request', build(branch))
    return transaction
  }

  /** @returns false when it answers nothing that we asked (RFC 3261 section 17.1.3) */
  onResponse(response: SipMessage): boolean {
    const branch = response.via?.params.get('branch')
    const method = response.cseq?.method
    const client = branch === undefined || method === undefined ? undefined : this.#clients.get(`${branch} ${method}`)
    if (client === undefined) return false
    const input = response.status < 200 ? 'provisional' : response.status < 300 ? 'success' : 'failure'
    const ack = input === 'failure' ? client.ackFor?.(response) : undefined
    if (client.transaction.on(input, ack)) client.events.response(response)
    return true
  }

  /** A connection is gone: nobody answers what we asked by it (RFC 3261 section 18.4). */
  onClosed(flow: Flow): void {
    for (const { transaction } of [...this.#clients.values()]) {
      if (transaction.isUnanswered && isSameFlow(transaction.flow, flow)) transaction.on('transportError')
    }
  }

  #onServerEnded(transaction: Transaction): void {
    this.#servers.delete(transaction.key)
    const merge = this.#mergeKeys.get(transaction)
    if (merge === undefined) return
    this.#mergeKeys.delete(transaction)
    this.#merges.delete(merge)
  }

  close(): void {
    for (const server of this.#servers.values()) server.forget()
    for (const { transaction } of this.#clients.values()) transaction.forget()
    this.#servers.clear()
    this.#clients.clear()
    this.#merges.clear()
    this.#mergeKeys.clear()
  }
}

export function newBranch(): string {
  return `${magicCookie}${newUuid()}`
}

/**
 * RFC 3261 section 17.2.3: branch, sent-by and method; without the magic cookie (or with nothing behind it) the rules
 * of RFC 2543 for those.
 */
function keyOf(request: IncomingRequest, method: string): string {
  const branch = request.via.params.get('branch') ?? ''
  if (branch.length > magicCookie.length && branch.startsWith(magicCookie)) {
    return `${branch} ${sentBy(request.via)} ${method}`
  }
  const { requestUri, callId, cseq, fromTag } = request.message
  return `${requestUri} ${callId ?? ''} ${cseq?.number ?? ''} ${fromTag} ${sentBy(request.via)} ${branch} ${method}`
}

function mergeKeyOf({ message }: IncomingRequest): string {
  return `${message.callId ?? ''} ${message.cseq?.number ?? ''} ${message.fromTag}`
}
