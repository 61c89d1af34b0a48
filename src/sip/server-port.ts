import type { Clock, Log } from '../base/index.ts'
import type { Phone, RegistrarOptions } from './registrar-port.ts'
import type { Resolve } from './next-hop.ts'
import type { SipCaller } from './outgoing-port.ts'
import type { Flow, InviteSession } from './session.ts'

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
  readonly mostConnections: number
  readonly mostConnectionsPerSource: number
  /** The seconds named in Retry-After. */
  readonly retryAfterSeconds: number
}

export const defaultSipLimits: SipLimits = {
  mostCalls: 10_000,
  callsPerSecond: 2_000,
  callsPerSecondPerSource: 2_000,
  requestsPerSecondPerSource: 5_000,
  mostTransactions: 200_000,
  mostConnections: 1_000,
  mostConnectionsPerSource: 100,
  retryAfterSeconds: 5,
}

export interface SipServerOptions {
  readonly clock: Clock
  readonly log: Log
  /** The address to bind, for UDP and TCP. */
  readonly host: string
  /** For UDP and TCP; 0 takes one that is free for both. */
  readonly port: number
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
  /** Finds the addresses of names, for calls of ours; default: SRV, then A and AAAA, of the system (RFC 3263). */
  readonly resolve?: Resolve
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
  /** TCP connections, now. */
  readonly connections: number
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
  readonly port: number
  readonly counters: SipCounters
  /** What we are called by somebody at `source`: the public address, or the local one that faces it. For SDP too. */
  addressTowards(source: Flow): string
  /** From now on new INVITEs get 503 with Retry-After, OPTIONS 503; calls go on. */
  drain(): void
  /** Says BYE to whoever is left, waits at most 2 s for the answers, closes all sockets. */
  close(): Promise<void>
}
