import { silentLog, VirtualClock } from '../../src/base/index.ts'
import { Agent, type AgentOptions } from '../../src/sip/agent.ts'
import { defaultSipLimits, type Flow, type InviteSession, type Referral, type SessionEnd } from '../../src/sip/index.ts'
import { parseMessage, type SipMessage } from '../../src/sip/message.ts'
import { Timers } from '../../src/sip/timers.ts'
import type { OnMessage, Transport } from '../../src/sip/transport.ts'

export const callerFlow: Flow = { transport: 'udp', address: '192.0.2.10', port: 5060 }

export const offer =
  'v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'
export const answer = offer.replaceAll('192.0.2.10', '198.51.100.1')

/** What may go wrong between two ends. */
export interface WireFaults {
  /** 0 to 1: how many of the messages are lost. */
  readonly loss: number
  /** Each message takes up to this long, so that they overtake each other. */
  readonly mostDelayMs: number
  readonly seed: number
}

/** Two transports that are each other's far end, in memory. */
export function wire(clock: VirtualClock, faults?: WireFaults): { readonly near: Transport; readonly far: Transport } {
  const random = sequence(faults?.seed ?? 1)
  const end = (
    target: () => OnMessage | undefined,
    from: () => Flow,
    listen: (onMessage: OnMessage) => void,
  ): Transport => ({
    send(message) {
      if (faults !== undefined && random() < faults.loss) return true
      const bytes = Buffer.from(message)
      const delay = faults === undefined ? 0 : Math.floor(random() * faults.mostDelayMs)
      void clock.sleep(delay).then(() => target()?.(bytes, from()))
      return true
    },
    connect: () => Promise.resolve(true),
    receive: listen,
  })
  let toNear: OnMessage | undefined
  let toFar: OnMessage | undefined
  return {
    near: end(
      () => toFar,
      () => serverFlow,
      (onMessage) => void (toNear = onMessage),
    ),
    far: end(
      () => toNear,
      () => callerFlow,
      (onMessage) => void (toFar = onMessage),
    ),
  }
}

export const serverFlow: Flow = { transport: 'udp', address: '198.51.100.1', port: 5060 }

/** Numbers from 0 up to 1, the same ones each time. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A session as its owner sees it: the commands, and what was told. */
export interface TakenCall {
  readonly session: InviteSession
  readonly told: string[]
  end: SessionEnd | undefined
}

export interface House {
  readonly clock: VirtualClock
  readonly agent: Agent
  readonly calls: TakenCall[]
  readonly caller: Caller
  /** The only call. */
  readonly call: () => TakenCall
}

/** An agent on a wire in memory, and a caller at its other end who says exactly what the test says. */
export function house(
  options: Partial<Omit<AgentOptions, 'limits'>> & { readonly limits?: Partial<AgentOptions['limits']> } = {},
  flow: Flow = callerFlow,
): House {
  const clock = new VirtualClock()
  const caller = new Caller(clock, flow)
  const calls: TakenCall[] = []
  const agent = new Agent({
    clock,
    timers: new Timers(clock),
    log: silentLog,
    transport: caller.transport,
    product: 'Pivot/test',
    nameTowards: () => ({ host: '198.51.100.1', port: 5060, product: 'Pivot/test' }),
    onInvite: (session) => calls.push(take(session)),
    ...options,
    limits: { ...defaultSipLimits, ...options.limits },
  })
  const call = (): TakenCall => {
    const [only] = calls
    if (only === undefined || calls.length > 1) throw new Error(`there are ${calls.length} calls`)
    return only
  }
  return { clock, agent, calls, caller, call }
}

function take(session: InviteSession): TakenCall {
  const told: string[] = []
  const taken: TakenCall = { session, told, end: undefined }
  session.listen({
    remoteAnswer: (sdp) => told.push(`answer ${connection(sdp)}`),
    remoteOffer(sdp) {
      told.push(`offer ${connection(sdp)}`)
      return sdp.includes('m=video') ? undefined : answer
    },
    offerWanted() {
      told.push('offer wanted')
      return answer
    },
    digit: (digit, durationMs) => told.push(`digit ${digit} ${durationMs}`),
    referred: (referral) => told.push(toldOf(referral)),
    ended(end) {
      told.push(`ended ${end.how}`)
      taken.end = end
    },
  })
  return taken
}

/** `referred to sip:2041@host`, and whom that replaces and who says so. */
export function toldOf({ to, replaces, referredBy }: Referral): string {
  const instead = replaces === undefined ? '' : ` in place of ${replaces}`
  return `referred to ${to.uri}${instead}${referredBy === undefined ? '' : ` by ${referredBy}`}`
}

function connection(sdp: string): string {
  return /c=IN IP4 (\S+)/.exec(sdp)?.[1] ?? ''
}

export interface RequestParts {
  readonly uri?: string
  readonly branch?: string
  readonly callId?: string
  readonly cseq?: number
  /** With brackets, without its tag. */
  readonly from?: string
  readonly to?: string
  readonly fromTag?: string
  readonly toTag?: string
  readonly via?: string
  readonly headers?: readonly string[]
  readonly body?: string
  readonly type?: string
}

export interface Heard {
  readonly at: number
  readonly to: Flow
  readonly message: SipMessage
  /** `200 INVITE` or `BYE`. */
  readonly what: string
}

/** The far end, line by line. */
export class Caller {
  readonly heard: Heard[] = []
  readonly transport: Transport
  readonly #clock: VirtualClock
  readonly #flow: Flow
  #onMessage: OnMessage = () => undefined
  #branches = 0

  constructor(clock: VirtualClock, flow: Flow) {
    this.#clock = clock
    this.#flow = flow
    this.transport = {
      send: (bytes, to) => {
        const message = parseMessage(bytes)
        const what = message.isRequest ? message.method : `${message.status} ${message.cseq?.method ?? '?'}`
        this.heard.push({ at: clock.now(), to, message, what })
        return true
      },
      connect: () => Promise.resolve(true),
      receive: (onMessage) => void (this.#onMessage = onMessage),
    }
  }

  /** Sends `method` and lets everything happen that happens at once. @returns the branch used */
  async says(method: string, parts: RequestParts = {}, from: Flow = this.#flow): Promise<string> {
    const branch = parts.branch ?? `z9hG4bKtest${++this.#branches}`
    await this.sends(requestText(method, { ...parts, branch }), from)
    return branch
  }

  async sends(text: string | Buffer, from: Flow = this.#flow): Promise<void> {
    this.#onMessage(typeof text === 'string' ? Buffer.from(text, 'utf8') : text, from)
    await this.#clock.settle()
  }

  /** Answers the last request of ours that was heard. */
  async replies(status: number, headers: readonly string[] = [], body = ''): Promise<void> {
    const request = this.heard.filter(({ message }) => message.isRequest && message.method !== 'ACK').at(-1)?.message
    if (request === undefined) throw new Error('nothing was asked')
    const echo = ['via', 'from', 'to', 'call-id', 'cseq'].map((name) => `${name}: ${request.first(name) ?? ''}`)
    const type = body === '' ? [] : ['Content-Type: application/sdp']
    const lines = [`SIP/2.0 ${status} Whatever`, ...echo, ...headers, ...type, `Content-Length: ${body.length}`]
    await this.sends(`${lines.join('\r\n')}\r\n\r\n${body}`)
  }

  /** What was heard, as `200 INVITE`. */
  get story(): readonly string[] {
    return this.heard.map(({ what }) => what)
  }

  /** When `what` was heard, in ms. */
  times(what: string): readonly number[] {
    return this.heard.filter((heard) => heard.what === what).map(({ at }) => at)
  }

  last(what: string): SipMessage {
    const found = this.heard.filter((heard) => heard.what === what).at(-1)
    if (found === undefined) throw new Error(`${what} was not heard, only: ${this.story.join(', ')}`)
    return found.message
  }

  /** The tag that the server gave itself. */
  get toTag(): string {
    return (
      this.heard
        .map(({ message }) => message)
        .filter((message) => !message.isRequest && message.toTag !== '')
        .at(-1)?.toTag ?? ''
    )
  }
}

export function requestText(method: string, parts: RequestParts): string {
  const cseqMethod = method
  const body = parts.body ?? ''
  const toTag = parts.toTag === undefined ? '' : `;tag=${parts.toTag}`
  const headers = parts.headers ?? []
  const hasContact = headers.some((line) => /^(contact|m)\s*:/i.test(line))
  return [
    `${method} ${parts.uri ?? 'sip:2030@198.51.100.1'} SIP/2.0`,
    `Via: ${parts.via ?? `SIP/2.0/UDP 192.0.2.10:5060;rport;branch=${parts.branch ?? ''}`}`,
    'Max-Forwards: 70',
    `From: ${parts.from ?? '"Caller" <sip:1000@192.0.2.10>'};tag=${parts.fromTag ?? 'caller'}`,
    `To: ${parts.to ?? '<sip:2030@198.51.100.1>'}${toTag}`,
    `Call-ID: ${parts.callId ?? 'call-1@192.0.2.10'}`,
    `CSeq: ${parts.cseq ?? 1} ${cseqMethod}`,
    ...(hasContact ? [] : ['Contact: <sip:1000@192.0.2.10:5060>']),
    ...headers,
    ...(body === '' ? [] : [`Content-Type: ${parts.type ?? 'application/sdp'}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
