import { Outcome } from '../base/index.ts'
import type { Party } from './party.ts'

/**
 * Why a call ended: the switch's names, their Q.850 number and the SIP status that says the same.
 * `sip` is what an unanswered leg is refused with, and what `sip:NNN` child keys and CDRs show.
 *
 * @source ITU-T Q.850; FreeSWITCH's hang-up causes, whose names KAZOO's callflows branch on
 */
export const hangupCauses = {
  UNALLOCATED_NUMBER: { q850: 1, sip: 404 },
  NO_ROUTE_TRANSIT_NET: { q850: 2, sip: 404 },
  NO_ROUTE_DESTINATION: { q850: 3, sip: 404 },
  NORMAL_CLEARING: { q850: 16, sip: 480 },
  USER_BUSY: { q850: 17, sip: 486 },
  NO_USER_RESPONSE: { q850: 18, sip: 408 },
  NO_ANSWER: { q850: 19, sip: 480 },
  SUBSCRIBER_ABSENT: { q850: 20, sip: 480 },
  CALL_REJECTED: { q850: 21, sip: 603 },
  NUMBER_CHANGED: { q850: 22, sip: 410 },
  EXCHANGE_ROUTING_ERROR: { q850: 25, sip: 483 },
  DESTINATION_OUT_OF_ORDER: { q850: 27, sip: 502 },
  INVALID_NUMBER_FORMAT: { q850: 28, sip: 484 },
  FACILITY_REJECTED: { q850: 29, sip: 510 },
  NORMAL_UNSPECIFIED: { q850: 31, sip: 480 },
  NORMAL_CIRCUIT_CONGESTION: { q850: 34, sip: 503 },
  NETWORK_OUT_OF_ORDER: { q850: 38, sip: 503 },
  NORMAL_TEMPORARY_FAILURE: { q850: 41, sip: 503 },
  SWITCH_CONGESTION: { q850: 42, sip: 503 },
  REQUESTED_CHAN_UNAVAIL: { q850: 44, sip: 503 },
  OUTGOING_CALL_BARRED: { q850: 52, sip: 403 },
  INCOMING_CALL_BARRED: { q850: 54, sip: 403 },
  BEARERCAPABILITY_NOTAUTH: { q850: 57, sip: 403 },
  SERVICE_UNAVAILABLE: { q850: 63, sip: 503 },
  FACILITY_NOT_IMPLEMENTED: { q850: 69, sip: 501 },
  SERVICE_NOT_IMPLEMENTED: { q850: 79, sip: 501 },
  INCOMPATIBLE_DESTINATION: { q850: 88, sip: 488 },
  MANDATORY_IE_MISSING: { q850: 96, sip: 400 },
  RECOVERY_ON_TIMER_EXPIRE: { q850: 102, sip: 504 },
  INTERWORKING: { q850: 127, sip: 500 },
  ORIGINATOR_CANCEL: { q850: 16, sip: 487 },
  PROGRESS_TIMEOUT: { q850: 18, sip: 408 },
  MEDIA_TIMEOUT: { q850: 102, sip: 504 },
  ALLOTTED_TIMEOUT: { q850: 102, sip: 480 },
  SYSTEM_SHUTDOWN: { q850: 41, sip: 503 },
  LOSE_RACE: { q850: 26, sip: 487 },
  PICKED_OFF: { q850: 26, sip: 487 },
  BLIND_TRANSFER: { q850: 16, sip: 480 },
  ATTENDED_TRANSFER: { q850: 16, sip: 480 },
  USER_NOT_REGISTERED: { q850: 20, sip: 480 },
} as const satisfies Record<string, { q850: number; sip: number }>

export type HangupCause = keyof typeof hangupCauses

export const isHangupCause = (text: string): text is HangupCause => Object.hasOwn(hangupCauses, text)

/** SIP final status → cause, as the switch maps it (KAZOO branches on these names). */
const causeBySipStatus: Readonly<Record<number, HangupCause>> = {
  400: 'NORMAL_TEMPORARY_FAILURE',
  401: 'CALL_REJECTED',
  402: 'CALL_REJECTED',
  403: 'CALL_REJECTED',
  404: 'UNALLOCATED_NUMBER',
  405: 'SERVICE_UNAVAILABLE',
  406: 'SERVICE_NOT_IMPLEMENTED',
  407: 'CALL_REJECTED',
  408: 'RECOVERY_ON_TIMER_EXPIRE',
  410: 'NUMBER_CHANGED',
  413: 'INTERWORKING',
  414: 'INTERWORKING',
  415: 'SERVICE_NOT_IMPLEMENTED',
  416: 'INTERWORKING',
  420: 'INTERWORKING',
  421: 'INTERWORKING',
  423: 'INTERWORKING',
  480: 'NO_USER_RESPONSE',
  481: 'NORMAL_TEMPORARY_FAILURE',
  482: 'EXCHANGE_ROUTING_ERROR',
  483: 'EXCHANGE_ROUTING_ERROR',
  484: 'INVALID_NUMBER_FORMAT',
  485: 'NO_ROUTE_DESTINATION',
  486: 'USER_BUSY',
  487: 'ORIGINATOR_CANCEL',
  488: 'INCOMPATIBLE_DESTINATION',
  500: 'NORMAL_TEMPORARY_FAILURE',
  501: 'SERVICE_NOT_IMPLEMENTED',
  502: 'NETWORK_OUT_OF_ORDER',
  503: 'NORMAL_TEMPORARY_FAILURE',
  504: 'RECOVERY_ON_TIMER_EXPIRE',
  505: 'INTERWORKING',
  513: 'INTERWORKING',
  600: 'USER_BUSY',
  603: 'CALL_REJECTED',
  604: 'NO_ROUTE_DESTINATION',
  606: 'INCOMPATIBLE_DESTINATION',
  607: 'CALL_REJECTED',
  608: 'CALL_REJECTED',
}

export const causeOfSipStatus = (status: number): HangupCause =>
  status >= 200 && status < 300 ? 'NORMAL_CLEARING' : (causeBySipStatus[status] ?? 'NORMAL_UNSPECIFIED')

/** Q.850 number → cause (a `Reason: Q.850;cause=…` header, RFC 3326). */
export function causeOfQ850(number: number): HangupCause {
  for (const [cause, { q850 }] of Object.entries(hangupCauses)) if (q850 === number) return cause as HangupCause
  return 'NORMAL_UNSPECIFIED'
}

/** Who ended the leg: its far end (the caller of an inbound leg, the callee of an outbound one), we, or the network. */
export type EndedBy = 'caller' | 'callee' | 'server' | 'network'

/** Why and by whom a leg ended. It is the reason of {@link Leg.ended}, so waits on a leg that goes reject with it. */
export class Hangup extends Outcome {
  override readonly name = 'Hangup'
  readonly by: EndedBy
  override readonly cause: HangupCause
  /** The SIP status that says the same: 200 for a call that was answered and ended normally. */
  readonly sipStatus: number
  /** Where the callee says that the call is to go instead, the most wanted first (SIP 3xx). */
  readonly redirectTo: readonly Party[]

  constructor(
    by: EndedBy,
    cause: HangupCause,
    sipStatus: number = hangupCauses[cause].sip,
    redirectTo: readonly Party[] = [],
  ) {
    super(`${cause} by ${by}`)
    this.by = by
    this.cause = cause
    this.sipStatus = sipStatus
    this.redirectTo = redirectTo
  }
}
