import { cdrOf, type Call, type Cdr } from '../call/index.ts'
import { gregorianSeconds } from './debug.ts'
import type { Fields } from './form.ts'

/**
 * The record of an ended call as KAZOO posts it to `cdr_url`. Differs from KAZOO, which leaves out Call-ID and
 * Account-ID by accident.
 *
 * @source KAZOO pivot_call.erl, CHANNEL_DESTROY; kapi_call.erl
 */
export function cdrFields(call: Call): Fields {
  const cdr = cdrOf(call)
  const { leg, variables } = call
  const { lastRecording } = variables
  return {
    'Call-ID': cdr.callId,
    'Account-ID': cdr.accountId,
    Timestamp: gregorianSeconds(call.endedAt ?? call.arrivedAt),
    'Call-Direction': cdr.direction,
    'Caller-ID-Name': cdr.callerIdName,
    'Caller-ID-Number': cdr.callerIdNumber,
    'Callee-ID-Number': call.number,
    'Caller-Destination-Number': leg.request.user,
    From: cdr.from,
    'From-URI': cdr.from,
    To: cdr.to,
    'To-URI': cdr.to,
    Request: cdr.request,
    'Hangup-Cause': cdr.hangupCause,
    'Hangup-Code': cdr.hangupCode,
    Disposition: disposition(cdr),
    'Duration-Seconds': cdr.durationSeconds,
    'Ringing-Seconds': cdr.ringingSeconds,
    'Billing-Seconds': cdr.billingSeconds,
    'Billing-Milli-Seconds': cdr.billingMs,
    'Channel-Created-Time': cdr.createdAt * 1000,
    'Channel-State': 'DESTROY',
    'Channel-Call-State': 'HANGUP',
    'Channel-Answer-State': 'hangup',
    'User-Agent': cdr.userAgent,
    'Custom-Application-Vars': cdr.applicationVariables,
    'Media-Recordings': lastRecording?.url === undefined ? undefined : [lastRecording.url],
  }
}

/** FreeSWITCH's last word on the SIP side of a call. */
function disposition({ billingMs, hangupCause, endedBy }: Cdr): string {
  if (billingMs > 0 || hangupCause === 'NORMAL_CLEARING') return 'ANSWER'
  return endedBy === 'caller' ? 'CANCEL' : 'FAILURE'
}
