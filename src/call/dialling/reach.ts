import { asFailure, follow, Outcome, unlessAborted, within } from '../../base/index.ts'
import type { Call } from '../call.ts'
import { Hangup, hangupCauses, type HangupCause } from '../causes.ts'
import { nameOfTarget, type DialOptions } from '../driver.ts'
import type { CallEvent } from '../events.ts'
import type { Leg } from '../leg.ts'
import type { Party } from '../party.ts'
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
  /** Somebody's phone rang, or something was to be heard. */
  readonly wasAlerted: boolean
  /** Where the callee says that the call is to go instead. */
  readonly redirectTo: readonly Party[]
  constructor(result: Omit<BranchResult, 'branch'>, wasAlerted: boolean, redirectTo: readonly Party[] = []) {
    super(result.cause)
    this.result = result
    this.redirectTo = redirectTo
    this.wasAlerted = wasAlerted
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
  const progress = new Progress()
  const follower = (event: CallEvent, callee: Call): void => {
    progress.follow(event)
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
    return new NotReached({ cause, sipStatus: hangupCauses[cause].sip }, progress.wasAlerted)
  }
  try {
    const { progressMs = Infinity } = branch
    const { ringMs, clock } = options
    const begunAt = clock.now()
    const late = (): NotReached => giveUp(progress.wasAlerted ? 'NO_ANSWER' : 'NO_USER_RESPONSE')
    if (progressMs < ringMs)
      await comesIn(leg, progress, 'alerted', progressMs, options, () => giveUp('PROGRESS_TIMEOUT'))
    await comesIn(leg, progress, 'answered', ringMs - (clock.now() - begunAt), options, late)
    if (!(await isWilling(callee, branch, signal))) {
      void leg.hangup('NORMAL_CLEARING')
      throw new NotReached({ cause: 'NO_ANSWER', sipStatus: hangupCauses.NO_ANSWER.sip }, true)
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
  const { target, callerId, headers, codecs, encryption, ignoresRedirects = false } = branch
  const options: DialOptions = {
    callerId,
    headers,
    beside: call.leg,
    ...(codecs === undefined ? {} : { codecs }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(ignoresRedirects ? { ignoresRedirects } : {}),
  }
  const dialling = calling.dial(target, options)
  try {
    return await unlessAborted(dialling, signal)
  } catch (error) {
    if (signal.aborted) {
      dialling.then((leg) => leg.hangup('ORIGINATOR_CANCEL')).catch(() => undefined)
      throw error
    }
    call.tell({ type: 'dial.failed', target: nameOfTarget(target), code: asFailure(error).code })
    throw new NotReached({ cause: causeOfFailure(error), sipStatus: undefined }, false)
  }
}

/** How far a leg that was dialled has come. */
class Progress {
  wasAlerted = false
  #isAlerted = (): void => undefined
  #isAnswered = (): void => undefined
  readonly alerted = new Promise<void>((resolve) => (this.#isAlerted = resolve))
  readonly answered = new Promise<void>((resolve) => (this.#isAnswered = resolve))

  follow({ type }: CallEvent): void {
    if (type === 'leg.ringing' || type === 'leg.early' || type === 'leg.answered') {
      this.wasAlerted = true
      this.#isAlerted()
    }
    if (type === 'leg.answered') this.#isAnswered()
  }
}

/** Waits until a leg has come so far, or ends. */
async function comesIn(
  leg: Leg,
  progress: Progress,
  how: 'alerted' | 'answered',
  ms: number,
  { clock, signal }: ReachOptions,
  late: () => NotReached,
): Promise<void> {
  try {
    await within({ clock, ms, signal }, late, (either) => unlessAborted(progress[how], either, leg.ended))
  } catch (error) {
    if (signal.aborted || !(error instanceof Hangup)) throw error
    throw new NotReached({ cause: error.cause, sipStatus: error.sipStatus }, progress.wasAlerted, error.redirectTo)
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
