import type {
  DialogId,
  Flow,
  InviteOptions,
  OutgoingListener,
  OutgoingSession,
  Rejection,
  SessionEnd,
} from '../../src/sip/index.ts'
import { FakeSession } from './fake-session.ts'

/** An INVITE of ours without a network: what we say is written down, what the far end says is said by the test. */
export class FakeOutgoing extends FakeSession implements OutgoingSession {
  readonly callId: string
  readonly flow: Flow | undefined
  /** What we say: `called`, then `cancelled` or `hung up`. */
  readonly said = ['called']
  readonly invite: InviteOptions
  /** The Reason of a CANCEL. */
  reason: string | undefined
  goodbye: { readonly q850: number; readonly text: string } | undefined
  end: SessionEnd | undefined
  readonly #headers: Readonly<Record<string, string>>
  #listener: OutgoingListener | undefined

  constructor(invite: InviteOptions, headers: Readonly<Record<string, string>> = {}) {
    super()
    this.invite = invite
    this.callId = invite.callId ?? 'fake'
    this.flow = invite.flow ?? { transport: 'udp', address: '127.0.0.1', port: 5070 }
    this.#headers = headers
  }

  get listener(): OutgoingListener {
    if (this.#listener === undefined) throw new Error('nobody listens to the session')
    return this.#listener
  }

  header(name: string): string | undefined {
    return this.#headers[name.toLowerCase()]
  }

  listen(listener: OutgoingListener): void {
    this.#listener = listener
  }

  answers(sdp: string): void {
    this.listener.answered(sdp)
  }

  refuses(status: number, headers: Rejection['headers'] = [], contacts: readonly string[] = []): void {
    this.listener.rejected({ status, reason: '', headers, contacts })
    this.over({ how: 'rejected', status })
  }

  hangUp(reason?: string): void {
    this.over({ how: 'bye', by: 'far', reason })
  }

  cancel(reasonHeader?: string): void {
    if (this.end !== undefined) return
    this.said.push('cancelled')
    this.reason = reasonHeader
    this.over({ how: 'cancelled', reason: reasonHeader })
  }

  async bye(q850: number, text: string): Promise<void> {
    if (this.end !== undefined) return
    this.said.push('hung up')
    this.goodbye = { q850, text }
    this.over({ how: 'bye', by: 'near', reason: undefined })
  }

  async offerAnew(): Promise<string | undefined> {
    return undefined
  }

  get dialogId(): DialogId {
    return { callId: this.callId, localTag: 'ours', remoteTag: 'theirs' }
  }

  /** Only the first time counts. */
  over(end: SessionEnd): void {
    if (this.end !== undefined) return
    this.end = end
    this.endReferral(end)
    this.listener.ended(end)
  }
}
