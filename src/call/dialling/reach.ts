import { asFailure, follow, Outcome, unlessAborted, within } from '../../base/index.ts'
import type { Call } from '../call.ts'
import { Hangup, hangupCauses, type HangupCause } from '../causes.ts'
import { nameOfTarget } from '../driver.ts'
import type { CallEvent } from '../events.ts'
import type { Leg } from '../leg.ts'
import { causeOfFailure } from './causes.ts'
import { Handover } from './conversation.ts'
import type { Branch, BranchResult, PartyOptions } from './plan.ts'

export interface ReachOptions extends PartyOptions {
  /** How long it may ring. */
  readonly ringMs: number
  /** Told of what happens on the callee's leg. */
  readonly onEvent: (event: CallEvent, callee: Call) => void
}

/** Why a branch is not connected. */
export class NotReached extends Outcome {
  readonly result: Omit<BranchResult, 'branch'>
  constructor(result: Omit<BranchResult, 'branch'>) {
    super(result.cause)
    this.result = result
  }
}

/** The reason given to branches that ring when another one was answered. */
export const lost: Error = new Outcome('somebody else answered')

/**
 * Calls the target of `branch` until somebody has answered and is willing. Whatever else happens, their leg is hung up.
 * Rejects with {@link NotReached}, or with `signal.reason`.
 */
export async function reach(call: Call, branch: Branch, options: ReachOptions): Promise<Call> {
  const { signal } = options
  const leg = await dial(call, branch, options)
  let hasRung = false
  let answer = (): void => undefined
  const answered = new Promise<void>((resolve) => (answer = resolve))
  const follower = (event: CallEvent, callee: Call): void => {
    if (event.type === 'leg.ringing' || event.type === 'leg.early') hasRung = true
    if (event.type === 'leg.answered') answer()
    options.onEvent(event, callee)
  }
  const { target, callee: who, observe } = branch
  const callee = call.beside(leg, {
    target,
    ...who,
    observers: observe === undefined ? [follower] : [observe, follower],
  })
  const giveUp = (cause: HangupCause): NotReached => {
    void leg.hangup(cause)
    return new NotReached({ cause, sipStatus: hangupCauses[cause].sip })
  }
  try {
    await answeredIn(leg, answered, options, () => giveUp(hasRung ? 'NO_ANSWER' : 'NO_USER_RESPONSE'))
    if (!(await isWilling(callee, branch, signal))) {
      void leg.hangup('NORMAL_CLEARING')
      throw new NotReached({ cause: 'NO_ANSWER', sipStatus: hangupCauses.NO_ANSWER.sip })
    }
    return callee
  } catch (error) {
    if (signal.aborted) void leg.hangup(causeOf(signal.reason))
    throw error
  }
}

/** Why whoever rings is not wanted any more. */
function causeOf(reason: unknown): HangupCause {
  if (reason === lost) return 'LOSE_RACE'
  return (reason instanceof Handover ? reason.hangupCause : undefined) ?? 'ORIGINATOR_CANCEL'
}

async function dial(call: Call, branch: Branch, { calling, signal }: PartyOptions): Promise<Leg> {
  const { target, callerId, headers, codecs } = branch
  const options = { callerId, headers, beside: call.leg, ...(codecs === undefined ? {} : { codecs }) }
  const dialling = calling.dial(target, options)
  try {
    return await unlessAborted(dialling, signal)
  } catch (error) {
    if (signal.aborted) {
      dialling.then((leg) => leg.hangup('ORIGINATOR_CANCEL')).catch(() => undefined)
      throw error
    }
    call.tell({ type: 'dial.failed', target: nameOfTarget(target), code: asFailure(error).code })
    throw new NotReached({ cause: causeOfFailure(error), sipStatus: undefined })
  }
}

async function answeredIn(
  leg: Leg,
  answered: Promise<void>,
  { clock, ringMs, signal }: ReachOptions,
  late: () => NotReached,
): Promise<void> {
  try {
    await within({ clock, ms: ringMs, signal }, late, (either) => unlessAborted(answered, either, leg.ended))
  } catch (error) {
    if (signal.aborted || !(error instanceof Hangup)) throw error
    throw new NotReached({ cause: error.cause, sipStatus: error.sipStatus })
  }
}

async function isWilling(callee: Call, { screen }: Branch, signal: AbortSignal): Promise<boolean> {
  if (screen === undefined) return true
  const stop = new AbortController()
  const undo = [follow(signal, stop), follow(callee.leg.ended, stop)]
  try {
    return (await unlessAborted(screen(callee, stop.signal), stop.signal)) && !callee.leg.ended.aborted
  } catch (error) {
    signal.throwIfAborted()
    if (!callee.leg.ended.aborted) callee.log.warn('call.screen-failed', { error: asFailure(error) })
    return false
  } finally {
    for (const unfollow of undo) unfollow()
  }
}
