import type { Clock, Log } from '../base/index.ts'
import type { CertificateSource } from './certificate.ts'
import type { MessageSummary } from './message-summary.ts'
import type { Contact, Phone, RegistrarOptions } from './registrar-port.ts'
import type { Resolve } from './next-hop.ts'
import type { SipCaller } from './outgoing-port.ts'
import type { Flow, InviteSession } from './session.ts'
import type { Addressee } from './subscriptions.ts'
import type { TransportName } from './transport-name.ts'

/** How much of everything; what is beyond is refused, mostly with 503 and Retry-After. */
export interface SipLimits {
  /** Sessions at once, from the INVITE until the end. */
  readonly mostCalls: number
  /** New INVITEs a second, of everybody together. */
  readonly callsPerSecond: number
  /** New INVITEs a second from one address. */
  readonly callsPerSecondPerSource: number
  /** Requests outside dialogs a second from one address; what is beyond gets no answer at all. */
  readonly requestsPerSecondPerSource: number
  readonly mostTransactions: number
  /** Of TCP, TLS and WebSockets together. */
  readonly mostConnections: number
  readonly mostConnectionsPerSource: number
  /** Connections by TLS and WebSocket that one address may begin in a second. */
  readonly handshakesPerSecondPerSource: number
  /** A connection that brings nothing for so long is closed. */
  readonly connectionIdleMs: number
  /** The seconds named in Retry-After. */
  readonly retryAfterSeconds: number
}

export const defaultSipLimits: SipLimits = {
  mostCalls: 10_000,
  callsPerSecond: 2_000,
  callsPerSecondPerSource: 2_000,
  requestsPerSecondPerSource: 5_000,
  mostTransactions: 200_000,
  mostConnections: 5_000,
  mostConnectionsPerSource: 500,
  handshakesPerSecondPerSource: 50,
  connectionIdleMs: 7_200_000,
  retryAfterSeconds: 5,
}

export interface TlsSettings {
  /** 0 takes a free one; undefined: nobody comes in by TLS. Needs a certificate. */
  readonly port?: number | undefined
  /** Read at the start and every minute; also shown to whom we call, when they want to know who calls. */
  readonly certificate?: CertificateSource | undefined
  /** Certificate authorities to believe besides the usual ones, as PEM. */
  readonly authorities?: readonly string[]
  /** Whoever is called must show a certificate for the name that was called; default true. */
  readonly verify?: boolean
}

/** SIP over WebSocket (RFC 7118). */
export interface WebSocketSettings {
  /** 0 takes a free one; undefined: none. */
  readonly port?: number | undefined
  /** The same with TLS, and the certificate of that. */
  readonly securePort?: number | undefined
  /** Whose pages may connect, `*`: everybody's; default none. Clients that are no browsers may always. */
  readonly origins?: readonly string[]
}

/** Where each transport is bound; undefined: it is not. */
export interface SipPorts {
  /** Of UDP and TCP. */
  readonly udp: number
  readonly tls: number | undefined
  readonly ws: number | undefined
  readonly wss: number | undefined
}

export interface TransportCounters {
  /** Messages. */
  readonly received: number
  readonly sent: number
  /** Now. */
  readonly connections: number
}

const none: TransportCounters = { received: 0, sent: 0, connections: 0 }

/** Before anything has happened. */
export const noTraffic: SipCounters['transports'] = { udp: none, tcp: none, tls: none, ws: none, wss: none }

export interface SipServerOptions {
  readonly clock: Clock
  readonly log: Log
  /** The address to bind, of everything; `::` is for IPv6 and IPv4. */
  readonly host: string
  /** For UDP and TCP; 0 takes one that is free for both. */
  readonly port: number
  /** By whom we believe that they are whom we call by TLS; and our own port and certificate, for calls to us. */
  readonly tls?: TlsSettings
  readonly webSockets?: WebSocketSettings
  /** What Contact and Via name instead of the bound address (a server behind NAT). */
  readonly publicAddress?: string
  /** The Server and User-Agent header, e.g. `Pivot/0.1.0`. */
  readonly product: string
  readonly limits?: Partial<SipLimits>
  /** Takes registrations, and asks phones who call for their password. Without: REGISTER is refused with 405. */
  readonly registrar?: RegistrarOptions
  /**
   * A new call. 100 has been sent; `listen` to the session before the next turn of the event loop.
   *
   * @param phone which of ours it comes from; undefined = a stranger
   */
  onInvite(session: InviteSession, phone?: Phone): void
  /** May this call be taken? Asked before `onInvite`, after the limits above. @returns false for 503 */
  readonly mayTake?: (source: Flow) => boolean
  /** Finds the addresses of names, for calls of ours; default: NAPTR, SRV, A and AAAA of the system (RFC 3263). */
  readonly resolve?: Resolve
  /** How many messages wait for a phone that subscribes to that; default: none. Only with a registrar. */
  readonly messagesOf?: (phone: Phone) => Promise<MessageSummary>
  /** Are we ready? OPTIONS is answered 200 when true (the default), 503 when false. */
  readonly onOptions?: () => boolean
}

/** Only ever counts up, except where "now" is said. */
export interface SipCounters {
  readonly received: number
  readonly sent: number
  readonly malformed: number
  /** Requests refused or dropped because of a limit or a drain. */
  readonly refused: number
  /** Datagrams and responses that were sent again because no answer came. */
  readonly retransmitted: number
  /** Connections of all kinds, now; those whose handshakes are not over are among them. */
  readonly connections: number
  readonly transports: Readonly<Record<TransportName, TransportCounters>>
  /** Transactions kept, now. */
  readonly transactions: number
  /** Sessions, now. */
  readonly dialogs: number
  /** Requests of phones that were asked for a password. */
  readonly challenged: number
  /** Answers to that which were wrong. */
  readonly unauthenticated: number
  /** Addresses that are not listened to because of these, now. */
  readonly banned: number
}

export interface SipServer extends SipCaller {
  /** As bound. */
  readonly address: string
  /** Of UDP and TCP. */
  readonly port: number
  readonly ports: SipPorts
  readonly counters: SipCounters
  /** What we are called by somebody at `source`: the public address, or the local one that faces it. For SDP too. */
  addressTowards(source: Flow): string
  /**
   * Tells a device how many messages wait for it, by NOTIFY (RFC 3842): where it has subscribed to that, and at
   * `contacts` in any case.
   */
  tellMessages(to: Addressee, contacts: readonly Pick<Contact, 'uri' | 'flow'>[], summary: MessageSummary): void
  /** From now on new INVITEs get 503 with Retry-After, OPTIONS 503; calls go on. */
  drain(): void
  /** Says BYE to whoever is left, waits at most 2 s for the answers, closes all sockets. */
  close(): Promise<void>
}
