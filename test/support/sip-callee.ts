import type { VirtualClock } from '../../src/base/index.ts'
import type { InviteOptions, OutgoingSession, Rejection, SessionEnd } from '../../src/sip/index.ts'
import type { Agent } from '../../src/sip/agent.ts'
import { answer, house, offer, toldOf, type Caller } from './sip-wire.ts'

/** A call of ours as its owner sees it: the commands, and what was told. */
export interface Dialled {
  readonly clock: VirtualClock
  readonly agent: Agent
  readonly session: OutgoingSession
  readonly far: Callee
  /** `trying`, `ringing 180`, `early a`, `answered a`, `rejected 486`, `ended bye`, in order. */
  readonly told: string[]
  rejection: Rejection | undefined
  end: SessionEnd | undefined
}

/** SDP of the far end; `name` is found again in what is told. */
export const descriptionOf = (name: string): string => answer.replace('s=-', `s=${name}`)
const nameOf = (sdp: string): string => /s=(\S+)/.exec(sdp)?.[1] ?? ''

export const farUri = 'sip:1000@192.0.2.10'

/** An agent that dials, and whoever is called at the other end of the wire, who says exactly what the test says. */
export async function dials(
  options: Partial<InviteOptions> = {},
  agentOptions: Parameters<typeof house>[0] = {},
): Promise<Dialled> {
  const { agent, caller, clock } = house(agentOptions)
  const session = agent.invite({ uri: farUri, from: { uri: 'sip:2030@198.51.100.1' }, offer, ...options })
  const told: string[] = []
  const dialled: Dialled = {
    clock,
    agent,
    session,
    far: new Callee(caller),
    told,
    rejection: undefined,
    end: undefined,
  }
  session.listen({
    trying: () => told.push('trying'),
    ringing: (status) => told.push(`ringing ${status}`),
    early: (sdp) => told.push(`early ${nameOf(sdp)}`),
    answered: (sdp) => told.push(`answered ${nameOf(sdp)}`),
    rejected(rejection) {
      dialled.rejection = rejection
      told.push(`rejected ${rejection.status}`)
    },
    remoteAnswer: (sdp) => told.push(`answer ${nameOf(sdp)}`),
    remoteOffer(sdp) {
      told.push(`offer ${nameOf(sdp)}`)
      return sdp.includes('m=video') ? undefined : offer
    },
    offerWanted() {
      told.push('offer wanted')
      return offer
    },
    digit: (digit, durationMs) => told.push(`digit ${digit} ${durationMs}`),
    referred: (referral) => told.push(toldOf(referral)),
    ended(end) {
      dialled.end = end
      told.push(end.how === 'timeout' ? `ended timeout ${end.what}` : `ended ${end.how}`)
    },
  })
  await clock.settle()
  return dialled
}

export interface AnswerParts {
  /** Which request is answered: the last one of this method. */
  readonly to?: string
  readonly tag?: string
  readonly headers?: readonly string[]
  readonly body?: string
}

/** Whoever is called. */
export class Callee {
  readonly wire: Caller
  #branches = 0

  constructor(wire: Caller) {
    this.wire = wire
  }

  /** What came, as `INVITE` or `200 BYE`. */
  get story(): readonly string[] {
    return this.wire.story
  }

  async answers(
    status: number,
    { to = 'INVITE', tag = 'far', headers = [], body = '' }: AnswerParts = {},
  ): Promise<void> {
    const request = this.wire.last(to)
    const [via, from, callId, cseq] = ['via', 'from', 'call-id', 'cseq'].map((name) => request.first(name) ?? '')
    const theirs = request.first('to') ?? ''
    const isTagged = status === 100 || request.toTag !== ''
    const hasContact =
      to === 'INVITE' && status > 100 && status < 300 && !headers.some((line) => /^contact:/i.test(line))
    await this.#sends(
      `SIP/2.0 ${status} Whatever`,
      [
        `Via: ${via ?? ''}`,
        `From: ${from ?? ''}`,
        `To: ${theirs}${isTagged ? '' : `;tag=${tag}`}`,
        `Call-ID: ${callId ?? ''}`,
        `CSeq: ${cseq ?? ''}`,
        ...(hasContact ? [`Contact: <sip:1000@192.0.2.10:5060>`] : []),
        ...headers,
      ],
      body,
    )
  }

  /** A request within the dialog. */
  async asks(
    method: string,
    {
      cseq,
      tag = 'far',
      headers = [],
      body = '',
      type,
    }: {
      readonly cseq: number
      readonly tag?: string
      readonly headers?: readonly string[]
      readonly body?: string
      readonly type?: string
    },
  ): Promise<void> {
    const invite = this.wire.last('INVITE')
    const branch = `z9hG4bKcallee${++this.#branches}`
    const to = (invite.first('to') ?? '').replace(/;tag=.*/, '')
    await this.#sends(
      `${method} ${invite.contact?.uri ?? ''} SIP/2.0`,
      [
        `Via: SIP/2.0/UDP 192.0.2.10:5060;rport;branch=${branch}`,
        'Max-Forwards: 70',
        `From: ${to};tag=${tag}`,
        `To: ${invite.first('from') ?? ''}`,
        `Call-ID: ${invite.callId ?? ''}`,
        `CSeq: ${cseq} ${method}`,
        'Contact: <sip:1000@192.0.2.10:5060>',
        ...headers,
      ],
      body,
      type,
    )
  }

  async #sends(start: string, headers: readonly string[], body: string, type = 'application/sdp'): Promise<void> {
    const content = body === '' ? [] : [`Content-Type: ${type}`]
    await this.wire.sends([start, ...headers, ...content, `Content-Length: ${body.length}`, '', body].join('\r\n'))
  }
}
