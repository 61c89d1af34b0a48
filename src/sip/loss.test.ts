import { expect, test } from 'vitest'
import { answer, callerFlow, offer, requestText, sequence, serverFlow, wire } from '../../test/support/sip-wire.ts'
import { silentLog, VirtualClock } from '../base/index.ts'
import { Agent } from './agent.ts'
import { parseMessage, type SipMessage } from './message.ts'
import { defaultSipLimits } from './server-port.ts'
import type { SessionEnd } from './session.ts'
import { Timers } from './timers.ts'
import { newBranch, Transactions } from './transactions.ts'

const faults = { loss: 0.2, mostDelayMs: 80, seed: 4 }

test('with 20 % lost each way and the rest in disorder, 200 calls are all answered and all hung up', async () => {
  const clock = new VirtualClock()
  const { near, far } = wire(clock, faults)
  const ends: SessionEnd[] = []
  let answered = 0
  const agent = new Agent({
    clock,
    timers: new Timers(clock),
    log: silentLog,
    transport: near,
    product: 'Pivot/test',
    limits: defaultSipLimits,
    nameTowards: () => ({ host: serverFlow.address, port: serverFlow.port, product: 'Pivot/test' }),
    onInvite(session) {
      session.listen({
        remoteAnswer: () => undefined,
        remoteOffer: () => answer,
        offerWanted: () => answer,
        digit: () => undefined,
        referred: () => undefined,
        ended: (end) => ends.push(end),
      })
      session.ring()
      void clock
        .sleep(200)
        .then(() => session.answer(answer))
        .then(() => answered++)
    },
  })
  const timers = new Timers(clock)
  const transactions = new Transactions({ timers, transport: far, onRepeat: () => undefined }, 100_000, () => undefined)
  far.receive((bytes) => transactions.onResponse(parseMessage(bytes)))
  const random = sequence(7)
  const confirmed = Array.from({ length: 200 }, async (_, number) => {
    await clock.sleep(Math.floor(random() * 5_000))
    return makesCall(`call-${number}`)
  })

  async function makesCall(callId: string): Promise<number> {
    const ask = (method: string, cseq: number, toTag?: string): Promise<SipMessage> =>
      new Promise((resolve, reject) => {
        const parts = {
          callId,
          cseq,
          body: method === 'INVITE' ? offer : '',
          fromTag: callId,
          ...(toTag === undefined ? {} : { toTag }),
        }
        transactions.request(method, callerFlow, (branch) => Buffer.from(requestText(method, { ...parts, branch })), {
          response(response) {
            if (response.status < 200) return
            if (method === 'INVITE') {
              const ack = requestText('ACK', {
                callId,
                cseq,
                fromTag: callId,
                toTag: response.toTag,
                branch: newBranch(),
              })
              far.send(Buffer.from(ack), serverFlow)
            }
            resolve(response)
          },
          timeout: () => reject(new Error(`${method} of ${callId} timed out`)),
        })
      })
    const { toTag } = await ask('INVITE', 1)
    await clock.sleep(1_000)
    return (await ask('BYE', 2, toTag)).status
  }

  const done = Promise.all(confirmed)
  let statuses: readonly number[] | undefined
  void done.then((all) => (statuses = all))
  while (statuses === undefined && (await clock.step()));
  expect(await done).toEqual(Array.from({ length: 200 }, () => 200))
  while (await clock.step());
  expect(answered).toBe(200)
  expect(ends.map(({ how }) => how)).toEqual(Array.from({ length: 200 }, () => 'bye'))
  expect(agent.counters).toMatchObject({ dialogs: 0, transactions: 0 })
  expect(agent.counters.retransmitted).toBeGreaterThan(20)
})
