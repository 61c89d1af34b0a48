import { aborted, asFailure, Failure, type Clock } from '../base/index.ts'
import {
  counterpartOf,
  talk,
  type Call,
  type Calling,
  type CallObserver,
  type Exchange,
  type HangupCause,
  type PartyOptions,
  type Transferor,
} from '../call/index.ts'
import type { Redirection } from './live-flow.ts'

/**
 * Looks up what answers there; what it returns lets a call run that, and resolves when it has begun.
 *
 * @throws DOCUMENT_NOT_FOUND when nothing answers there; the call goes on as it was
 */
export type Begin = (call: Call, to: Redirection, isKnown: boolean) => Promise<() => Promise<void>>

export interface ExchangeOptions {
  readonly calling: Calling
  readonly clock: Clock
  readonly begin: Begin
}

/** So often flows may send one call elsewhere: a number that transfers to itself would never end. */
const mostSent = 50

/** The legs that live now, and who is connected with whom. */
export class LegExchange implements Exchange {
  readonly #options: ExchangeOptions
  readonly #calls = new Map<string, Call>()
  readonly #sent = new WeakMap<Call, number>()

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  /** Keeps legs from their first event to their last. */
  readonly observe: CallObserver = (event, call) => {
    if (event.type === 'leg.dialled') this.add(call)
    else if (event.type === 'leg.ended') this.#calls.delete(call.id)
    else if (event.type === 'transfer.requested') void this.#transfer(call, event.to.user, event.replacesCallId)
  }

  add(call: Call): void {
    if (!call.leg.ended.aborted) this.#calls.set(call.id, call)
  }

  calls(accountId: string): readonly Call[] {
    return [...this.#calls.values()].filter(({ account }) => account.id === accountId)
  }

  find(callId: string): Call | undefined {
    return this.#calls.get(callId)
  }

  async take(call: Call, taker: Call, options: PartyOptions): Promise<void> {
    options.signal.throwIfAborted()
    if (call.conversation !== undefined) {
      call.conversation.give(taker, 'PICKED_OFF')
      throw (await aborted(options.signal)) as Error
    }
    const { host } = call
    if (host?.conversation === undefined) throw new Failure('CALL_ALONE', { callId: call.id })
    if (host.conversation.state !== 'talking') return this.take(host, taker, options)
    await host.conversation.release('PICKED_OFF')
    await talk(taker, call, options)
  }

  async send(call: Call, number: string, by: Call): Promise<void> {
    const times = (this.#sent.get(call) ?? 0) + 1
    if (times > mostSent) throw new Failure('FLOW_TOO_MANY_BRANCHES', { mostBranches: mostSent })
    this.#sent.set(call, times)
    const begin = await this.#options.begin(call, { to: 'number', number }, isKnown(by))
    call.transferredBy = transferorOf(by, 'blind')
    await free(call, 'BLIND_TRANSFER')
    await begin()
  }

  /**
   * Stops the flow that `call` runs, whatever it plays or asks and with whom it talks, and sends it elsewhere. Resolves
   * when the new flow has begun, or a later redirection has taken its place.
   *
   * @throws CALL_GONE when the call ends before that · DOCUMENT_NOT_FOUND when no callflow is there: the call goes on
   * @source KAZOO cb_channels: actions `callflow` and `transfer`; konami_callflow.erl
   */
  async redirect(call: Call, to: Redirection): Promise<void> {
    const begin = await this.#options.begin(call, to, isKnown(call))
    await free(call, 'NORMAL_CLEARING')
    await begin()
  }

  /** Lets `call` take the place of a leg: whoever talks with that one, or rings for it, talks with this one from now on. */
  async replace(replaced: Call, call: Call, options: PartyOptions): Promise<void> {
    const other = counterpartOf(replaced)
    if (other === undefined) throw new Failure('CALL_ALONE', { callId: replaced.id })
    await call.leg.answer()
    await this.take(other, call, options)
  }

  /**
   * Carries out the transfer that the far end of `by` asks for: whoever it talks with is sent to a number, or connected
   * with whom it talks by its other leg. Its own legs are hung up then. Never rejects: the far end is told a status.
   */
  async #transfer(by: Call, number: string, replacesCallId: string | undefined): Promise<void> {
    try {
      const sipStatus = await this.#tryTransfer(by, number, replacesCallId)
      await by.leg.reportTransfer(sipStatus)
    } catch (error) {
      const failure = asFailure(error)
      const isNowhere = failure.code === 'DOCUMENT_NOT_FOUND'
      if (!isNowhere) by.log.warn('switchboard.transfer-failed', { code: failure.code, error: failure })
      await by.leg.reportTransfer(isNowhere ? 404 : 503)
    }
  }

  /** @returns what is to be told, if it was not told before anything was done */
  async #tryTransfer(by: Call, number: string, replacesCallId: string | undefined): Promise<number> {
    const transferred = counterpartOf(by)
    if (transferred === undefined || by.leg.state !== 'answered') return 603
    if (replacesCallId === undefined) return this.#sendAway(by, transferred, number)
    const consulted = this.find(replacesCallId)
    if (consulted === undefined || consulted.account.id !== by.account.id) return 481
    if (consulted === by || consulted === transferred) return 603
    const target = counterpartOf(consulted)
    // It rings still, or waits, or listens to a flow: whoever is transferred goes there in its place.
    if (target === undefined) {
      return this.#sendAway(by, transferred, consulted.number, consulted)
    }
    const decisions = [undecided(by), undecided(consulted)] as const
    try {
      await by.leg.reportTransfer(200)
      transferred.transferredBy = { ...transferorOf(by, 'attended'), consultedCallId: consulted.id }
      await this.#join({ call: transferred, decide: decisions[0] }, { call: target, decide: decisions[1] })
      for (const own of [by, consulted]) void own.leg.hangup('ATTENDED_TRANSFER')
      return 200
    } finally {
      for (const decide of decisions) decide()
    }
  }

  async #sendAway(by: Call, transferred: Call, number: string, consulted?: Call): Promise<number> {
    const decided = undecided(by)
    try {
      const begin = await this.#options.begin(transferred, { to: 'number', number }, isKnown(by))
      await by.leg.reportTransfer(200)
      const how = consulted === undefined ? 'blind' : 'attended'
      const cause = consulted === undefined ? 'BLIND_TRANSFER' : 'ATTENDED_TRANSFER'
      transferred.transferredBy = {
        ...transferorOf(by, how),
        ...(consulted === undefined ? {} : { consultedCallId: consulted.id }),
      }
      void consulted?.leg.hangup(cause)
      const freed = free(transferred, cause, true)
      decided()
      await freed
      await begin()
      void by.leg.hangup(cause)
      return 200
    } finally {
      decided()
    }
  }

  /** Lets two legs talk that are both in conversations: with the flow of one of them, or without any. */
  async #join(a: Side, b: Side): Promise<void> {
    const [{ call: owner, decide }, partner] = a.call.conversation === undefined ? [b, a] : [a, b]
    const freed = free(partner.call, 'ATTENDED_TRANSFER', true)
    partner.decide()
    await freed
    if (owner.conversation !== undefined) {
      owner.conversation.give(partner.call, 'ATTENDED_TRANSFER')
      return
    }
    const ownerFreed = free(owner, 'ATTENDED_TRANSFER', true)
    decide()
    await ownerFreed
    void this.#connect(owner, partner.call)
  }

  /** Lets two legs talk that run no flow. When one of them goes, the other one is hung up. */
  async #connect(owner: Call, partner: Call): Promise<void> {
    const { calling, clock } = this.#options
    let cause: HangupCause = 'NORMAL_CLEARING'
    try {
      await talk(owner, partner, { calling, clock, signal: owner.leg.ended })
    } catch (error) {
      if (owner.leg.ended.aborted) return
      cause = 'NORMAL_TEMPORARY_FAILURE'
      owner.log.error('switchboard.connection-failed', { error: asFailure(error) })
    }
    await owner.leg.hangup(cause)
  }
}

/** One of the two who are to talk in an attended transfer. */
interface Side {
  readonly call: Call
  /** Whoever has talked with it so far may be gone now. */
  readonly decide: () => void
}

/**
 * Phones may hang up as soon as their request is taken: whoever they talked with is not let go before it is decided.
 *
 * @returns it is decided
 */
function undecided(by: Call): () => void {
  let decided = (): void => undefined
  by.transferring = new Promise((resolve) => (decided = resolve))
  return () => {
    decided()
    by.transferring = undefined
  }
}

/**
 * Takes a leg out of its conversation; it goes on, and nobody has its sound. Who was in a conversation of its own is hung up
 * with `cause`, and so is whoever it was in the conversation of, if `letsHostGo` says so; else their flow goes on.
 */
async function free(call: Call, cause: HangupCause, letsHostGo = false): Promise<void> {
  if (call.conversation !== undefined) await call.conversation.leave(cause)
  else await call.host?.conversation?.release(letsHostGo ? cause : undefined)
}

/** Whether a leg is a device's of the account, so that it may be asked on behalf of it for numbers without a callflow. */
const isKnown = ({ leg, caller: { authorizingId, authorizingType } }: Call): boolean =>
  (leg.direction === 'inbound' && leg.isAuthorized) || (authorizingId !== undefined && authorizingType !== 'resource')

const transferorOf = (by: Call, how: Transferor['how']): Transferor => ({
  caller: by.caller,
  number: by.leg.direction === 'inbound' ? by.from.user : by.number,
  how,
})
