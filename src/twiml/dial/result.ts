import type { Call, HangupCause } from '../../call/index.ts'
import type { Parameters } from '../session.ts'

/** Twilio's word for how a dialled call ended. */
export type DialStatus = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled'

/** How a Dial ended. */
export interface DialResult {
  readonly status: DialStatus
  /** The call that was connected, else the one that was dialled last; undefined when nobody could be called. */
  readonly callee: Call | undefined
  /** Whether the two heard each other: a callee who refused the call when asked has answered, and was not connected. */
  readonly isBridged: boolean
  /** What the far end said to the call. */
  readonly sipStatus: number | undefined
  /** The queue that the callee came out of. */
  readonly sid?: string | undefined
  /** How long the two have talked; without, how long the callee has been answered. */
  readonly talkedMs?: number
}

const statusByCause: { readonly [C in HangupCause]?: DialStatus } = {
  USER_BUSY: 'busy',
  NO_ANSWER: 'no-answer',
  NO_USER_RESPONSE: 'no-answer',
  PROGRESS_TIMEOUT: 'no-answer',
  SUBSCRIBER_ABSENT: 'no-answer',
  USER_NOT_REGISTERED: 'no-answer',
  ALLOTTED_TIMEOUT: 'no-answer',
  NORMAL_CLEARING: 'no-answer',
  ORIGINATOR_CANCEL: 'canceled',
  LOSE_RACE: 'canceled',
}

/** What a phone says whose owner does not want the call: RFC 3261 section 21.6.2, RFC 8197, RFC 8688. */
const declined: ReadonlySet<number> = new Set([603, 607, 608])

/**
 * What became of a call that was dialled and not connected. A phone that declines counts as busy, as at Twilio and in
 * KAZOO; a far end that does not let us call (401, 403) has failed.
 *
 * @source KAZOO kzt_util.erl, hang-up causes as call statuses; Twilio <Dial>, DialCallStatus
 */
export function dialStatusOf(cause: HangupCause, sipStatus: number | undefined): DialStatus {
  if (cause === 'CALL_REJECTED') return sipStatus === undefined || declined.has(sipStatus) ? 'busy' : 'failed'
  if (sipStatus === 408) return 'no-answer'
  return statusByCause[cause] ?? 'failed'
}

/** What `action` is told. @source Twilio <Dial>, request parameters; KAZOO kzt_util.erl */
export function dialParameters(
  { status, callee, isBridged, sipStatus, sid, talkedMs }: DialResult,
  nowMs: number,
): Parameters {
  const more: Record<string, string> = {}
  if (callee !== undefined) {
    more['DialCallSid'] = callee.id
    more['DialSipCallId'] = callee.id
  }
  if (isBridged && callee !== undefined) {
    more['DialCallDuration'] = String(talkedMs === undefined ? secondsOf(callee, nowMs) : Math.round(talkedMs / 1000))
  }
  if (sipStatus !== undefined) more['DialSipResponseCode'] = String(sipStatus)
  if (sid !== undefined) more['QueueSid'] = sid
  return { DialCallStatus: status, DialBridged: String(isBridged), ...more }
}

/** How long a leg has been answered, in whole seconds. */
export const secondsOf = ({ answeredAt, endedAt }: Pick<Call, 'answeredAt' | 'endedAt'>, nowMs: number): number =>
  answeredAt === undefined ? 0 : Math.round(((endedAt ?? nowMs) - answeredAt) / 1000)
