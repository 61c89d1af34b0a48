import { expect, test } from 'vitest'
import { answer, callerFlow, offer, serverFlow, wire } from '../../test/support/sip-wire.ts'
import { silentLog, VirtualClock } from '../base/index.ts'
import { Agent } from './agent.ts'
import type { OutgoingSession } from './outgoing-port.ts'
import { defaultSipLimits } from './server-port.ts'
import type { Flow, InviteSession, SessionEnd, SessionListener } from './session.ts'
import { Timers } from './timers.ts'
import type { Transport } from './transport.ts'

const faults = { loss: 0.2, mostDelayMs: 80, seed: 11 }
const most = 90

/** What every side of a call says to what is asked. */
const listener = (ends: SessionEnd[]): SessionListener => ({
  remoteAnswer: () => undefined,
  remoteOffer: () => answer,
  offerWanted: () => answer,
  digit: () => undefined,
  referred: () => undefined,
  ended: (end) => ends.push(end),
})

function agentAt(clock: VirtualClock, transport: Transport, { address: host, port }: Flow, answers: Answers): Agent {
  return new Agent({
    clock,
    timers: new Timers(clock),
    log: silentLog,
    transport,
    product: 'Pivot/test',
    limits: defaultSipLimits,
    nameTowards: () => ({ host, port, product: 'Pivot/test' }),
    onInvite: answers,
  })
}
type Answers = (session: InviteSession) => void

test('with 20 % lost each way and the rest in disorder, our calls are answered, re-offered, cancelled and hung up', async () => {
  const clock = new VirtualClock()
  const { near, far } = wire(clock, faults)
  const ends = { near: [] as SessionEnd[], far: [] as SessionEnd[] }
  let answered = 0
  let offered = 0
  const callee = agentAt(clock, near, serverFlow, (session) => {
    session.listen(listener(ends.far))
    // One in three is slow, and is given up while it rings; one in three has early media.
    const kind = Number(session.header('x-number')) % 3
    if (kind !== 1) session.ring()
    const early = kind === 1 ? session.progress(answer) : Promise.resolve()
    void early.then(() => clock.sleep(kind === 2 ? 4_000 : 300)).then(() => session.answer(answer))
  })
  const caller = agentAt(clock, far, callerFlow, () => undefined)
  const calls = Array.from({ length: most }, async (_, number) => {
    await clock.sleep(number * 20)
    const session = caller.invite({
      uri: `sip:2030@${serverFlow.address}`,
      from: { uri: 'sip:1000@192.0.2.10' },
      offer,
      headers: [['X-Number', String(number)]],
    })
    if (number % 3 === 2) void clock.sleep(1_000 + number * 10).then(() => session.cancel())
    session.listen({
      ...listener(ends.near),
      trying: () => undefined,
      ringing: () => undefined,
      early: () => undefined,
      rejected: () => undefined,
      answered: () => {
        answered++
        void talks(session)
      },
    })
  })

  async function talks(session: OutgoingSession): Promise<void> {
    await clock.sleep(500)
    if ((await session.offerAnew(offer)) === answer) offered++
    await session.bye(16, 'done')
  }

  await clock.advance(most * 20)
  await Promise.all(calls)
  while (await clock.step());
  expect(ends.near).toHaveLength(most)
  expect(ends.far).toHaveLength(most)
  expect(answered).toBe((most / 3) * 2)
  expect(offered).toBe(answered)
  const hows = ends.near.map(({ how }) => how)
  expect(hows.filter((how) => how === 'bye')).toHaveLength(answered)
  expect(hows.filter((how) => how === 'cancelled')).toHaveLength(most - answered)
  for (const agent of [callee, caller]) expect(agent.counters).toMatchObject({ dialogs: 0, transactions: 0 })
})
