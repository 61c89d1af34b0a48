import { causeOfQ850, causeOfSipStatus, Hangup, hangupCauses, type HangupCause } from '../../call/index.ts'
import type { SessionEnd } from '../../sip/index.ts'

/** What the end of signalling means for the call. */
export function hangupOf(end: SessionEnd): Hangup {
  switch (end.how) {
    case 'cancelled': {
      const cause = causeOfReason(end.reason)
      return new Hangup('caller', cause === undefined || cause === 'NORMAL_CLEARING' ? 'ORIGINATOR_CANCEL' : cause, 487)
    }
    case 'bye': {
      const cause = causeOfReason(end.reason) ?? 'NORMAL_CLEARING'
      return new Hangup(end.by === 'far' ? 'caller' : 'server', cause, statusAfterAnswer(cause))
    }
    case 'rejected':
      return new Hangup('server', causeOfSipStatus(end.status), end.status)
    case 'timeout':
      return new Hangup('network', end.what === 'transport' ? 'NETWORK_OUT_OF_ORDER' : 'RECOVERY_ON_TIMER_EXPIRE')
  }
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
