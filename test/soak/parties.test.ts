import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/base/index.ts'
import type { CallEvent } from '../../src/call/index.ts'
import { MemoryDocuments } from '../../src/documents/index.ts'
import { newSimulator, type DialledCallee, type FarEnd } from '../../src/drivers/simulator/index.ts'
import { sceneHouse } from '../../src/house.ts'
import type { Http } from '../../src/http/index.ts'
import { keepNothing } from '../../src/transcript/recordings.ts'
import { sequence } from '../support/sip-wire.ts'

const hours = 2
const meanPauseMs = 2_500
const account = { id: 'A1', name: 'Soak', realm: 'a1.example' }
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

/** What is only known when a leg is gone, or asked then all the same: see docs/how-calls-end.md. */
const mayFollow = new Set<CallEvent['type']>(['call.unparked', 'conference.left', 'pivot.asked', 'pivot.answered'])

test('two hours of calls between people who do what they like leave nothing behind', async () => {
  const clock = new VirtualClock()
  const random = sequence(7)
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
  const troubles: string[] = []
  const onWarning = ({ message }: Error): unknown => troubles.push(message)
  process.on('warning', onWarning)
  const log = {
    error: (event: string, fields?: object) => void troubles.push(`${event} ${JSON.stringify(fields)}`),
    warn: () => undefined,
    info: () => undefined,
    debug: () => undefined,
    child: () => log,
  }
  const http: Http = async ({ url, signal }) => {
    await clock.sleep(random() * 300, signal)
    return {
      url,
      status: 200,
      headers: { 'content-type': 'text/xml' },
      cookies: [],
      body: Buffer.from(url.includes('/dial') ? dial : after),
      timing: { dnsMs: 0, connectMs: 0, tlsMs: 0, waitMs: 0, readMs: 0, totalMs: 0 },
    }
  }

  const begun = new Map<string, number>()
  const ended = new Map<string, number>()
  const late: string[] = []
  const seen = new Map<string, number>()
  const observe = ({ callId, type }: CallEvent): void => {
    seen.set(type, (seen.get(type) ?? 0) + 1)
    if (ended.has(callId) && !mayFollow.has(type)) late.push(`${callId} ${type}`)
    if (!begun.has(callId)) begun.set(callId, clock.now())
    if (type === 'leg.ended') ended.set(callId, (ended.get(callId) ?? 0) + 1)
  }

  const documents = new MemoryDocuments()
  for (const [index, id] of phones.entries()) {
    documents.put(account.id, 'devices', { id, sip: { username: id }, owner_id: `o${1 + (index % 3)}` })
  }
  for (const id of ['o1', 'o2', 'o3']) documents.put(account.id, 'users', { id })
  const endpoints = Object.fromEntries(phones.map((id) => [id, { type: 'device' }]))
  documents.put(account.id, 'groups', { id: 'g1', endpoints })
  for (const [number, flow] of Object.entries(flows)) {
    documents.put(account.id, 'callflows', { id: `flow-${number}`, numbers: [number], flow })
  }

  const simulator = newSimulator({ clock, onDial: ({ callee }) => void pickUpOrNot(callee) })
  const house = sceneHouse({
    clock,
    log,
    http,
    account,
    documents,
    recordings: keepNothing(clock, () => undefined),
    calling: simulator,
    observers: [observe],
  })
  await simulator.listen((leg) => house.onCall(leg), new AbortController().signal)
  await clock.settle()

  let calls = 0
  while (clock.now() < hours * 3_600_000) {
    const from = random() < 0.7 ? oneOf(phones) : '+15551230001'
    const { farEnd } = simulator.call({
      callId: `C${++calls}`,
      from: { user: from, realm: account.realm },
      to: { user: oneOf(numbers), realm: account.realm },
    })
    void behave(farEnd)
    await clock.advance(Math.floor(random() * 2 * meanPauseMs))
  }
  while (await clock.step());

  expect(troubles).toEqual([])
  expect(late).toEqual([])
  expect(house.calls.size).toBe(0)
  expect(house.exchange.calls(account.id)).toEqual([])
  expect(clock.waiting).toBe(0)
  expect([...begun.keys()].filter((callId) => ended.get(callId) !== 1)).toEqual([])
  for (const type of ['bridge.began', 'transfer.reported', 'call.parked', 'conference.joined']) {
    expect(seen.get(type) ?? 0, type).toBeGreaterThan(20)
  }
  process.off('warning', onWarning)

  /** Whoever is called. */
  async function pickUpOrNot(callee: DialledCallee['callee']): Promise<void> {
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
      else if (dice < 0.4) farEnd.transfers({ user: oneOf(numbers), realm: account.realm })
      else if (dice < 0.5)
        farEnd.transfers({ user: '101', realm: account.realm }, `C${1 + Math.floor(random() * calls)}`)
      else if (dice < 0.6) void farEnd.speak(random() * 3_000)
      else if (dice < 0.8) break
    }
    await clock.sleep(random() * 20_000)
    farEnd.hangUp()
  }
}, 120_000)
