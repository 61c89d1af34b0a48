import type { Party } from '../../call/index.ts'
import type { Flow, InviteSession, SipAddress } from '../../sip/index.ts'

/** Who calls whom, as signalling says it; the caller is whom From names, as in KAZOO. */
export interface LegFacts {
  readonly callId: string
  readonly from: Party
  readonly to: Party
  readonly request: Party
  /** Custom ones. */
  readonly headers: Readonly<Record<string, string>>
}

export interface CallerFacts extends LegFacts {
  readonly source: string
  readonly userAgent: string | undefined
}

export function callerOf(session: InviteSession): CallerFacts {
  return {
    callId: session.callId,
    from: partyOf(session.from),
    to: partyOf(session.to),
    request: partyOf(session.requestUri),
    headers: Object.fromEntries(session.headers.filter(([name]) => /^x-/i.test(name))),
    source: placeOf(session.source),
    userAgent: session.userAgent,
  }
}

export const partyOf = ({ user, host, displayName }: SipAddress): Party => ({
  user,
  realm: host,
  ...(displayName === undefined || displayName === '' ? {} : { name: displayName }),
})

export const placeOf = ({ address, port }: Flow): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
