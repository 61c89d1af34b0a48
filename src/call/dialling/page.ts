import { follow, Outcome, unlessAborted } from '../../base/index.ts'
import type { Call } from '../call.ts'
import type { Room } from '../room.ts'
import type { Branch, PartyOptions } from './plan.ts'
import { NotReached, reach } from './reach.ts'

export interface PagePlan {
  /** All of them are called at once, and all who answer hear the caller. */
  readonly branches: readonly Branch[]
  /** They are heard too: by the caller, and by each other. */
  readonly isTwoWay: boolean
  /** How long each may ring. */
  readonly timeoutMs: number
}

const mostBranches = 100
const over: Error = new Outcome('the page is over')

/**
 * Answers the caller, who speaks to all of `plan` who answer, until the caller goes or the last of them does. Those who
 * are there, or still ring, are hung up on then.
 *
 * Rejects with the caller's Hangup when the caller goes, and with `signal.reason`.
 *
 * @returns how many have answered
 * @throws ROOM_UNSUPPORTED
 * @source KAZOO cf_page_group.erl; kapps_call_command.erl, page
 */
export async function page(call: Call, plan: PagePlan, options: PartyOptions): Promise<number> {
  const { calling, signal } = options
  signal.throwIfAborted()
  const room = calling.room({ beside: call.leg })
  const stop = new AbortController()
  const undo = [follow(signal, stop), follow(call.leg.ended, stop)]
  let speaking: Promise<unknown> = Promise.resolve()
  try {
    await call.leg.answer()
    speaking = room.join(call.leg, { signal: stop.signal, isDeaf: !plan.isTwoWay }).catch((error: unknown) => {
      stop.abort(error)
    })
    const branches = plan.branches.slice(0, mostBranches)
    const stays = branches.map((branch) => attend(call, branch, plan, room, { ...options, signal: stop.signal }))
    const answered = await Promise.all(stays)
    stop.signal.throwIfAborted()
    return answered.filter(Boolean).length
  } finally {
    for (const unfollow of undo) unfollow()
    stop.abort(over)
    await speaking
    await room.close()
  }
}

/** Calls somebody and lets them hear the page until they go. @returns whether they have answered */
async function attend(
  call: Call,
  branch: Branch,
  { isTwoWay, timeoutMs }: PagePlan,
  room: Room,
  options: PartyOptions,
): Promise<boolean> {
  const { clock, signal } = options
  let callee: Call
  try {
    if (branch.delayMs > 0) await clock.sleep(branch.delayMs, signal)
    const ringMs = Math.min(branch.timeoutMs, timeoutMs)
    callee = await reach(call, branch, { ...options, ringMs, onEvent: () => undefined })
  } catch (error) {
    if (error instanceof NotReached || signal.aborted) return false
    throw error
  }
  const { leg } = callee
  try {
    await unlessAborted(room.join(leg, { signal, isMuted: !isTwoWay }), signal)
  } catch {
    // The page is over, or something else takes the leg.
  } finally {
    void leg.hangup('NORMAL_CLEARING')
  }
  return true
}
