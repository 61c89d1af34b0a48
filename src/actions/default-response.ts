import { hangupCauses, type HangupCause, type MediaSource } from '../call/index.ts'
import { stop, type ActionContext, type Next } from '../callflow/index.ts'
import { playIfPossible, promptSource } from './playback.ts'

type Sound = 'busy' | 'fast' | 'as_dialed' | 'at_this_time' | 'trouble'

const tones = {
  busy: '%(500,500,480,620);loops=25',
  fast: '%(250,250,480,620);loops=25',
} as const

const prompts = {
  as_dialed: 'fault-can_not_be_completed_as_dialed',
  at_this_time: 'fault-can_not_be_completed_at_this_time',
  trouble: 'fault-facility_trouble',
} as const

/**
 * What callers are told when a number outside was not reached and the callflow says nothing about it: a sound, then a SIP
 * status. Causes that are not here end the call as they are.
 *
 * @source KAZOO kz_call_response.erl, the default responses of hang-up causes
 */
const responses: Partial<Record<HangupCause, { readonly sip?: number; readonly sound?: Sound }>> = {
  UNALLOCATED_NUMBER: { sip: 404, sound: 'as_dialed' },
  NO_ROUTE_DESTINATION: { sip: 404, sound: 'as_dialed' },
  NO_ROUTE_TRANSIT_NET: { sip: 404 },
  NORMAL_CLEARING: { sound: 'busy' },
  USER_BUSY: { sip: 486, sound: 'busy' },
  NO_USER_RESPONSE: { sip: 408, sound: 'fast' },
  NO_ANSWER: { sip: 480 },
  SUBSCRIBER_ABSENT: { sip: 480 },
  NORMAL_UNSPECIFIED: { sip: 480 },
  CALL_REJECTED: { sip: 603, sound: 'fast' },
  NUMBER_CHANGED: { sip: 410 },
  EXCHANGE_ROUTING_ERROR: { sip: 483, sound: 'trouble' },
  DESTINATION_OUT_OF_ORDER: { sip: 502, sound: 'as_dialed' },
  INVALID_NUMBER_FORMAT: { sip: 484, sound: 'as_dialed' },
  FACILITY_REJECTED: { sip: 510 },
  NORMAL_CIRCUIT_CONGESTION: { sip: 503 },
  NETWORK_OUT_OF_ORDER: { sip: 503 },
  SWITCH_CONGESTION: { sip: 503 },
  REQUESTED_CHAN_UNAVAIL: { sip: 503 },
  NORMAL_TEMPORARY_FAILURE: { sip: 503, sound: 'at_this_time' },
  OUTGOING_CALL_BARRED: { sip: 403 },
  INCOMING_CALL_BARRED: { sip: 403 },
  BEARERCAPABILITY_NOTAUTH: { sip: 403 },
  INCOMPATIBLE_DESTINATION: { sip: 488, sound: 'trouble' },
  FACILITY_NOT_IMPLEMENTED: { sip: 501 },
  SERVICE_NOT_IMPLEMENTED: { sip: 501, sound: 'trouble' },
  MANDATORY_IE_MISSING: { sip: 400, sound: 'trouble' },
  RECOVERY_ON_TIMER_EXPIRE: { sip: 504, sound: 'fast' },
  MEDIA_TIMEOUT: { sip: 504, sound: 'fast' },
  ORIGINATOR_CANCEL: { sip: 487 },
  PROGRESS_TIMEOUT: { sip: 486, sound: 'at_this_time' },
}

/** Tells the caller why somebody was not reached, and refuses the call, or hangs up when it is answered already. */
export async function respondTo(cause: HangupCause, context: ActionContext): Promise<Next> {
  const { leg } = context.call
  const { sip = hangupCauses[cause].sip, sound } = responses[cause] ?? {}
  if (sound !== undefined) await playIfPossible(context, [sourceOf(sound, context)], { keepsDigits: false })
  if (leg.state !== 'answered') await leg.reject(sip)
  return stop(cause)
}

const sourceOf = (sound: Sound, context: ActionContext): MediaSource =>
  sound === 'busy' || sound === 'fast' ? { kind: 'tone', spec: tones[sound] } : promptSource(context, prompts[sound])
