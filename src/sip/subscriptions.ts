import { newUuid, type Log } from '../base/index.ts'
import { addressText } from './address.ts'
import { mediaType } from './body.ts'
import type { Refusal } from './check-request.ts'
import { DialogRequests } from './dialog-requests.ts'
import { Dialog, dialogAsServer, type OurName } from './dialog.ts'
import type { IncomingRequest } from './incoming.ts'
import { messageSummaryEvent, messageSummaryText, messageSummaryType, type MessageSummary } from './message-summary.ts'
import { wholeNumber, type SipMessage } from './message.ts'
import { parseParams } from './params.ts'
import type { Contact, Phone } from './registrar-port.ts'
import { rawValue, type Header } from './serialize.ts'
import type { Flow } from './session.ts'
import { Subscription } from './subscription.ts'
import type { Timers } from './timers.ts'
import type { Transaction } from './transaction.ts'
import type { Transactions } from './transactions.ts'
import type { Transport } from './transport.ts'

export interface SubscriptionsOptions {
  readonly timers: Timers
  readonly transactions: Transactions
  readonly transport: Transport
  readonly log: Log
  readonly nameTowards: (flow: Flow) => OurName
  /** How many messages wait for a phone that asks. */
  readonly messagesOf: (phone: Phone) => Promise<MessageSummary>
}

/** Whom messages are for. */
export type Addressee = Pick<Phone, 'accountId' | 'deviceId'> & {
  /** As the phone calls itself: `sip:user@realm`. */
  readonly uri: string
}

const minSeconds = 60
const maxSeconds = 3_600
/** Of one phone: another one takes the place of the oldest. */
const mostOfPhone = 10
const mostInAll = 50_000

/** What phones may subscribe to. */
export const eventsOffered = messageSummaryEvent

const acceptable = new Set([messageSummaryType, 'application/*', '*/*'])

/** Phones that are told how many messages wait: those that have asked (RFC 6665, 3842), and those that have not. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions
  /** By our tag. */
  readonly #byTag = new Map<string, Subscription>()
  readonly #byPhone = new Map<string, Set<Subscription>>()

  constructor(options: SubscriptionsOptions) {
    this.#options = options
  }

  /** What is wrong with a SUBSCRIBE, whoever sends it. */
  refusalOf(message: SipMessage): Refusal | undefined {
    if (mediaType(message.first('event')) !== messageSummaryEvent) {
      return { status: 489, headers: [['Allow-Events', eventsOffered]] }
    }
    const accept = message.list('accept')
    if (accept.length > 0 && !accept.map(mediaType).some((range) => acceptable.has(range))) return { status: 406 }
    const seconds = secondsOf(message)
    if (Number.isNaN(seconds)) return { status: 400, reason: 'Bad Expires' }
    const isTooBrief = seconds > 0 && seconds < minSeconds
    return isTooBrief ? { status: 423, headers: [['Min-Expires', String(minSeconds)]] } : undefined
  }

  /** The subscription that a request within a dialog is about. */
  find({ callId, fromTag, toTag }: SipMessage): Subscription | undefined {
    const found = this.#byTag.get(toTag)
    const isIt = found !== undefined && found.dialog.callId === callId && found.dialog.remoteTag === fromTag
    return isIt ? found : undefined
  }

  /** A new one. The first NOTIFY follows at once (RFC 6665 section 4.2.1.2). */
  subscribe(request: IncomingRequest, transaction: Transaction, phone: Phone): void {
    const { nameTowards, timers, transactions, transport } = this.#options
    const tag = newUuid()
    const dialog = dialogAsServer(request, tag, nameTowards(request.source))
    const subscription: Subscription = new Subscription({
      dialog,
      requests: new DialogRequests({ dialog, transactions, transport, authorization: undefined }),
      timers,
      phone,
      event: eventOf(request.message),
      over: () => this.#forget(tag, subscription),
    })
    this.#keep(tag, subscription)
    this.#answer(subscription, request, transaction)
  }

  /** The same again, for longer, or no longer. */
  refresh(subscription: Subscription, request: IncomingRequest, transaction: Transaction): void {
    const { dialog } = subscription
    if (!dialog.isInOrder(request.message.cseq?.number ?? 0)) {
      transaction.on('failure', request.response(500, { headers: [['Server', dialog.product]] }))
      return
    }
    dialog.refreshTarget(request.message)
    this.#answer(subscription, request, transaction)
  }

  /** Tells all phones at `contacts`, and those that have subscribed; each once. */
  tell(addressee: Addressee, contacts: readonly Pick<Contact, 'uri' | 'flow'>[], summary: MessageSummary): void {
    const subscribed = [...(this.#byPhone.get(keyOf(addressee)) ?? [])]
    for (const subscription of subscribed) subscription.tell(summary)
    const told = new Set(subscribed.map(({ dialog }) => placeOf(dialog.source)))
    for (const contact of contacts) {
      if (!told.has(placeOf(contact.flow))) this.#notifyUnasked(addressee, contact, summary)
    }
  }

  close(): void {
    for (const subscription of [...this.#byTag.values()]) subscription.stop()
  }

  #answer(subscription: Subscription, request: IncomingRequest, transaction: Transaction): void {
    const { dialog, phone } = subscription
    const seconds = Math.min(secondsOf(request.message), maxSeconds)
    const headers: readonly Header[] = [
      ['Contact', dialog.contact],
      ['Expires', String(seconds)],
      ['Server', dialog.product],
    ]
    subscription.lastFor(seconds)
    transaction.on('success', request.response(200, { toTag: dialog.localTag, recordRoute: true, headers }))
    this.#options.messagesOf(phone).then(
      (summary) => subscription.tell(summary),
      (error: unknown) => this.#options.log.warn('sip.messages-unknown', { error, deviceId: phone.deviceId }),
    )
  }

  /** Some phones never ask; they are told all the same, outside of any dialog, as everybody does. */
  #notifyUnasked({ uri }: Addressee, contact: Pick<Contact, 'uri' | 'flow'>, summary: MessageSummary): void {
    const { nameTowards, transactions } = this.#options
    const { flow } = contact
    const localTag = newUuid()
    const dialog = new Dialog({
      callId: newUuid(),
      localTag,
      remoteTag: '',
      local: `${rawValue(addressText(uri, undefined))};tag=${localTag}`,
      remote: rawValue(addressText(uri, undefined)),
      routes: [],
      remoteTarget: contact.uri,
      source: flow,
      localSequence: 0,
      remoteSequence: undefined,
      name: nameTowards(flow),
      contactUser: undefined,
    })
    const headers: readonly Header[] = [
      ['Contact', dialog.contact],
      ['Event', messageSummaryEvent],
      ['Subscription-State', 'active'],
      ['Content-Type', messageSummaryType],
    ]
    const body = messageSummaryText(summary)
    const sequence = dialog.nextSequence()
    transactions.request('NOTIFY', flow, (branch) => dialog.request('NOTIFY', sequence, branch, headers, body), {
      response: () => undefined, // a phone that has no lamp for it says so
    })
  }

  #keep(tag: string, subscription: Subscription): void {
    const key = keyOf(subscription.phone)
    const ofPhone = this.#byPhone.get(key) ?? new Set()
    const [oldest] = ofPhone.size >= mostOfPhone ? ofPhone : []
    oldest?.stop()
    this.#byPhone.set(key, ofPhone.add(subscription))
    this.#byTag.set(tag, subscription)
  }

  /** No more of them are taken. */
  get isFull(): boolean {
    return this.#byTag.size >= mostInAll
  }

  #forget(tag: string, subscription: Subscription): void {
    this.#byTag.delete(tag)
    const key = keyOf(subscription.phone)
    const ofPhone = this.#byPhone.get(key)
    ofPhone?.delete(subscription)
    if (ofPhone?.size === 0) this.#byPhone.delete(key)
  }
}

/** NaN for what is no number. */
function secondsOf(message: SipMessage): number {
  const expires = message.first('expires')
  return expires === undefined ? maxSeconds : wholeNumber(expires)
}

/** With its id, which must be said again. */
function eventOf(message: SipMessage): string {
  const value = message.first('event') ?? ''
  const semicolon = value.indexOf(';')
  const id = semicolon === -1 ? undefined : parseParams(value.slice(semicolon))?.get('id')
  return id === undefined || id === '' ? messageSummaryEvent : `${messageSummaryEvent};id=${id}`
}

const keyOf = ({ accountId, deviceId }: Pick<Phone, 'accountId' | 'deviceId'>): string => `${accountId}/${deviceId}`
const placeOf = ({ transport, address, port }: Flow): string => `${transport} ${address} ${port}`
