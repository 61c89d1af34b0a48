/** Somewhere that the CDR of a leg is to be posted to, because a TwiML session said so (`cdr_url`). */
export interface CdrReport {
  readonly url: string
  readonly format: 'kazoo' | 'twiml'
  /** The headers of the session's requests (`custom_request_headers`). */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What is known of a leg that goes on, as plain JSON: enough to write its CDR when the process that carried it is gone.
 * Times are Unix milliseconds.
 */
export interface LegRecord {
  readonly callId: string
  /** The same for all legs that belong together: `{Gregorian seconds}-{8 hexadecimal digits}`, as KAZOO's. */
  readonly interactionId: string
  readonly accountId: string
  readonly accountRealm: string
  readonly direction: 'inbound' | 'outbound'
  /** The leg that this one was dialled for, or was last bridged with (KAZOO's `other_leg_call_id`). */
  readonly otherLegCallId?: string
  /** What was dialled for that leg. */
  readonly otherLegNumber?: string
  readonly callerIdName: string
  readonly callerIdNumber: string
  readonly calleeIdName: string | undefined
  readonly calleeIdNumber: string
  /** `user@realm`, as the two below. */
  readonly from: string
  readonly to: string
  readonly request: string
  readonly authorizingId: string | undefined
  readonly authorizingType: string | undefined
  readonly ownerId: string | undefined
  readonly callflowId: string | undefined
  readonly createdAt: number
  readonly ringingAt: number | undefined
  readonly answeredAt: number | undefined
  readonly userAgent: string | undefined
  /** `address:port` that the leg's signalling comes from. */
  readonly source: string
  readonly sipHeaders: Readonly<Record<string, string>>
  readonly applicationVariables: Readonly<Record<string, unknown>>
  readonly channelVariables: Readonly<Record<string, string>>
  /** Addresses of the recordings made on the leg. */
  readonly recordings: readonly string[]
  readonly reports: readonly CdrReport[]
}

/** The record of one leg at its end. Times are Unix milliseconds, durations whole seconds. */
export interface Cdr extends LegRecord {
  /** `YYYYMM-{callId}`, as KAZOO's. */
  readonly id: string
  readonly endedAt: number
  readonly ringingSeconds: number
  readonly durationSeconds: number
  readonly billingSeconds: number
  readonly billingMs: number
  readonly hangupCause: string
  readonly hangupCode: string
  readonly endedBy: string
}

/** How a leg ended. */
export interface LegEnd {
  readonly at: number
  readonly cause: string
  readonly sipStatus: number
  readonly by: string
}
