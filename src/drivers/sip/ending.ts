import { causeOfQ850, causeOfSipStatus, Hangup, hangupCauses, type HangupCause, type Party } from '../../call/index.ts'
import { bareHost, parseUri, userOf, type Rejection, type SessionEnd } from '../../sip/index.ts'

/** What the end of signalling means for the call. @param farEnd who is at the other end of the leg */
export function hangupOf(end: SessionEnd, farEnd: 'caller' | 'callee'): Hangup {
  switch (end.how) {
    case 'cancelled': {
      const cause = causeOfReason(end.reason)
      return new Hangup(farEnd, cause === undefined || cause === 'NORMAL_CLEARING' ? 'ORIGINATOR_CANCEL' : cause, 487)
    }
    case 'bye': {
      const cause = causeOfReason(end.reason) ?? 'NORMAL_CLEARING'
      return new Hangup(end.by === 'far' ? farEnd : 'server', cause, statusAfterAnswer(cause))
    }
    case 'rejected':
      return new Hangup('server', causeOfSipStatus(end.status), end.status)
    case 'timeout':
      if (end.what === 'transport') return new Hangup('network', 'NETWORK_OUT_OF_ORDER')
      return new Hangup('network', 'RECOVERY_ON_TIMER_EXPIRE', end.what === 'answer' ? 408 : undefined)
  }
}

/**
 * Why a callee did not answer: the telephone network's cause where it is named, else the status says it.
 *
 * @param tellsRedirect whether where a 3xx sends the call is part of it
 */
export function hangupOfRejection(
  { status, headers, contacts = [] }: Pick<Rejection, 'status' | 'headers'> & Partial<Pick<Rejection, 'contacts'>>,
  tellsRedirect = false,
): Hangup {
  const reason = headers.find(([name]) => name.toLowerCase() === 'reason')?.[1]
  const named = causeOfReason(reason)
  // Some gateways say "normal clearing" of every call, also of one that was never answered.
  const cause = named === undefined || named === 'NORMAL_CLEARING' ? causeOfSipStatus(status) : named
  return new Hangup('callee', cause, status, tellsRedirect ? contacts.flatMap(partyOfUri) : [])
}

const partyOfUri = (text: string): readonly Party[] => {
  const uri = parseUri(text)
  const user = uri === undefined ? '' : userOf(uri)
  return uri === undefined || user === '' ? [] : [{ user, realm: bareHost(uri.host) }]
}

/** 200 for an answered call that ended as calls do. */
export const statusAfterAnswer = (cause: HangupCause): number =>
  cause === 'NORMAL_CLEARING' ? 200 : hangupCauses[cause].sip

/** What a Reason header says (RFC 3326): the first protocol that we know, Q.850 before SIP. */
export function causeOfReason(reason: string | undefined): HangupCause | undefined {
  const q850 = /(?:^|,)\s*Q\.850\s*;[^,]*?cause\s*=\s*(\d{1,3})/i.exec(reason ?? '')
  if (q850 !== null) return causeOfQ850(Number(q850[1]))
  const sip = /(?:^|,)\s*SIP\s*;[^,]*?cause\s*=\s*(\d{3})/i.exec(reason ?? '')
  return sip === null ? undefined : causeOfSipStatus(Number(sip[1]))
}

/** Tells a caller whom we refuse why, in the words of the telephone network. */
export const reasonHeader = (cause: HangupCause): readonly [string, string] => [
  'Reason',
  `Q.850;cause=${hangupCauses[cause].q850};text="${cause}"`,
]
