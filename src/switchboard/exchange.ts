import { aborted, Failure, type Clock } from '../base/index.ts'
import {
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

/** The legs that live now, and who is connected with whom. */
export class LegExchange implements Exchange {
  readonly #options: ExchangeOptions
  readonly #calls = new Map<string, Call>()

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  /** Keeps legs from their first event to their last. */
  readonly observe: CallObserver = (event, call) => {
    if (event.type === 'leg.dialled') this.add(call)
    else if (event.type === 'leg.ended') this.#calls.delete(call.id)
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
    await host.conversation.release()
    void host.leg.hangup('PICKED_OFF')
    await talk(taker, call, options)
  }

  async send(call: Call, number: string, by: Call): Promise<void> {
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
}

/** Takes a leg out of its conversation; it goes on, and nobody has its sound. Who was in its own is hung up with `cause`. */
async function free(call: Call, cause: HangupCause): Promise<void> {
  if (call.conversation !== undefined) await call.conversation.leave(cause)
  else await call.host?.conversation?.release()
}

/** Whether a leg is a device's of the account, so that it may be asked on behalf of it for numbers without a callflow. */
const isKnown = ({ leg, caller }: Call): boolean => leg.isAuthorized || caller.authorizingId !== undefined

const transferorOf = (by: Call, how: Transferor['how']): Transferor => ({
  caller: by.caller,
  number: by.leg.direction === 'inbound' ? by.from.user : by.number,
  how,
})
