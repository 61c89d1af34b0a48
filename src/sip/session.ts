/** Where a message came from or goes to. */
export interface Flow {
  readonly transport: 'udp' | 'tcp'
  readonly address: string
  readonly port: number
}

export interface SipAddress {
  readonly displayName: string | undefined
  /** `user` is percent-decoded. */
  readonly user: string
  readonly host: string
  /** The URI as received. */
  readonly uri: string
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
  ended(end: SessionEnd): void
}

/**
 * One incoming INVITE and the dialog that comes of it (RFC 3261 UAS; 3262 when asked for; 3311; 4028; 6026).
 * Commands after the end do nothing; promises that are still open at the end resolve, after `ended` was called.
 */
export interface InviteSession {
  readonly callId: string
  readonly from: SipAddress
  readonly to: SipAddress
  readonly requestUri: SipAddress
  readonly source: Flow
  readonly userAgent: string | undefined
  /** The offer, or undefined when the far end wants ours. */
  readonly offer: string | undefined
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
