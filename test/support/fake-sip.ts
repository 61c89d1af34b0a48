import {
  noTraffic,
  type InviteSession,
  type MessageSummary,
  type Phone,
  type SipCounters,
  type SipServer,
  type SipServerOptions,
} from '../../src/sip/index.ts'
import { FakeOutgoing } from './fake-outgoing.ts'

const counters: SipCounters = {
  received: 0,
  sent: 0,
  malformed: 0,
  refused: 0,
  retransmitted: 0,
  connections: 0,
  transports: noTraffic,
  transactions: 0,
  dialogs: 0,
  challenged: 0,
  unauthenticated: 0,
  banned: 0,
}

export type KnownPhone = Pick<Phone, 'username' | 'realm'>

/** SIP without a network: calls come in when a test says so, and calls go out to phones that the test plays. */
export class FakeSip {
  /** The INVITEs that we have sent, in order. */
  readonly phones: FakeOutgoing[] = []
  /** What phones were told of messages that wait. */
  readonly messages: Parameters<SipServer['tellMessages']>[] = []
  #options: SipServerOptions | undefined

  readonly open = async (options: SipServerOptions): Promise<SipServer> => {
    this.#options = options
    return {
      address: '127.0.0.1',
      port: 5060,
      ports: { udp: 5060, tls: undefined, ws: undefined, wss: undefined },
      counters,
      addressTowards: () => '127.0.0.1',
      invite: (invite) => {
        const phone = new FakeOutgoing(invite)
        this.phones.push(phone)
        return phone
      },
      tellMessages: (...told) => this.messages.push(told),
      registration: () => ({ ask: async () => Promise.reject(new Error('nobody registers here')) }),
      drain: () => undefined,
      close: () => Promise.resolve(),
    }
  }

  /** What a phone hears that asks how many messages wait. */
  async subscribes(phone: KnownPhone): Promise<MessageSummary | undefined> {
    return this.#options?.messagesOf?.({ accountId: 'a1', deviceId: 'd1', password: '', expirySeconds: 60, ...phone })
  }

  comesIn(session: InviteSession, phone?: KnownPhone): void {
    const known = phone && { accountId: 'a1', deviceId: 'd1', password: '', expirySeconds: 60, ...phone }
    this.#options?.onInvite(session, known)
  }
}
