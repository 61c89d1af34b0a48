import type { Call } from './call.ts'
import type { Hangup } from './causes.ts'
import type { Cdr, LegEnd, LegRecord } from './leg-record.ts'

const addressOf = ({ user, realm }: { readonly user: string; readonly realm: string }): string => `${user}@${realm}`

/** What is known of the call's leg now. */
export function legRecordOf(call: Call): LegRecord {
  const { leg, account, caller, variables } = call
  return {
    callId: call.id,
    interactionId: call.interactionId,
    accountId: account.id,
    accountRealm: account.realm,
    direction: leg.direction,
    ...(call.other === undefined ? {} : { otherLegCallId: call.other.callId, otherLegNumber: call.other.number }),
    callerIdName: variables.callerIdName,
    callerIdNumber: variables.callerIdNumber,
    calleeIdName: call.calleeName,
    calleeIdNumber: call.number,
    from: addressOf(leg.from),
    to: addressOf(leg.to),
    request: addressOf(leg.request),
    authorizingId: caller.authorizingId,
    authorizingType: caller.authorizingType,
    ownerId: variables.ownerId,
    callflowId: variables.callflowId,
    createdAt: call.arrivedAt,
    ringingAt: call.ringingAt,
    answeredAt: call.answeredAt,
    userAgent: leg.userAgent,
    source: leg.source,
    sipHeaders: leg.headers,
    applicationVariables: Object.fromEntries(variables.application),
    channelVariables: Object.fromEntries(variables.channel),
    recordings: [...call.recordings],
    reports: [...call.reports],
  }
}

/** The CDR of a leg that ended so. */
export function cdrAt(record: LegRecord, { at, cause, sipStatus, by }: LegEnd): Cdr {
  const { createdAt, ringingAt, answeredAt } = record
  const billingMs = answeredAt === undefined ? 0 : at - answeredAt
  const month = new Date(createdAt).toISOString().slice(0, 7).replace('-', '')
  // What is there already comes last: spread first, with so many fields, it takes 100 µs instead of 3.
  return {
    id: `${month}-${record.callId}`,
    endedAt: at,
    ringingSeconds: Math.round(((answeredAt ?? at) - (ringingAt ?? answeredAt ?? at)) / 1000),
    durationSeconds: Math.round((at - createdAt) / 1000),
    billingSeconds: Math.round(billingMs / 1000),
    billingMs,
    hangupCause: cause,
    hangupCode: `sip:${sipStatus}`,
    endedBy: by,
    ...record,
  }
}

/** The CDR of a call whose leg has ended. */
export function cdrOf(call: Call): Cdr {
  const { cause, sipStatus, by } = call.leg.ended.reason as Hangup
  return cdrAt(legRecordOf(call), { at: call.endedAt ?? call.arrivedAt, cause, sipStatus, by })
}
