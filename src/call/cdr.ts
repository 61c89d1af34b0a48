import type { Call } from './call.ts'
import type { Hangup } from './causes.ts'

/** The record of one leg at its end. Times are Unix milliseconds, durations whole seconds. */
export interface Cdr {
  readonly callId: string
  readonly accountId: string
  readonly direction: 'inbound' | 'outbound'
  readonly callerIdName: string
  readonly callerIdNumber: string
  readonly from: string
  readonly to: string
  readonly request: string
  readonly createdAt: number
  readonly ringingSeconds: number
  readonly durationSeconds: number
  readonly billingSeconds: number
  readonly billingMs: number
  readonly hangupCause: string
  readonly hangupCode: string
  readonly endedBy: string
  readonly userAgent: string | undefined
  readonly source: string
  readonly applicationVariables: Readonly<Record<string, unknown>>
}

/** The CDR of a call whose leg has ended. */
export function cdrOf(call: Call): Cdr {
  const { leg, variables, arrivedAt } = call
  const { cause, sipStatus, by } = leg.ended.reason as Hangup
  const endedAt = call.endedAt ?? arrivedAt
  const billingMs = call.answeredAt === undefined ? 0 : endedAt - call.answeredAt
  const address = ({ user, realm }: { user: string; realm: string }): string => `${user}@${realm}`
  return {
    callId: call.id,
    accountId: call.account.id,
    direction: leg.direction,
    callerIdName: variables.callerIdName,
    callerIdNumber: variables.callerIdNumber,
    from: address(leg.from),
    to: address(leg.to),
    request: address(leg.request),
    createdAt: arrivedAt,
    ringingSeconds: Math.round(((call.answeredAt ?? endedAt) - (call.ringingAt ?? call.answeredAt ?? endedAt)) / 1000),
    durationSeconds: Math.round((endedAt - arrivedAt) / 1000),
    billingSeconds: Math.round(billingMs / 1000),
    billingMs,
    hangupCause: cause,
    hangupCode: `sip:${sipStatus}`,
    endedBy: by,
    userAgent: leg.userAgent,
    source: leg.source,
    applicationVariables: Object.fromEntries(variables.application),
  }
}
