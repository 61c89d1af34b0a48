import type { Party } from '../../call/index.ts'
import type { Flow, InviteSession, SipAddress } from '../../sip/index.ts'

/** Who calls whom, as signalling says it; the caller is whom From names, as in KAZOO. */
export interface CallerFacts {
  readonly callId: string
  readonly from: Party
  readonly to: Party
  readonly request: Party
  readonly headers: Readonly<Record<string, string>>
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

const partyOf = ({ user, host, displayName }: SipAddress): Party => ({
  user,
  realm: host,
  ...(displayName === undefined || displayName === '' ? {} : { name: displayName }),
})

const placeOf = ({ address, port }: Flow): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
