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
  /** The user of the contact that was called, when it is one that we have registered with a trunk. */
  readonly registeredContact: string | undefined
}

/** @param isRegisteredContact whether a trunk has called a contact of ours: only To says for whom then */
export function callerOf(session: InviteSession, isRegisteredContact: (user: string) => boolean): CallerFacts {
  const { user } = session.requestUri
  const isTrunk = isRegisteredContact(user)
  return {
    callId: session.callId,
    from: partyOf(session.from),
    to: partyOf(session.to),
    request: partyOf(isTrunk ? { ...session.to, host: session.requestUri.host } : session.requestUri),
    registeredContact: isTrunk ? user : undefined,
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
