import { asFailure } from '../../base/index.ts'
import type { HangupCause } from '../causes.ts'
import type { BranchResult } from './plan.ts'

/** What says most about whether to call again: somebody was there, somebody said so, somebody's phone is off. */
const tellingCauses: readonly HangupCause[] = ['NO_ANSWER', 'USER_BUSY', 'CALL_REJECTED', 'NO_USER_RESPONSE']

/**
 * Of the results of all branches the one that the flow branches on: a phone that rang, then one that is busy, then one
 * that declined, then one that did not react; of the others the last.
 *
 * @source FreeSWITCH switch_ivr_originate.c (a timeout is NO_ANSWER, else the last cause); RFC 3261 section 16.7 step 6
 */
export function rankedResult(results: readonly BranchResult[]): Omit<BranchResult, 'branch'> {
  for (const telling of tellingCauses) {
    const found = results.find(({ cause }) => cause === telling)
    if (found !== undefined) return found
  }
  return results.at(-1) ?? { cause: 'NO_ROUTE_DESTINATION', sipStatus: undefined }
}

/**
 * What a callee has said, or the network that knows them: no other way leads anywhere else. 480 is said of phones that
 * are off, 404 of numbers that are nobody's.
 */
const wordsOfCallees: readonly number[] = [404, 410, 480, 484, 485, 486, 487, 600, 603, 604, 607, 608]

/**
 * Whether a call that nobody was alerted by failed because of the way it took, so that another way may do: the far end
 * is away, full, broken, or does not want *us*.
 */
export function isOfTheWay({ cause, sipStatus }: Pick<BranchResult, 'cause' | 'sipStatus'>): boolean {
  // What cannot even be tried is due to the way, unless we are full ourselves.
  if (sipStatus === undefined) return cause !== 'NORMAL_CIRCUIT_CONGESTION'
  return !wordsOfCallees.includes(sipStatus)
}

/** The hang-up cause that says what kept a call from being tried. */
export function causeOfFailure(error: unknown): HangupCause {
  switch (asFailure(error).code) {
    case 'DIAL_NOT_REGISTERED':
      return 'USER_NOT_REGISTERED'
    case 'DIAL_TARGET_INVALID':
      return 'NO_ROUTE_DESTINATION'
    case 'DIAL_INSECURE':
      return 'INCOMPATIBLE_DESTINATION'
    case 'DIAL_UNSUPPORTED':
      return 'FACILITY_NOT_IMPLEMENTED'
    case 'DIAL_FULL':
    case 'RTP_PORTS_EXHAUSTED':
      return 'NORMAL_CIRCUIT_CONGESTION'
    default:
      return 'NORMAL_TEMPORARY_FAILURE'
  }
}
