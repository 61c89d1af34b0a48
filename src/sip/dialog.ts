import ipaddr from 'ipaddr.js'
import { parseNameAddress } from './address.ts'
import type { IncomingRequest } from './incoming.ts'
import type { SipMessage } from './message.ts'
import { serialize, type Header } from './serialize.ts'
import type { Flow } from './session.ts'
import { isConnection, isSecure, transportParam } from './transport-name.ts'
import { bareHost, hostForUri, parseUri, uriParam, type SipUri } from './uri.ts'

/** What we call ourselves. */
export interface OurName {
  /** As in Via and Contact. */
  readonly host: string
  readonly port: number
  readonly product: string
}

export interface DialogParts {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  /** Our From, their To, in what we send; one character per byte. */
  readonly local: string
  readonly remote: string
  readonly routes: readonly string[]
  readonly remoteTarget: string
  /** Where the far end was seen. */
  readonly source: Flow
  readonly localSequence: number
  /** Undefined until they have asked for something. */
  readonly remoteSequence: number | undefined
  readonly name: OurName
  /** The user part of our Contact. */
  readonly contactUser: string | undefined
  /** Every hop must be secure, so our Contact says so too (RFC 3261 sections 8.1.1.8 and 12.1.1). */
  readonly isSips?: boolean
}

/** The dialog on the side that was called (RFC 3261 section 12.1.1). */
export function dialogAsServer({ message, source }: IncomingRequest, localTag: string, name: OurName): Dialog {
  const [nearest = message.contact?.uri ?? ''] = message.list('record-route')
  return new Dialog({
    callId: message.callId ?? '',
    localTag,
    remoteTag: message.fromTag,
    local: `${message.first('to') ?? ''};tag=${localTag}`,
    remote: message.first('from') ?? '',
    routes: message.list('record-route'),
    remoteTarget: message.contact?.uri ?? `sip:${hostForUri(source.address)}:${source.port}`,
    source,
    localSequence: 0,
    remoteSequence: message.cseq?.number ?? 0,
    name,
    contactUser: parseUri(message.requestUri)?.user,
    // Differs from RFC 5630: `sips:` that came unsecured is taken for what it is, for the sake of proxies that end TLS.
    isSips: isSecure(source.transport) && [message.requestUri, nearest].some((uri) => sipsForm.test(uri)),
  })
}

/** The state of one dialog; on the side that calls it begins without the far end's tag (RFC 3261 section 12.2). */
export class Dialog {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  /** Our Contact, in angle brackets. */
  readonly contact: string
  readonly #parts: DialogParts
  #routes: readonly string[]
  #remoteTarget: string
  #remoteSequence: number | undefined
  #localSequence: number
  /** Where the far end was seen last. */
  #source: Flow

  constructor(parts: DialogParts) {
    this.callId = parts.callId
    this.localTag = parts.localTag
    this.remoteTag = parts.remoteTag
    this.#parts = parts
    this.#source = parts.source
    this.#routes = parts.routes
    this.#remoteTarget = parts.remoteTarget
    this.#remoteSequence = parts.remoteSequence
    this.#localSequence = parts.localSequence
    const { name, source, contactUser, isSips = false } = parts
    const address = `${hostForUri(name.host)}:${name.port}${transportParam(source.transport, isSips)}`
    const user = contactUser === undefined ? '' : `${contactUser}@`
    this.contact = `<${isSips ? 'sips' : 'sip'}:${user}${address}>`
  }

  /** What a response with a To tag makes of it on the side that calls (RFC 3261 section 12.1.2). */
  answeredBy(response: SipMessage): Dialog {
    return new Dialog({
      ...this.#parts,
      source: this.#source,
      remoteTag: response.toTag,
      remote: response.first('to') ?? '',
      routes: routesOf(response),
      remoteTarget: response.contact?.uri ?? this.#remoteTarget,
      localSequence: this.#localSequence,
    })
  }

  /** RFC 3261 section 13.2.2.4: what the provisional response said of the way is forgotten for what the 2xx says. */
  confirmedBy(response: SipMessage): void {
    this.#routes = routesOf(response)
    this.refreshTarget(response)
  }

  /** Our end, as From and To name it, without its tag; one character per byte. */
  get localAddress(): string {
    return this.#parts.local.replace(/;tag=[^;]*$/, '')
  }

  /** Where the far end was seen. */
  get source(): Flow {
    return this.#parts.source
  }

  /** What we call our software. */
  get product(): string {
    return this.#parts.name.product
  }

  /** The Request-URI of our requests. */
  get requestUri(): string {
    return this.#route().uri
  }

  /** RFC 3261 section 12.2.2: requests come in order. @returns false for one that is older than what we have seen */
  isInOrder(sequence: number): boolean {
    if (this.#remoteSequence !== undefined && sequence < this.#remoteSequence) return false
    this.#remoteSequence = sequence
    return true
  }

  /** A re-INVITE or UPDATE, or a 2xx to one, may move the far end (RFC 3261 section 12.2). */
  refreshTarget(message: SipMessage): void {
    this.#remoteTarget = message.contact?.uri ?? this.#remoteTarget
  }

  /** A phone whose connection was lost has made another one: from now on it is reached by that (RFC 5626 section 5.3). */
  follow(source: Flow): void {
    if (isConnection(source.transport) && source.transport === this.#source.transport) this.#source = source
  }

  nextSequence(): number {
    return ++this.#localSequence
  }

  /** A request of ours within the dialog (RFC 3261 section 12.2.1.1). */
  request(
    method: string,
    sequence: number,
    branch: string,
    headers: readonly Header[],
    body?: string,
    to = this.#parts.remote,
  ): Buffer {
    const { uri, routes } = this.#route()
    const { name, local } = this.#parts
    const source = this.#source
    const { host, port, product } = name
    const via = `SIP/2.0/${source.transport.toUpperCase()} ${hostForUri(host)}:${port};branch=${branch};rport`
    let raw = `Via: ${via}\r\nMax-Forwards: 70\r\n`
    for (const route of routes) raw += `Route: ${route}\r\n`
    raw += `From: ${local}\r\nTo: ${to}\r\nCall-ID: ${this.callId}\r\nCSeq: ${sequence} ${method}\r\n`
    return serialize(`${method} ${uri} SIP/2.0`, raw, [...headers, ['User-Agent', product]], body)
  }

  /** The ACK for a failure response to an INVITE of ours (RFC 3261 section 17.1.1.3): same branch, To of the response. */
  ackFailure(sequence: number, branch: string, response: SipMessage): Buffer {
    return this.request('ACK', sequence, branch, [], undefined, response.first('to'))
  }

  /** Loose routing, or the strict routing of RFC 2543 when the first route has no `lr`. */
  #route(): { uri: string; routes: readonly string[] } {
    const [first, ...others] = this.#routes
    if (first === undefined) return { uri: this.#remoteTarget, routes: [] }
    const address = parseNameAddress(first)
    const uri = parseUri(address?.uri ?? '')
    if (address === undefined || uri === undefined || uriParam(uri, 'lr') !== undefined) {
      return { uri: this.#remoteTarget, routes: this.#routes }
    }
    return { uri: address.uri, routes: [...others, `<${this.#remoteTarget}>`] }
  }

  /**
   * Where our requests go: to the first route or the remote target, when that is an address; to where the call came
   * from when the call came by a connection (RFC 5923, RFC 7118 section 5.3), when only a name is known, or when the address is one of a private
   * network that the call did not come from, which is what a phone behind NAT puts in its Contact.
   */
  nextHop(): Flow {
    const source = this.#source
    if (isConnection(source.transport)) return source
    const route = parseNameAddress(this.#routes[0] ?? '')
    const uri = parseUri(route?.uri ?? this.#remoteTarget)
    const address = uri === undefined ? undefined : reachable(uri, source.address)
    return address === undefined ? source : { transport: 'udp', address, port: uri?.port ?? 5060 }
  }
}

/** RFC 3261 section 12.1.2: the route set of whoever calls is the Record-Route from its end. */
function routesOf(response: SipMessage): readonly string[] {
  return response.list('record-route').toReversed()
}

/** The address of `uri` if it is one, and one that makes sense from here. */
function reachable(uri: SipUri, source: string): string | undefined {
  const address = bareHost(uri.host)
  if (address === source) return address
  const transport = uriParam(uri, 'transport')?.toLowerCase() ?? 'udp'
  if (!ipaddr.isValid(address) || uri.scheme !== 'sip' || transport !== 'udp') return undefined
  const isPublic = ipaddr.process(address).range() === 'unicast'
  return isPublic || ipaddr.process(source).range() !== 'unicast' ? address : undefined
}

const sipsForm = /^(?:[^<]*<)?[ \t]*sips:/i
