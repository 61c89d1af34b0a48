import type { Call } from './call.ts'
import type { PartyOptions } from './dialling/plan.ts'

/**
 * Who is connected with whom: the legs that live now, and how they are connected anew. Calls of different accounts never
 * meet here.
 */
export interface Exchange {
  /** The legs of an account that have not ended, those that called and those that are called, oldest first. */
  calls(accountId: string): readonly Call[]
  /**
   * Lets `taker`, who has answered, talk with `call`, in place of whoever talks with it, rings for it or lets it wait.
   * Whoever that was is hung up with PICKED_OFF. Resolves when they have talked; rejects with `signal.reason`, which is how
   * it ends for a taker whom `call` has hung up on.
   *
   * @throws CALL_ALONE when `call` neither talks, rings for somebody, nor waits
   * @source KAZOO call pickup; FreeSWITCH intercept
   */
  take(call: Call, taker: Call, options: PartyOptions): Promise<void>
  /**
   * Sends `call` to whatever answers `number` in its account, on behalf of `by`, whose right it is to reach that. Whoever
   * talks with it is let go. Resolves when the new flow has begun.
   *
   * @throws DOCUMENT_NOT_FOUND when nothing answers there: all goes on as it was · FLOW_TOO_MANY_BRANCHES · CALL_GONE
   */
  send(call: Call, number: string, by: Call): Promise<void>
}

/** With whom `call` talks, or for whom it rings. */
export const counterpartOf = (call: Call): Call | undefined => call.conversation?.partner ?? call.host
