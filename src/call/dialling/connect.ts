import { aborted, asFailure, follow, Outcome } from '../../base/index.ts'
import type { Call, Conversation } from '../call.ts'
import type { HangupCause } from '../causes.ts'
import type { CallEvent } from '../events.ts'
import { isOfTheWay, rankedResult } from './causes.ts'
import { dismiss, Handover } from './conversation.ts'
import { Hearing } from './hearing.ts'
import type { Party } from '../party.ts'
import type { Branch, BranchResult, Connected, DialPlan, NotConnected, PartyOptions } from './plan.ts'
import { lost, NotReached, reach } from './reach.ts'

/** More branches than this are not tried. */
const mostBranches = 100

const final: Error = new Outcome('one of them has refused for all')
const tooLate: Error = new Outcome('no time is left to try it')

/**
 * Finds somebody of `plan` to talk to the caller: calls them, lets the caller hear what is to be heard meanwhile, and
 * answers the caller as the plan says. Whoever rings and was not the first is cancelled with LOSE_RACE, which phones show
 * as a call answered elsewhere. When nobody is found, the caller is left as they are, and the result says why.
 *
 * Rejects with the caller's Hangup when the caller goes, and with `signal.reason`; everybody is cancelled then.
 *
 * @source KAZOO kapps_call_command b_bridge; Twilio Dial; callflow actions `device`, `user`, `ring_group`
 */
export async function connect(call: Call, plan: DialPlan, options: PartyOptions): Promise<Connected | NotConnected> {
  options.signal.throwIfAborted()
  if (plan.answer === 'first') await call.leg.answer()
  call.leg.ended.throwIfAborted()
  const attempt = new Attempt(call, plan, options)
  return attempt.run()
}

/** One attempt to find a callee: who is called, who answered first, and what the caller hears. */
class Attempt implements Conversation {
  readonly state = 'ringing'
  readonly partner = undefined
  readonly #call: Call
  readonly #plan: DialPlan
  readonly #options: PartyOptions
  readonly #hearing: Hearing
  readonly #race = new AbortController()
  readonly #results: BranchResult[] = []
  readonly #until: number
  #first: Connected | undefined
  #hasLeft = false
  /** Settles when nobody rings any more and the caller hears nothing of it. */
  #over: Promise<unknown> = Promise.resolve()

  constructor(call: Call, plan: DialPlan, options: PartyOptions) {
    this.#call = call
    this.#plan = plan
    this.#options = options
    this.#until = options.clock.now() + plan.timeoutMs
    this.#hearing = new Hearing(call, { ...options, ringback: plan.ringback })
  }

  get owner(): Call {
    return this.#call
  }

  async run(): Promise<Connected | NotConnected> {
    const { leg } = this.#call
    const { signal } = this.#options
    const undo = [follow(signal, this.#race), follow(leg.ended, this.#race)]
    this.#call.conversation = this
    try {
      const over = this.#tryAll()
      this.#over = over.catch(() => undefined)
      await over
      if (this.#first !== undefined && !this.#hasLeft) await leg.answer()
      if (this.#hasLeft) {
        dismiss(this.#first?.callee)
        throw (await aborted(signal)) as Error
      }
      signal.throwIfAborted()
      leg.ended.throwIfAborted()
      return this.#first ?? { kind: 'failed', ...rankedResult(this.#results), results: this.#results }
    } catch (error) {
      this.#race.abort(error)
      void this.#first?.callee.leg.hangup('ORIGINATOR_CANCEL')
      throw error
    } finally {
      for (const unfollow of undo) unfollow()
      if (this.#call.conversation === this) this.#call.conversation = undefined
      await this.#hearing.stop()
    }
  }

  /** Whoever is given has won. */
  give(partner: Call, cause: HangupCause): void {
    dismiss(this.#first?.callee)
    this.#first = { kind: 'connected', callee: partner }
    this.#race.abort(new Handover('given', { partner: cause }))
  }

  /** There is nobody to be let go. */
  async release(): Promise<void> {}

  async leave(cause: HangupCause): Promise<void> {
    this.#hasLeft = true
    this.#race.abort(new Handover('left', { partner: cause }))
    await this.#over
    if (this.#call.conversation === this) this.#call.conversation = undefined
  }

  async #tryAll(): Promise<void> {
    await this.#try()
    await this.#hearing.stop()
  }

  /** Resolves when somebody has answered, or nobody will. */
  async #try(): Promise<void> {
    const branches = this.#plan.branches.slice(0, mostBranches)
    if (this.#plan.strategy === 'simultaneous') {
      await Promise.all(branches.map((branch) => this.#ring(branch)))
      return
    }
    for (const branch of branches) {
      if (this.#race.signal.aborted) return
      await this.#ring(branch)
    }
  }

  /** Calls one branch. What came of it is in the results, or it is the first. */
  async #ring(branch: Branch): Promise<void> {
    try {
      const callee = await this.#reach(branch)
      if (this.#first !== undefined) {
        void callee.leg.hangup('LOSE_RACE')
        return
      }
      this.#first = { kind: 'connected', callee, branch }
      this.#race.abort(lost)
    } catch (error) {
      if (error === tooLate || this.#race.signal.aborted) return
      if (!(error instanceof NotReached)) throw error
      const { result, wasAlerted } = error
      if (branch.next !== undefined && !wasAlerted && isOfTheWay(result) && this.#leftMs > 0) {
        await this.#ring({ ...branch.next, delayMs: 0 })
        return
      }
      if (result.cause === 'USER_NOT_REGISTERED' && branch.instead !== undefined) {
        await Promise.all(branch.instead.map((other) => this.#ring(other)))
        return
      }
      const others = await this.#redirected(branch, error.redirectTo)
      if (others.length > 0) {
        await Promise.all(others.map((other) => this.#ring(other)))
        return
      }
      this.#results.push({ branch, ...result })
      if (this.#plan.isFinal?.(result.cause) === true) this.#race.abort(final)
    }
  }

  get #leftMs(): number {
    return this.#until - this.#options.clock.now()
  }

  /** The ways to where a callee has sent the call. Never rejects: where that cannot be found, nobody is there. */
  async #redirected(branch: Branch, to: readonly Party[]): Promise<readonly Branch[]> {
    if (to.length === 0 || branch.redirected === undefined) return []
    try {
      return await branch.redirected(to)
    } catch (error) {
      this.#call.log.warn('call.redirect-failed', { error: asFailure(error) })
      return []
    }
  }

  async #reach(branch: Branch): Promise<Call> {
    const { clock } = this.#options
    const { signal } = this.#race
    if (branch.delayMs > 0) await clock.sleep(Math.min(branch.delayMs, this.#leftMs), signal)
    if (this.#leftMs <= 0) throw tooLate
    return reach(this.#call, branch, {
      ...this.#options,
      signal,
      ringMs: Math.min(branch.timeoutMs, this.#leftMs),
      onEvent: (event, callee) => this.#follow(branch, event, callee),
    })
  }

  #follow(branch: Branch, event: CallEvent, callee: Call): void {
    if (event.type === 'leg.ringing') this.#call.leg.ring()
    if (event.type === 'leg.early' && !branch.ignoreEarlyMedia) this.#hearing.begin(callee)
    if (event.type === 'leg.answered' && branch.screen !== undefined) this.#hearing.end(callee)
    if (event.type === 'leg.ended') this.#hearing.end(callee)
  }
}
