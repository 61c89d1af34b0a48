import type { InviteSession, SessionEnd, SessionListener } from '../../src/sip/index.ts'
import { FakeSession } from './fake-session.ts'

export interface FakeInviteOptions {
  readonly offer: string | undefined
  readonly headers?: readonly (readonly [string, string])[]
  readonly replaces?: string
}

/** An INVITE without a network: what we say is written down, what the far end says is said by the test. */
export class FakeInvite extends FakeSession implements InviteSession {
  readonly callId = 'call-1@test'
  readonly from = { displayName: 'Alice', user: 'alice', host: 'far.example', uri: 'sip:alice@far.example' }
  readonly to = { displayName: undefined, user: '2030', host: 'house.example', uri: 'sip:2030@house.example' }
  readonly requestUri = this.to
  readonly source = { transport: 'udp', address: '127.0.0.1', port: 5070 } as const
  readonly userAgent = 'test'
  readonly offer: string | undefined
  readonly replaces: string | undefined
  readonly headers: readonly (readonly [string, string])[]
  /** `ringing`, `early`, `answered`, `refused 486`, `hung up`, in order. */
  readonly said: string[] = []
  /** Our descriptions, in order. */
  readonly sdps: string[] = []
  readonly dialogId = { callId: this.callId, localTag: 'ours', remoteTag: 'theirs' }
  /** The headers of a refusal. */
  refusal: readonly (readonly [string, string])[] = []
  goodbye: { readonly q850: number; readonly text: string } | undefined
  /** Answers a 200 that carries our offer. */
  onAnswered: (session: FakeInvite) => void = () => undefined
  #listener: SessionListener | undefined
  #isOver = false

  constructor({ offer, headers = [], replaces }: FakeInviteOptions) {
    super()
    this.offer = offer
    this.replaces = replaces
    this.headers = headers
  }

  get listener(): SessionListener {
    if (this.#listener === undefined) throw new Error('nobody listens to the session')
    return this.#listener
  }

  header(name: string): string | undefined {
    return this.headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1]
  }

  listen(listener: SessionListener): void {
    this.#listener = listener
  }

  ring(): void {
    this.#say('ringing')
  }

  async progress(sdp: string): Promise<void> {
    this.#say('early')
    this.sdps.push(sdp)
  }

  async answer(sdp: string): Promise<void> {
    this.#say('answered')
    this.sdps.push(sdp)
    await Promise.resolve() // the far end is never there before we have gone on
    this.onAnswered(this)
  }

  /** Nobody has anything against it. */
  async offerAnew(sdp: string): Promise<string | undefined> {
    this.sdps.push(sdp)
    return this.offer
  }

  reject(status: number, _reason?: string, headers: readonly (readonly [string, string])[] = []): void {
    this.#say(`refused ${status}`)
    this.refusal = headers
    this.end({ how: 'rejected', status })
  }

  async bye(q850: number, text: string): Promise<void> {
    this.#say('hung up')
    this.goodbye = { q850, text }
    this.end({ how: 'bye', by: 'near', reason: undefined })
  }

  /** The session is over; only the first time counts. */
  end(end: SessionEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.endReferral(end)
    this.#listener?.ended(end)
  }

  /** The caller hangs up, or gives up when not yet answered. */
  hangUp(): void {
    if (this.said.includes('answered')) this.end({ how: 'bye', by: 'far', reason: undefined })
    else this.end({ how: 'cancelled', reason: undefined })
  }

  #say(what: string): void {
    if (!this.#isOver) this.said.push(what)
  }
}
