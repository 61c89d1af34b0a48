import type { Call } from '../call.ts'
import type { BridgeEnd, Calling } from '../driver.ts'

export interface JoinOptions {
  readonly calling: Calling
  readonly signal: AbortSignal
  /** Before the callee has answered. */
  readonly isEarly: boolean
}

/** Bridges two legs and tells both. Settles as {@link Driver.bridge} does. */
export async function join(call: Call, callee: Call, { calling, signal, isEarly }: JoinOptions): Promise<BridgeEnd> {
  const legs = [
    { told: call, other: callee },
    { told: callee, other: call },
  ]
  const tell = (type: 'bridge.began' | 'bridge.ended'): void => {
    for (const { told, other } of legs) if (!told.leg.ended.aborted) told.tell({ type, otherCallId: other.id, isEarly })
  }
  const holdMusic = { a: call.holdMusic, b: callee.holdMusic }
  call.other = { callId: callee.id, number: callee.number }
  tell('bridge.began')
  try {
    return await calling.bridge(call.leg, callee.leg, { signal, holdMusic })
  } finally {
    tell('bridge.ended')
  }
}
