import { aborted, follow, Outcome, within } from '../../base/index.ts'
import type { Call } from '../call.ts'
import type { HangupCause } from '../causes.ts'
import { join } from './join.ts'
import type { TalkOptions, Talked } from './plan.ts'

/**
 * Lets the two parties of a call talk until one of them goes, the time is up, or the caller presses the key. Whichever
 * it is, the callee's leg is hung up then, and the caller's is not: the flow goes on. Digits that were meant for the
 * callee are not kept for it.
 *
 * Rejects with the caller's Hangup when the caller goes, and with `signal.reason`.
 *
 * @source KAZOO cf_exe after a bridge; Twilio Dial (`timeLimit`, `hangupOnStar`)
 */
export async function talk(call: Call, callee: Call, options: TalkOptions): Promise<Talked> {
  const { clock, signal, timeLimitMs = Infinity, hangupKey } = options
  const begunAt = clock.now()
  const stop = new AbortController()
  const unfollow = follow(signal, stop)
  const listening = hangupKey === undefined ? undefined : listen(call, hangupKey, stop)
  let cause: HangupCause = 'NORMAL_CLEARING'
  try {
    await bridged(call, callee, { ...options, signal: stop.signal, timeLimitMs })
    return { endedBy: 'callee', talkedMs: clock.now() - begunAt }
  } catch (error) {
    if (!(error instanceof Over)) throw error
    if (error.endedBy === 'limit') cause = 'ALLOTTED_TIMEOUT'
    return { endedBy: error.endedBy, talkedMs: clock.now() - begunAt }
  } finally {
    unfollow()
    stop.abort(new Outcome('the conversation is over'))
    await listening
    call.leg.takeDigits()
    void callee.leg.hangup(cause)
  }
}

/** Why a conversation ended that both parties would have gone on with. */
class Over extends Outcome {
  readonly endedBy: 'limit' | 'key'
  constructor(endedBy: 'limit' | 'key') {
    super(endedBy)
    this.endedBy = endedBy
  }
}

async function bridged(
  call: Call,
  callee: Call,
  { calling, clock, signal, timeLimitMs }: TalkOptions & { readonly timeLimitMs: number },
): Promise<void> {
  const bridge = (either: AbortSignal) => join(call, callee, { calling, signal: either, isEarly: false })
  const ended = Number.isFinite(timeLimitMs)
    ? await within({ clock, ms: timeLimitMs, signal }, () => new Over('limit'), bridge)
    : await bridge(signal)
  if (ended === 'a') throw (await aborted(call.leg.ended)) as Error
}

/** Waits for the caller to press `key`. Never rejects. */
async function listen(call: Call, key: string, stop: AbortController): Promise<void> {
  try {
    while ((await call.leg.nextDigit(stop.signal)) !== key);
    stop.abort(new Over('key'))
  } catch {
    // The conversation is over, or the caller is gone.
  }
}
