import type { TransportName } from './transport-name.ts'

/** Where a message came from or goes to. */
export interface Flow {
  readonly transport: TransportName
  readonly address: string
  readonly port: number
  /** Whose certificate the far end shows, when we are the one that connects by TLS; its address when left out. */
  readonly name?: string
}

export const isSameFlow = (one: Flow, other: Flow): boolean =>
  one.transport === other.transport &&
  one.address === other.address &&
  one.port === other.port &&
  one.name === other.name

export interface SipAddress {
  readonly displayName: string | undefined
  /** `user` is percent-decoded. */
  readonly user: string
  readonly host: string
  /** The URI as received. */
  readonly uri: string
}

/** What names a dialog: its Call-ID, and the tag of either end. */
export interface DialogId {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
}

/** What a far end asks for by REFER: that whoever it talks with be connected with `to` (RFC 3515). */
export interface Referral {
  readonly to: SipAddress
  /** The Call-ID of another call of ours, whose far end `to` is: who talks there now gives way (Replaces). */
  readonly replaces: string | undefined
  /** The URI of Referred-By. */
  readonly referredBy: string | undefined
}

/** What became of a REFER of ours. */
export type ReferOutcome =
  /** The final status of the call that the far end made, or 200 when it hung up on us after having taken the REFER. */
  | { readonly how: 'reported'; readonly status: number }
  | { readonly how: 'refused'; readonly status: number }
  /** The far end does not answer, or stopped to report. */
  | { readonly how: 'silent' }
  /** The call is over. */
  | { readonly how: 'gone' }

/** What both ends of an answered call can do about transfers, whoever made it. */
export interface Transferable {
  /** Undefined until the far end is known. */
  readonly dialogId: DialogId | undefined
  /**
   * Tells the far end what became of the transfer it asked for, by NOTIFY.
   * @returns whether it was waiting for that; nothing is done when it was not
   */
  reportTransfer(status: number): boolean
  /**
   * Asks the far end to call `uri` itself.
   *
   * @param replaces the dialog of ours whose place that call is to take
   * @param done called once, before `ended` when the call ends first
   */
  refer(uri: string, replaces: DialogId | undefined, done: (outcome: ReferOutcome) => void): void
}

/** Why a session ended, as signalling saw it. */
export type SessionEnd =
  | { readonly how: 'cancelled'; readonly reason: string | undefined }
  | { readonly how: 'bye'; readonly by: 'far' | 'near'; readonly reason: string | undefined }
  | { readonly how: 'rejected'; readonly status: number }
  /** `answer`: of an INVITE of ours. */
  | { readonly how: 'timeout'; readonly what: 'ack' | 'answer' | 'prack' | 'session-timer' | 'transport' }

/** What an INVITE session tells its owner. Every member is called in order; `ended` once and last. */
export interface SessionListener {
  /** The answer to an offer we made (delayed offer: in the ACK or PRACK). */
  remoteAnswer(sdp: string): void
  /** A new offer inside the dialog (re-INVITE, UPDATE). @returns our answer, or undefined to refuse with 488 */
  remoteOffer(sdp: string): string | undefined
  /** A re-INVITE without an offer. @returns ours */
  offerWanted(): string
  /** A digit by INFO (`application/dtmf-relay` or `application/dtmf`). */
  digit(digit: string, durationMs: number): void
  /** The far end wants to be replaced; it has got its 202, and hears 503 when nobody reports within 60 s. */
  referred(referral: Referral): void
  ended(end: SessionEnd): void
}

/**
 * One incoming INVITE and the dialog that comes of it (RFC 3261 UAS; 3262 when asked for; 3311; 4028; 6026).
 * Commands after the end do nothing; promises that are still open at the end resolve, after `ended` was called.
 */
export interface InviteSession extends Transferable {
  readonly callId: string
  readonly from: SipAddress
  readonly to: SipAddress
  readonly requestUri: SipAddress
  readonly source: Flow
  readonly userAgent: string | undefined
  /** The offer, or undefined when the far end wants ours. */
  readonly offer: string | undefined
  /** The Call-ID of the call of ours whose place this one is to take (RFC 3891). */
  readonly replaces: string | undefined
  /** The first value of a header, any case, compact forms included. */
  header(name: string): string | undefined
  /** All headers as received: name and value. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  listen(listener: SessionListener): void
  /** 180, without a body. */
  ring(): void
  /** 183 with our SDP; reliable when the far end requires it. Resolves when it may be followed by an answer. */
  progress(sdp: string): Promise<void>
  /** 200 with our SDP, repeated until the ACK; waits for the PRACK of a `progress`. Resolves when the ACK has come. */
  answer(sdp: string): Promise<void>
  reject(status: number, reason?: string, headers?: readonly (readonly [string, string])[]): void
  /**
   * Offers anew within the dialog, by re-INVITE (hold, transfer). Resolves with the answer, or with undefined when the
   * far end refuses, which leaves the call as it was, or when the call is not answered or has ended.
   */
  offerAnew(sdp: string): Promise<string | undefined>
  /** BYE with a Reason header; resolves when confirmed or after 2 s. */
  bye(q850: number, text: string): Promise<void>
}
