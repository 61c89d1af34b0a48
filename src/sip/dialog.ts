import ipaddr from 'ipaddr.js'
import { parseNameAddress } from './address.ts'
import type { IncomingRequest } from './incoming.ts'
import type { SipMessage } from './message.ts'
import { serialize, type Header } from './serialize.ts'
import type { Flow } from './session.ts'
import { bareHost, hostForUri, parseUri, uriParam, type SipUri } from './uri.ts'

/** What we call ourselves. */
export interface OurName {
  /** As in Via and Contact. */
  readonly host: string
  readonly port: number
  readonly product: string
}

/** The state of one dialog on the side that was called (RFC 3261 section 12.1.1). */
export class Dialog {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  /** Our Contact, in angle brackets. */
  readonly contact: string
  readonly #name: OurName
  readonly #local: string
  readonly #remote: string
  readonly #routes: readonly string[]
  readonly #source: Flow
  #remoteTarget: string
  #remoteSequence: number
  #localSequence = 0

  constructor(invite: IncomingRequest, localTag: string, name: OurName) {
    const { message, source } = invite
    this.callId = message.callId ?? ''
    this.localTag = localTag
    this.remoteTag = message.fromTag
    this.#name = name
    this.#local = `${message.first('to') ?? ''};tag=${localTag}`
    this.#remote = message.first('from') ?? ''
    this.#routes = message.list('record-route')
    this.#source = source
    this.#remoteTarget = targetOf(invite) ?? `sip:${hostForUri(source.address)}:${source.port}`
    this.#remoteSequence = message.cseq?.number ?? 0
    const user = parseUri(message.requestUri)?.user
    const address = `${hostForUri(name.host)}:${name.port}`
    const transport = source.transport === 'tcp' ? ';transport=tcp' : ''
    this.contact = `<sip:${user === undefined ? '' : `${user}@`}${address}${transport}>`
  }

  /** RFC 3261 section 12.2.2: requests come in order. @returns false for one that is older than what we have seen */
  isInOrder(sequence: number): boolean {
    if (sequence < this.#remoteSequence) return false
    this.#remoteSequence = sequence
    return true
  }

  /** A re-INVITE or UPDATE may move the far end (RFC 3261 section 12.2.2). */
  refreshTarget(request: IncomingRequest): void {
    this.#remoteTarget = targetOf(request) ?? this.#remoteTarget
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
    to = this.#remote,
  ): Buffer {
    const { uri, routes } = this.#route()
    const { host, port, product } = this.#name
    const via = `SIP/2.0/${this.#source.transport.toUpperCase()} ${hostForUri(host)}:${port};branch=${branch};rport`
    let raw = `Via: ${via}\r\nMax-Forwards: 70\r\n`
    for (const route of routes) raw += `Route: ${route}\r\n`
    raw += `From: ${this.#local}\r\nTo: ${to}\r\nCall-ID: ${this.callId}\r\nCSeq: ${sequence} ${method}\r\n`
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
   * from when the call came by TCP (RFC 5923), when only a name is known, or when the address is one of a private
   * network that the call did not come from, which is what a phone behind NAT puts in its Contact.
   */
  nextHop(): Flow {
    if (this.#source.transport === 'tcp') return this.#source
    const route = parseNameAddress(this.#routes[0] ?? '')
    const uri = parseUri(route?.uri ?? this.#remoteTarget)
    const address = uri === undefined ? undefined : reachable(uri, this.#source.address)
    return address === undefined ? this.#source : { transport: 'udp', address, port: uri?.port ?? 5060 }
  }
}

function targetOf({ message }: IncomingRequest): string | undefined {
  return message.contact?.uri
}

/** The address of `uri` if it is one, and one that makes sense from here. */
function reachable(uri: SipUri, source: string): string | undefined {
  const address = bareHost(uri.host)
  if (address === source) return address
  if (!ipaddr.isValid(address) || uriParam(uri, 'transport')?.toLowerCase() === 'tcp') return undefined
  const isPublic = ipaddr.process(address).range() === 'unicast'
  return isPublic || ipaddr.process(source).range() !== 'unicast' ? address : undefined
}
