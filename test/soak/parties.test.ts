import { expect, test } from 'vitest'
import type { CallEvent } from '../../src/call/index.ts'
import type { Callee, FarEnd } from '../../src/drivers/simulator/index.ts'
import { nothing, soakHouse } from '../support/soak-house.ts'

const hours = 2
const meanPauseMs = 2_500
const phones = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6']

const dial = `<Response><Dial timeout="15" action="/after" hangupOnStar="true"><User>o1</User></Dial></Response>`
const after = '<Response><Say>Goodbye</Say></Response>'

const ring = (id: string): object => ({ module: 'device', data: { id, timeout: 15 }, children: {} })

/** What each number does. */
const flows: Readonly<Record<string, object>> = {
  ...Object.fromEntries(phones.map((id, index) => [`10${index + 1}`, ring(id)])),
  '200': { module: 'user', data: { id: 'o1', timeout: 15 }, children: { _: ring('p6') } },
  '210': {
    module: 'ring_group',
    data: { strategy: 'single', timeout: 30, endpoints: phones.map((id) => ({ id, timeout: 6 })) },
    children: {},
  },
  '220': { module: 'pivot', data: { voice_url: 'http://web.example/dial', req_format: 'twiml' }, children: {} },
  '300': { module: 'park', data: { action: 'auto', slot: '7', default_ringback_timeout: 20_000 }, children: {} },
  '310': { module: 'park', data: {}, children: {} },
  '400': { module: 'group_pickup', data: { group_id: 'g1' }, children: {} },
  '410': { module: 'intercept', data: { device_id: 'p1', approved_group_id: 'g1' }, children: {} },
  '420': { module: 'move', data: {}, children: {} },
  '500': { module: 'conference', data: { config: { name: 'soak' } }, children: {} },
  '600': { module: 'after_bridge', data: { action: 'transfer', data: '101' }, children: { _: ring('p2') } },
}
const numbers = Object.keys(flows)

const documents = {
  devices: phones.map((id, index) => ({ id, sip: { username: id }, owner_id: `o${1 + (index % 3)}` })),
  users: ['o1', 'o2', 'o3'].map((id) => ({ id })),
  groups: [{ id: 'g1', endpoints: Object.fromEntries(phones.map((id) => [id, { type: 'device' }])) }],
  callflows: Object.entries(flows).map(([number, flow]) => ({ id: `flow-${number}`, numbers: [number], flow })),
}

/** What is only known when a leg is gone, or asked then all the same: see docs/how-calls-end.md. */
const mayFollow = new Set<CallEvent['type']>(['call.unparked', 'conference.left', 'pivot.asked', 'pivot.answered'])

test('two hours of calls between people who do what they like leave nothing behind', async () => {
  const house = await soakHouse({
    seed: 7,
    documents,
    pages: { '/dial': dial, '/after': after },
    mayFollow: (type) => mayFollow.has(type),
    onDial: ({ callee }) => void pickUpOrNot(callee),
  })
  const { clock, random, party } = house
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T

  let calls = 0
  while (clock.now() < hours * 3_600_000) {
    const from = random() < 0.7 ? oneOf(phones) : '+15551230001'
    void behave(house.call(`C${++calls}`, from, oneOf(numbers)))
    await clock.advance(Math.floor(random() * 2 * meanPauseMs))
  }

  expect(await house.close()).toEqual(nothing)
  for (const type of ['bridge.began', 'transfer.reported', 'call.parked', 'conference.joined']) {
    expect(house.seen.get(type) ?? 0, type).toBeGreaterThan(20)
  }

  /** Whoever is called. */
  async function pickUpOrNot(callee: Callee): Promise<void> {
    await clock.sleep(random() * 2_000)
    const dice = random()
    if (dice < 0.1) callee.refuse(oneOf([486, 603, 480, 500]))
    else if (dice < 0.15) callee.vanish()
    else callee.ring()
    if (dice < 0.25) return
    await clock.sleep(random() * 20_000)
    callee.answer()
    await behave(callee)
  }

  /** Whoever is in a call: presses keys, transfers, speaks, and hangs up in the end. */
  async function behave(farEnd: FarEnd): Promise<void> {
    for (let deeds = 0; deeds < 3; deeds++) {
      await clock.sleep(random() * 30_000)
      const dice = random()
      if (dice < 0.2) farEnd.press(oneOf(['1', '*', '#', '12#', '*1']))
      else if (dice < 0.4) farEnd.transfers(party(oneOf(numbers)))
      else if (dice < 0.5) farEnd.transfers(party('101'), `C${1 + Math.floor(random() * calls)}`)
      else if (dice < 0.6) void farEnd.speak(random() * 3_000)
      else if (dice < 0.8) break
    }
    await clock.sleep(random() * 20_000)
    farEnd.hangUp()
  }
}, 120_000)
