import type { SipMessage } from './message.ts'
import { phraseOf } from './reasons.ts'
import { serialize, type Header } from './serialize.ts'
import type { Flow } from './session.ts'
import { isConnection } from './transport-name.ts'
import { bareHost } from './uri.ts'
import { viaText, type Via } from './via.ts'

export interface ResponseParts {
  readonly reason?: string | undefined
  /** Added to To unless the request has one. */
  readonly toTag?: string | undefined
  /** 1xx above 100 and 2xx that make a dialog repeat the Record-Route (RFC 3261 section 12.1.1). */
  readonly recordRoute?: boolean
  readonly headers?: readonly Header[]
  readonly body?: string | undefined
}

/** A request with a readable topmost Via, so that it can be answered. */
export class IncomingRequest {
  readonly message: SipMessage
  readonly via: Via
  readonly source: Flow
  /** Where responses go. */
  readonly replyTo: Flow
  #echo: string | undefined

  constructor(message: SipMessage, via: Via, source: Flow) {
    this.message = message
    this.via = via
    this.source = source
    this.replyTo = replyTo(via, source)
  }

  get method(): string {
    return this.message.method
  }

  /** A response to it (RFC 3261 section 8.2.6). */
  response(status: number, { reason, toTag, recordRoute, headers, body }: ResponseParts = {}): Buffer {
    const to = this.message.first('to') ?? ''
    const tag = toTag !== undefined && this.message.toTag === '' ? `;tag=${toTag}` : ''
    let raw = `${this.#echoed}To: ${to}${tag}\r\n`
    if (recordRoute === true) {
      for (const route of this.message.all('record-route')) raw += `Record-Route: ${route}\r\n`
    }
    return serialize(`SIP/2.0 ${status} ${reason ?? phraseOf(status)}`, raw, headers ?? [], body)
  }

  /** The headers that every response to it repeats, as received but for `received` and `rport`. */
  get #echoed(): string {
    return (this.#echo ??= this.#makeEcho())
  }

  #makeEcho(): string {
    const [, ...others] = this.message.all('via')
    let echo = `Via: ${viaText(this.via, responseParams(this.via, this.source))}\r\n`
    for (const via of others) echo += `Via: ${via}\r\n`
    for (const name of ['From', 'Call-ID', 'CSeq'])
      echo += `${name}: ${this.message.first(name.toLowerCase()) ?? ''}\r\n`
    const timestamp = this.message.first('timestamp')
    return timestamp === undefined ? echo : `${echo}Timestamp: ${timestamp}\r\n`
  }
}

/**
 * RFC 3581 section 4 where `rport` was asked for, else RFC 3261 section 18.2.2: the port of sent-by.
 * Differs from RFC 3261: `maddr` is not followed, because it lets anybody send our answers to anybody.
 */
function replyTo(via: Via, source: Flow): Flow {
  if (isConnection(source.transport) || via.params.has('rport')) return source
  return { transport: source.transport, address: source.address, port: via.port ?? 5060 }
}

/** RFC 3261 section 18.2.1, RFC 3581 section 4. */
function responseParams(via: Via, source: Flow): ReadonlyMap<string, string> {
  const params = new Map<string, string>()
  const asked = via.params.has('rport')
  if (asked || bareHost(via.host) !== source.address) params.set('received', source.address)
  if (asked) params.set('rport', String(source.port))
  return params
}
