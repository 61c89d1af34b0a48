import { newUuid } from '../base/index.ts'
import type { Cdr, CdrReport } from '../call/index.ts'
import type { Delivery } from '../http/index.ts'
import { Cookies } from './cookies.ts'
import { gregorianSeconds } from './debug.ts'
import type { Fields } from './form.ts'
import { assemble } from './question.ts'

/** The post that `cdr_url` asks for. `secret` is the account's, which signs. @source KAZOO pivot_call.erl */
export function cdrDelivery(cdr: Cdr, report: CdrReport, secret: string | undefined, nowMs: number): Delivery {
  const { url, headers, body } = assemble({
    ...report,
    method: 'POST',
    bodyFormat: 'form',
    fields: cdrFields(cdr),
    secret,
    token: newUuid(),
    cookies: new Cookies(),
    nowMs,
  })
  return { kind: 'cdr', url, method: 'POST', headers, ...(body === undefined ? {} : { body }) }
}

/**
 * The record of an ended leg as KAZOO posts it to `cdr_url`. Differs from KAZOO, which leaves out Call-ID and
 * Account-ID by accident.
 *
 * @source KAZOO pivot_call.erl, CHANNEL_DESTROY; kapi_call.erl
 */
function cdrFields(cdr: Cdr): Fields {
  return {
    'Call-ID': cdr.callId,
    'Account-ID': cdr.accountId,
    'Interaction-ID': cdr.interactionId,
    Timestamp: gregorianSeconds(cdr.endedAt),
    'Call-Direction': cdr.direction,
    'Caller-ID-Name': cdr.callerIdName,
    'Caller-ID-Number': cdr.callerIdNumber,
    'Callee-ID-Name': cdr.calleeIdName,
    'Callee-ID-Number': cdr.calleeIdNumber,
    'Caller-Destination-Number': cdr.request.replace(/@.*$/s, ''),
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
    'Media-Recordings': cdr.recordings.length === 0 ? undefined : cdr.recordings,
  }
}

/** FreeSWITCH's last word on the SIP side of a call. */
export function disposition({ billingMs, hangupCause, endedBy }: Cdr): string {
  if (billingMs > 0 || hangupCause === 'NORMAL_CLEARING') return 'ANSWER'
  return endedBy === 'caller' ? 'CANCEL' : 'FAILURE'
}
