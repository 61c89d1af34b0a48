import { createHmac, randomBytes } from 'node:crypto'
import { isFailure, newUuid, type Clock, type Log } from '../base/index.ts'
import { accepted, allowed, malformationOf, refusalOf, supported, type Refusal } from './check-request.ts'
import type { OurName } from './dialog.ts'
import { IncomingRequest } from './incoming.ts'
import type { OutgoingGround } from './invitation.ts'
import { Session } from './invite-session.ts'
import type { InviteUsage } from './invite-usage.ts'
import { parseMessage, type SipMessage } from './message.ts'
import { eventsTold } from './our-referral.ts'
import type { InviteOptions, OutgoingRegistration, OutgoingSession, RegistrationOptions } from './outgoing-port.ts'
import { Registering } from './outgoing-registration.ts'
import { Outgoing } from './outgoing-session.ts'
import { RateLimit } from './rate-limit.ts'
import { Gate } from './registrar-gate.ts'
import type { Phone, RegistrarOptions } from './registrar-port.ts'
import { replacementRefusal, type Replaces } from './replaces.ts'
import type { Header } from './serialize.ts'
import type { SipCounters, SipLimits, SipServerOptions } from './server-port.ts'
import { isIntervalTooSmall, minSeSeconds } from './session-timer.ts'
import type { Flow } from './session.ts'
import { eventsOffered, Subscriptions } from './subscriptions.ts'
import type { Timers } from './timers.ts'
import type { Transaction } from './transaction.ts'
import { Transactions } from './transactions.ts'
import type { Transport } from './transport.ts'
import { hostForUri } from './uri.ts'
import type { Via } from './via.ts'
import { noParams } from './params.ts'

export interface AgentOptions extends Pick<
  SipServerOptions,
  'messagesOf' | 'onInvite' | 'mayTake' | 'onOptions' | 'product' | 'registrar' | 'resolve'
> {
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  readonly transport: Transport
  readonly limits: SipLimits
  /** What we call ourselves towards `source`. */
  nameTowards(source: Flow): OurName
}

/** A call, whoever made it. */
interface Call {
  /** The dialog with whoever is known by that tag. */
  usageWith(callId: string | undefined, remoteTag: string): InviteUsage | undefined
  bye(q850: number, text: string): Promise<void>
}

/**
 * The user agent server (RFC 3261 section 8.2): takes what the transport brings to the transaction, the dialog or the
 * session it belongs to, and refuses the rest. Requests outside dialogs other than INVITE are answered without state,
 * so that nobody can fill our memory with them.
 */
export class Agent {
  readonly #options: AgentOptions
  readonly #transport: Transport
  readonly #transactions: Transactions
  readonly #ground: OutgoingGround
  readonly #subscriptions: Subscriptions
  /** By our tag. */
  readonly #calls = new Map<string, Call>()
  /** Which session an INVITE transaction began, while it lives; for CANCEL. */
  readonly #invited = new Map<Transaction, Session>()
  readonly #requests: RateLimit
  readonly #newCalls: RateLimit
  readonly #callsPerSource: RateLimit
  /** Undefined: whoever calls is a stranger. */
  readonly #gate: Gate | undefined
  readonly #tagKey = randomBytes(16)
  readonly #counts = { received: 0, sent: 0, malformed: 0, refused: 0, retransmitted: 0 }
  #draining = false

  constructor(options: AgentOptions) {
    this.#options = options
    const { limits, timers, transport } = options
    this.#transport = {
      receive: () => undefined,
      send: (message, to) => {
        this.#counts.sent++
        return transport.send(message, to)
      },
      connect: (to) => transport.connect(to),
    }
    const onRepeat = (): void => {
      this.#counts.retransmitted++
    }
    this.#transactions = new Transactions(
      { timers, transport: this.#transport, onRepeat },
      limits.mostTransactions,
      (transaction) => this.#invited.get(transaction)?.onBroken(),
    )
    this.#ground = {
      timers,
      transactions: this.#transactions,
      transport: this.#transport,
      onRepeat,
      log: options.log,
      resolve: options.resolve,
      nameTowards: (flow) => options.nameTowards(flow),
      callOf: (replaces) => this.#callOf(replaces),
    }
    this.#requests = new RateLimit(limits.requestsPerSecondPerSource)
    this.#newCalls = new RateLimit(limits.callsPerSecond)
    this.#callsPerSource = new RateLimit(limits.callsPerSecondPerSource)
    this.#gate = options.registrar && this.#gateOf(options.registrar)
    this.#subscriptions = new Subscriptions({
      timers: options.timers,
      transactions: this.#transactions,
      transport,
      log: options.log,
      nameTowards: (flow) => options.nameTowards(flow),
      messagesOf: options.messagesOf ?? (() => Promise.resolve({ newMessages: 0, savedMessages: 0 })),
    })
    transport.receive((message, from) => this.#onMessage(message, from))
  }

  get counters(): Omit<SipCounters, 'connections' | 'transports'> {
    const guarded = this.#gate?.counters ?? { challenged: 0, unauthenticated: 0, banned: 0 }
    return { ...this.#counts, ...guarded, transactions: this.#transactions.size, dialogs: this.#calls.size }
  }

  /** @see SipCaller.registration */
  registration(options: RegistrationOptions): OutgoingRegistration {
    return new Registering(options, this.#ground)
  }

  /** @see SipCaller.invite */
  invite(options: InviteOptions): OutgoingSession {
    const session = new Outgoing(options, this.#ground, ({ tag }) => this.#calls.delete(tag))
    this.#calls.set(session.tag, session)
    return session
  }

  /** A connection is gone. */
  onClosed(flow: Flow): void {
    this.#options.registrar?.bindings.flowClosed(flow)
    this.#transactions.onClosed(flow)
  }

  /** @see SipServer.tellMessages */
  tellMessages(...told: Parameters<Subscriptions['tell']>): void {
    this.#subscriptions.tell(...told)
  }

  drain(): void {
    this.#draining = true
  }

  /** Says BYE to everybody. Resolves when they have answered, or after 2 s. */
  async hangUpAll(): Promise<void> {
    this.drain()
    await Promise.all([...this.#calls.values()].map((call) => call.bye(16, 'Server is stopping')))
  }

  close(): void {
    this.#gate?.close()
    this.#subscriptions.close()
    this.#transactions.close()
    this.#calls.clear()
    this.#invited.clear()
  }

  #onMessage(bytes: Buffer, from: Flow): void {
    this.#counts.received++
    try {
      const message = parseMessage(bytes)
      if (message.isRequest) this.#onRequest(message, from)
      else this.#transactions.onResponse(message)
    } catch (error) {
      if (isFailure(error, 'SIP_MALFORMED')) {
        this.#counts.malformed++
        this.#options.log.debug('sip.malformed', { ...error.details, address: from.address })
      } else {
        this.#options.log.error('sip.failed', { error, address: from.address })
      }
    }
  }

  #onRequest(message: SipMessage, from: Flow): void {
    const { via } = message
    // An unreadable Via is answered all the same (RFC 4475 section 3.1.2.1), to where the request came from.
    const request = new IncomingRequest(message, via ?? stand(from), from)
    const transaction = this.#transactions.find(request)
    // RFC 6026: an ACK in "accepted" is the dialog's; some phones send it with the INVITE's own branch.
    if (transaction !== undefined && !(message.method === 'ACK' && transaction.state === 'accepted')) {
      transaction.on(message.method === 'ACK' ? 'ack' : 'request')
      return
    }
    const usage =
      message.toTag === '' ? undefined : this.#calls.get(message.toTag)?.usageWith(message.callId, message.fromTag)
    if (
      usage === undefined &&
      message.method !== 'ACK' &&
      (this.#gate?.isRefused(from.address) === true || !this.#requests.allows(from.address, this.#options.clock.now()))
    ) {
      this.#counts.refused++
      return
    }
    const malformation = malformationOf(message)
    if (malformation !== undefined) this.#counts.malformed++
    const refusal = malformation ?? this.#take(request, usage)
    // Without a transaction (RFC 3261 section 8.2.7): a retransmission is judged again, with the same result.
    if (refusal !== undefined && message.method !== 'ACK') this.#send(request, refusal)
  }

  /** @returns what is to be answered without further ado, or undefined when it has been seen to */
  #take(request: IncomingRequest, usage: InviteUsage | undefined): Refusal | undefined {
    if (usage !== undefined && request.method !== 'CANCEL') return this.#onDialogRequest(request, usage)
    return request.method === 'ACK' ? undefined : this.#onNewRequest(request)
  }

  #onDialogRequest(request: IncomingRequest, usage: InviteUsage): Refusal | undefined {
    if (request.method === 'ACK') {
      usage.onAck(request)
      return undefined
    }
    const refusal = refusalOf(request.message) ?? (this.#transactions.isFull ? this.#busy() : undefined)
    if (refusal !== undefined) return refusal
    const transaction = this.#transactions.open(request)
    this.#guard(request, transaction, () => usage.onRequest(request, transaction))
    return undefined
  }

  #onNewRequest(request: IncomingRequest): Refusal | undefined {
    const { message } = request
    if (message.method === 'CANCEL') return this.#onCancel(request)
    const refusal = refusalOf(message, this.#gate !== undefined)
    if (refusal !== undefined) return refusal
    if (message.method === 'SUBSCRIBE') return this.#onSubscribe(request)
    if (message.toTag !== '') return unknownDialog
    if (message.method === 'OPTIONS') return this.#onOptions()
    if (message.method === 'REGISTER') return this.#gate?.admit(request, (phone) => this.#onRegister(request, phone))
    // RFC 3515: it is for whoever it is about to decide, and without a call there is nobody.
    if (message.method === 'REFER') return { status: 403 }
    return message.method === 'INVITE' ? this.#onInvite(request) : unknownDialog
  }

  /** RFC 3261 section 11.2: the answer that an INVITE would have got, as far as we can tell. */
  #onOptions(): Refusal {
    const isReady = !this.#draining && (this.#options.onOptions?.() ?? true)
    return isReady ? { status: 200, headers: capabilities } : this.#busy()
  }

  /** RFC 3261 section 9.2. */
  #onCancel(request: IncomingRequest): Refusal | undefined {
    const invite = this.#transactions.findCancelled(request)
    if (invite === undefined) return unknownDialog
    const session = this.#invited.get(invite)
    this.#send(request, { status: 200 }, session?.usage.dialog.localTag)
    session?.onCancel(request)
    return undefined
  }

  #onInvite(request: IncomingRequest): Refusal | undefined {
    if (this.#transactions.isMerged(request)) return { status: 482 }
    if (isIntervalTooSmall(request.message)) return { status: 422, headers: [['Min-SE', String(minSeSeconds)]] }
    if (this.#gate === undefined || this.#draining) return this.#admit(request, undefined)
    return this.#gate.admit(request, (phone) => this.#admit(request, phone))
  }

  #admit(request: IncomingRequest, phone: Phone | undefined): Refusal | undefined {
    if (!this.#mayTake(request.source)) {
      this.#counts.refused++
      return this.#busy()
    }
    const refusal = replacementRefusal(request.message, (replaces) => this.#callOf(replaces))
    if (refusal !== undefined) return refusal
    const transaction = this.#transactions.open(request)
    this.#guard(request, transaction, () => this.#begin(request, transaction, phone))
    transaction.announce(() => request.response(100))
    return undefined
  }

  #onRegister(request: IncomingRequest, phone: Phone | undefined): Refusal | undefined {
    if (this.#transactions.isFull || phone === undefined) return this.#busy()
    const transaction = this.#transactions.open(request)
    void this.#gate?.register(request, phone).then((answer) => {
      if (this.#gate?.isClosed === true) return
      transaction.on(answer.status < 300 ? 'success' : 'failure', this.#response(request, answer))
    })
    return undefined
  }

  /** RFC 6665 section 4.2.1: who it is, is asked once, since nobody else knows the tags of the dialog. */
  #onSubscribe(request: IncomingRequest): Refusal | undefined {
    const { message } = request
    const refusal = this.#subscriptions.refusalOf(message) ?? (this.#transactions.isFull ? this.#busy() : undefined)
    if (refusal !== undefined) return refusal
    if (message.toTag === '') return this.#gate?.admit(request, (phone) => this.#subscribe(request, phone))
    const subscription = this.#subscriptions.find(message)
    if (subscription === undefined) return unknownDialog
    const transaction = this.#transactions.open(request)
    this.#subscriptions.refresh(subscription, request, transaction)
    return undefined
  }

  #subscribe(request: IncomingRequest, phone: Phone | undefined): Refusal | undefined {
    if (phone === undefined) return { status: 403 }
    if (this.#transactions.isFull || this.#subscriptions.isFull || this.#draining) return this.#busy()
    const transaction = this.#transactions.open(request)
    this.#subscriptions.subscribe(request, transaction, phone)
    return undefined
  }

  #gateOf(registrar: RegistrarOptions): Gate {
    return new Gate({
      ...registrar,
      clock: this.#options.clock,
      log: this.#options.log,
      isTaken: (request) => this.#transactions.find(request) !== undefined,
      answer: (request, refusal) => this.#send(request, refusal),
      busy: () => this.#busy(),
    })
  }

  #mayTake(source: Flow): boolean {
    const { clock, limits } = this.#options
    if (this.#draining || this.#transactions.isFull || this.#calls.size >= limits.mostCalls) return false
    const now = clock.now()
    if (!this.#callsPerSource.allows(source.address, now) || !this.#newCalls.allows('', now)) return false
    return this.#options.mayTake?.(source) ?? true
  }

  #callOf({ callId, toTag, fromTag }: Replaces): InviteUsage | undefined {
    return this.#calls.get(toTag)?.usageWith(callId, fromTag)
  }

  #begin(request: IncomingRequest, transaction: Transaction, phone: Phone | undefined): void {
    const tag = newUuid()
    const name = this.#options.nameTowards(request.source)
    const session = new Session(request, transaction, tag, name, this.#ground, () => {
      this.#calls.delete(tag)
      this.#invited.delete(transaction)
    })
    this.#calls.set(tag, session)
    this.#invited.set(transaction, session)
    this.#options.onInvite(session, phone)
  }

  /** Whatever goes wrong inside, the far end gets an answer. */
  #guard(request: IncomingRequest, transaction: Transaction, work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#invited.get(transaction)?.reject(500)
      transaction.on('failure', this.#response(request, { status: 500 }))
      throw error
    }
  }

  #busy(): Refusal {
    return { status: 503, headers: [['Retry-After', String(this.#options.limits.retryAfterSeconds)]] }
  }

  #send(request: IncomingRequest, refusal: Refusal, tag?: string): void {
    this.#transport.send(this.#response(request, refusal, tag), request.replyTo)
  }

  #response(request: IncomingRequest, { status, reason, headers = [] }: Refusal, tag?: string): Buffer {
    const server: Header = ['Server', this.#options.product]
    return request.response(status, { reason, toTag: tag ?? this.#tagFor(request), headers: [...headers, server] })
  }

  /** The same for every retransmission, and not to be guessed (RFC 3261 section 8.2.7). */
  #tagFor({ message, via }: IncomingRequest): string {
    const text = `${message.callId ?? ''} ${message.fromTag} ${via.params.get('branch') ?? ''}`
    return createHmac('sha256', this.#tagKey).update(text).digest('hex').slice(0, 16)
  }
}

const unknownDialog: Refusal = { status: 481 }

/** A Via to answer by when there is none to be read. */
function stand({ transport, address, port }: Flow): Via {
  return { transport: transport.toUpperCase(), host: hostForUri(address), port, params: noParams, rest: [] }
}

const capabilities: readonly Header[] = [
  ['Allow', allowed],
  ['Accept', accepted],
  ['Allow-Events', `${eventsTold}, ${eventsOffered}`],
  ['Accept-Encoding', 'identity'],
  ['Accept-Language', 'en'],
  ['Supported', supported],
]
