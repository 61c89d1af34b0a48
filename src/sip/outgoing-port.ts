import type { Header } from './serialize.ts'
import type { Flow, SessionListener, Transferable } from './session.ts'

/** Somebody in From or To. */
export interface Party {
  /** `sip:1000@pbx.example`; must be escaped already. */
  readonly uri: string
  /** Any Unicode; quoted by us. */
  readonly displayName?: string | undefined
}

/** What we say when we are challenged (401, 407). */
export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface InviteOptions {
  /** The Request-URI. */
  readonly uri: string
  /** Where it is sent; undefined: to where the first route, else the Request-URI, says (RFC 3263). */
  readonly flow?: Flow | undefined
  /**
   * Only for a `flow` by TCP: the connection stands already (a phone's own, RFC 5626), and without it the call fails
   * at once instead of a new connection being made.
   */
  readonly mustStand?: boolean
  readonly from: Party
  /** The Request-URI without a name when left out. */
  readonly to?: Party
  /**
   * The branches of a call that its owner forks share it, as those of a forking proxy do; each has a From tag of its own.
   * Random when left out.
   */
  readonly callId?: string
  /** The user part of our Contact; that of From when left out. */
  readonly contactUser?: string
  /** Route values (an outbound proxy), e.g. `<sip:proxy.example;lr>`. */
  readonly routes?: readonly string[]
  /** Of the INVITE: P-Asserted-Identity, Privacy, Diversion, Alert-Info, X-… Not those that make the dialog. */
  readonly headers?: readonly Header[]
  /** Our SDP; undefined asks the far end for its offer, which `remoteOffer` then answers. */
  readonly offer: string | undefined
  readonly credentials?: Credentials | undefined
}

/** A final response to our INVITE that is not 2xx. */
export interface Rejection {
  /** 300 to 699. */
  readonly status: number
  /** The reason phrase, as received. */
  readonly reason: string
  readonly headers: readonly Header[]
  /** Of a 3xx: the URIs of Contact, the most wanted first; at most 8. Empty otherwise. */
  readonly contacts: readonly string[]
}

/**
 * What an outgoing INVITE tells its owner, then what every session tells within its dialog. `ended` comes once and
 * last, in every case: after `rejected` as `{ how: 'rejected' }`; after `cancel` as `{ how: 'cancelled' }`, at once;
 * when nobody answers as `{ how: 'timeout' }`: `answer` (timers B and C) or `transport` (nothing could be sent).
 */
export interface OutgoingListener extends SessionListener {
  /** 100, or any other response when there was no 100. Once. */
  trying(): void
  /** 180 to 189, each one: from every branch of a forked call. */
  ringing(status: number): void
  /** Early media: the answer to our offer in a provisional response; again when another branch brings another. */
  early(sdp: string): void
  /** The far end has answered and has our ACK. @param sdp its description in force, maybe the one `early` told */
  answered(sdp: string): void
  rejected(rejection: Rejection): void
}

/**
 * An INVITE of ours and the dialog that comes of it (RFC 3261 UAC; 3262, 3311, 4028, 6026). There is no time-out but
 * timer B (32 s for a first response) and timer C (3 minutes from the last 18x). Of forked answers the first one wins,
 * the others are acknowledged and hung up. Commands after the end do nothing.
 */
export interface OutgoingSession extends Transferable {
  readonly callId: string
  /** Where it went at last; undefined until that is known. */
  readonly flow: Flow | undefined
  /** The first value of a header of the last response of the winner, before that of any; any case. */
  header(name: string): string | undefined
  /** To be called before the next turn of the event loop: nothing is told sooner. */
  listen(listener: OutgoingListener): void
  /**
   * Gives it up; right in every race (RFC 3261 section 9.1): CANCEL waits for the first provisional response, and a 200
   * that crosses it gets ACK and BYE. After the answer it is a `bye`.
   * @param reasonHeader e.g. `SIP;cause=200;text="Call completed elsewhere"`
   */
  cancel(reasonHeader?: string): void
  /** BYE with a Reason header, or `cancel`; resolves when confirmed or after 2 s. */
  bye(q850: number, text: string): Promise<void>
  /**
   * Offers anew within the dialog, by re-INVITE (hold, transfer). Resolves with the answer, or with undefined when the
   * far end refuses, which leaves the call as it was, or when the call is not answered or has ended.
   */
  offerAnew(sdp: string): Promise<string | undefined>
}

/** What makes calls. The SIP server is one. */
export interface SipCaller {
  /** Sends an INVITE. Never throws: what cannot be sent ends as `{ how: 'timeout', what: 'transport' }`. */
  invite(options: InviteOptions): OutgoingSession
  /** Something to register us with: nothing is sent before it is asked. */
  registration(options: RegistrationOptions): OutgoingRegistration
}

/** Where and as whom we register. */
export interface RegistrationOptions {
  /** The registrar: `sip:carrier.example`. */
  readonly uri: string
  /** Who we are there, the address of record: `sip:acme@carrier.example`. */
  readonly address: string
  /** The user part of our Contact: calls that ask for it come by this registration. */
  readonly contactUser: string
  readonly routes?: readonly string[]
  readonly credentials: Credentials
}

/** What a registrar said at last: 408 when nobody answered, 503 when nobody could be asked. */
export interface RegistrationAnswer {
  readonly status: number
  readonly reason: string
  /** Of a 2xx: how long it is good for. */
  readonly seconds: number
  /** Of a 423: how long is long enough. */
  readonly leastSeconds: number | undefined
  readonly retryAfterSeconds: number | undefined
}

/** A registration of ours with somebody else. */
export interface OutgoingRegistration {
  /**
   * Registers for so many seconds, 0 takes it back; tries each address of the registrar, and tells the password when it is
   * asked for. Rejects with `signal.reason` alone.
   */
  ask(seconds: number, signal: AbortSignal): Promise<RegistrationAnswer>
}
