import type { Cdr } from '../call/index.ts'
import { disposition } from '../pivot/index.ts'
import { toGregorian } from './paging.ts'

type Fields = Readonly<Record<string, unknown>>

const userOf = (address: string): string => address.split('@')[0] ?? ''

/** A whole CDR by KAZOO's names; what is not known is left out. @source KAZOO schema cdrs; kapi_call.erl */
export function cdrDetails(cdr: Cdr): Fields {
  return {
    id: cdr.id,
    call_id: cdr.callId,
    interaction_id: cdr.interactionId,
    account_id: cdr.accountId,
    call_direction: cdr.direction,
    caller_id_name: cdr.callerIdName,
    caller_id_number: cdr.callerIdNumber,
    callee_id_name: cdr.calleeIdName,
    callee_id_number: cdr.calleeIdNumber,
    caller_destination_number: userOf(cdr.request),
    from: cdr.from,
    from_uri: cdr.from,
    to: cdr.to,
    to_uri: cdr.to,
    request: cdr.request,
    timestamp: toGregorian(cdr.endedAt),
    channel_created_time: cdr.createdAt * 1000,
    duration_seconds: cdr.durationSeconds,
    ringing_seconds: cdr.ringingSeconds,
    billing_seconds: cdr.billingSeconds,
    billing_milliseconds: cdr.billingMs,
    hangup_cause: cdr.hangupCause,
    hangup_code: cdr.hangupCode,
    other_leg_call_id: cdr.otherLegCallId,
    disposition: disposition(cdr),
    user_agent: cdr.userAgent,
    network_addr: cdr.source,
    custom_sip_headers: { in: cdr.sipHeaders },
    custom_channel_vars: {
      ...cdr.channelVariables,
      account_id: cdr.accountId,
      account_realm: cdr.accountRealm,
      authorizing_id: cdr.authorizingId,
      authorizing_type: cdr.authorizingType,
      owner_id: cdr.ownerId,
      callflow_id: cdr.callflowId,
      call_interaction_id: cdr.interactionId,
    },
    custom_application_vars: cdr.applicationVariables,
    media_recordings: cdr.recordings,
    ended_by: cdr.endedBy,
  }
}

/**
 * One leg in a list, and one row of a table: the columns in KAZOO's order, its timestamps of the beginning of the leg and
 * written as text. What we never know (costs, the other leg) is as KAZOO has it when it does not know.
 *
 * @param offsetSeconds added to `datetime`, KAZOO's `utc_offset`
 * @source KAZOO cb_cdrs.erl, COLUMNS
 */
export function cdrSummary(cdr: Cdr, offsetSeconds = 0): Readonly<Record<string, string | number | readonly string[]>> {
  const { createdAt } = cdr
  const iso = new Date(createdAt).toISOString()
  return {
    id: cdr.id,
    call_id: cdr.callId,
    caller_id_number: cdr.callerIdNumber,
    caller_id_name: cdr.callerIdName,
    callee_id_number: cdr.calleeIdNumber,
    callee_id_name: cdr.calleeIdName ?? '',
    duration_seconds: cdr.durationSeconds,
    billing_seconds: cdr.billingSeconds,
    timestamp: String(toGregorian(createdAt)),
    hangup_cause: cdr.hangupCause,
    other_leg_call_id: cdr.otherLegCallId ?? '',
    owner_id: cdr.ownerId ?? '',
    to: cdr.to,
    from: cdr.from,
    direction: cdr.direction,
    request: cdr.request,
    authorizing_id: cdr.authorizingId ?? '',
    cost: '0',
    dialed_number: userOf(cdr.direction === 'inbound' ? cdr.request : cdr.to),
    calling_from: cdr.direction === 'inbound' ? cdr.callerIdNumber : userOf(cdr.from),
    datetime: new Date(createdAt + offsetSeconds * 1000).toISOString().slice(0, 19).replace('T', ' '),
    unix_timestamp: String(Math.floor(createdAt / 1000)),
    rfc_1036: new Date(createdAt).toUTCString(),
    iso_8601: iso.slice(0, 10),
    iso_8601_combined: `${iso.slice(0, 19)}Z`,
    call_type: '',
    rate: '0',
    rate_name: '',
    bridge_id: cdr.callId,
    recording_url: cdr.recordings[0] ?? '',
    media_recordings: cdr.recordings,
    media_server: '',
    call_priority: '',
    interaction_id: cdr.interactionId,
  }
}
