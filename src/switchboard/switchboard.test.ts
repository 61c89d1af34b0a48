import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import type { CallEvent, Cdr, LegEvent } from '../call/index.ts'
import { child, newRegistry, type Callflows, type FoundFlow } from '../callflow/index.ts'
import { newSimulator, simulatedLeg } from '../drivers/simulator/index.ts'
import { newSwitchboard, type Directory, type SwitchboardOptions } from './index.ts'
import { account, action } from '../../test/support/switchboard-scene.ts'

const minute = action('minute', async (_, { call, clock, signal }) => {
  await call.leg.answer()
  await clock.sleep(60_000, signal)
  return child()
})

const found: FoundFlow = {
  id: 'f1',
  name: 'Minute',
  flow: { module: 'minute', data: {}, children: {} },
  isNoMatch: false,
  captureGroup: '30',
  captureGroups: { tens: '3' },
}

function scene(
  options: {
    mostCalls?: number
    flows?: Record<string, FoundFlow>
    language?: string
    trunkCallOf?: SwitchboardOptions['trunkCallOf']
  } = {},
) {
  const clock = new VirtualClock()
  const events: CallEvent[] = []
  const cdrs: Cdr[] = []
  const { flows = { '+15551230002': found }, mostCalls = 2 } = options
  const callflows: Callflows = { find: async (_, number) => flows[number], get: async () => undefined }
  const directory: Directory = {
    subscriber: async (realm) => (realm === 'a1.example' ? { account, preflowId: undefined } : undefined),
    endpoint: async (_, username) =>
      username === 'ann'
        ? { caller: { authorizingId: 'd1', authorizingType: 'device', ownerIds: ['u1'] }, language: 'de-DE' }
        : undefined,
  }
  const switchboard = newSwitchboard({
    directory,
    callflows,
    registry: newRegistry([minute]),
    clock,
    log: silentLog,
    calling: newSimulator({ clock }),
    observers: [(event) => events.push(event)],
    onCdr: (cdr) => cdrs.push(cdr),
    ...(options.trunkCallOf === undefined ? {} : { trunkCallOf: options.trunkCallOf }),
    mostCalls,
  })
  const dial = async (number: string, { from = 'bob', realm = 'a1.example', isAuthorized = true } = {}) => {
    const heard: LegEvent[] = []
    const party = (user: string) => ({ user, realm })
    const { leg, farEnd } = simulatedLeg({ clock, from: party(from), to: party(number), isAuthorized })
    farEnd.observe((event) => heard.push(event))
    switchboard.onCall(leg)
    await clock.settle()
    return { leg, farEnd, heard }
  }
  return { clock, switchboard, dial, events, cdrs }
}

test('a call rings at once, runs the flow of its number, and leaves a record', async () => {
  const { clock, switchboard, dial, events, cdrs } = scene()
  const { heard } = await dial('5551230002')
  expect(heard[0]).toEqual({ type: 'leg.ringing' })
  expect(events[1]).toMatchObject({ type: 'flow.started', number: '+15551230002', callflowId: 'f1', name: 'Minute' })
  expect(switchboard.calls.size).toBe(1)
  await clock.advance(60_000)
  expect(switchboard.calls.size).toBe(0)
  expect(cdrs).toMatchObject([{ hangupCause: 'NORMAL_CLEARING', billingSeconds: 60, request: '5551230002@a1.example' }])
})

test('a number as dialled answers when the number in its normal form does not', async () => {
  const { dial, events } = scene({ flows: { '5551230002': found } })
  await dial('5551230002')
  expect(events[1]).toMatchObject({ type: 'flow.started', number: '5551230002' })
})

test('a call knows its device, owner, language and what the pattern captured', async () => {
  const { switchboard, dial } = scene()
  await dial('5551230002', { from: 'ann' })
  const [call] = switchboard.calls.list()
  expect(call?.caller).toMatchObject({ authorizingId: 'd1', ownerIds: ['u1'] })
  expect(call?.variables).toMatchObject({
    language: 'de-de',
    ownerId: 'u1',
    callflowName: 'Minute',
    captureGroup: '30',
    captureGroups: { tens: '3' },
  })
})

test('a stranger who says to be Ann is not', async () => {
  const { switchboard, dial } = scene()
  await dial('5551230002', { from: 'ann', isAuthorized: false })
  expect(switchboard.calls.list()[0]?.caller).toEqual({ ownerIds: [] })
})

test('a call by a trunk is of the account that the trunk brings it to, with the number as that has it', async () => {
  const trunkCallOf: SwitchboardOptions['trunkCallOf'] = async ({ request }) =>
    request.user === '15551230002'
      ? {
          subscriber: { account: { ...account, id: 'A7' }, preflowId: undefined },
          number: '+15551230002',
          caller: { authorizingId: 'r1', authorizingType: 'resource', ownerIds: [] },
        }
      : undefined
  const { switchboard, dial, cdrs, clock } = scene({ trunkCallOf })
  await dial('15551230002', { isAuthorized: false, realm: '192.0.2.1' })
  const [call] = switchboard.calls.list()
  expect([call?.account.id, call?.number, call?.caller.authorizingType]).toEqual(['A7', '+15551230002', 'resource'])
  await clock.advance(60_000)
  expect(cdrs).toMatchObject([{ accountId: 'A7', authorizingId: 'r1', authorizingType: 'resource' }])
})

test('a phone of ours is never taken for a trunk, and trunks do not get at numbers that no callflow has', async () => {
  const asked: string[] = []
  const { dial } = scene({
    flows: { '999': { ...found, isNoMatch: true } },
    async trunkCallOf({ from }) {
      asked.push(from.user)
      const caller = { authorizingId: 'r1', authorizingType: 'resource', ownerIds: [] }
      return { subscriber: { account, preflowId: undefined }, number: '999', caller }
    },
  })
  await dial('999', { from: 'ann' })
  expect(asked).toEqual([])
  const { leg } = await dial('999', { from: 'carrier', isAuthorized: false })
  expect(asked).toEqual(['carrier'])
  expect(leg.ended.reason).toMatchObject({ sipStatus: 404 })
})

test('a number that nobody answers is unallocated, and on record', async () => {
  const { dial, cdrs } = scene()
  const { leg } = await dial('999')
  expect(leg.ended.reason).toMatchObject({ sipStatus: 404, cause: 'UNALLOCATED_NUMBER' })
  expect(cdrs).toMatchObject([{ hangupCode: 'sip:404' }])
})

test('a flow for all other numbers does not answer strangers', async () => {
  const { dial } = scene({ flows: { '999': { ...found, isNoMatch: true } } })
  expect((await dial('999')).leg.state).toBe('answered')
  expect((await dial('999', { isAuthorized: false })).leg.ended.reason).toMatchObject({ sipStatus: 404 })
})

test('a realm of nobody is refused', async () => {
  const { dial } = scene()
  expect((await dial('100', { realm: 'elsewhere.example' })).leg.ended.reason).toMatchObject({ sipStatus: 404 })
})

test('a full house takes no more calls until one is over', async () => {
  const { clock, dial } = scene({ mostCalls: 1 })
  await dial('5551230002')
  expect((await dial('5551230002')).leg.ended.reason).toMatchObject({ sipStatus: 503 })
  await clock.advance(60_000)
  expect((await dial('5551230002')).leg.state).toBe('answered')
})

test('while it drains, no call comes in, and the others go on', async () => {
  const { clock, switchboard, dial } = scene()
  const { leg } = await dial('5551230002')
  let isDrained = false
  const drained = switchboard.drain(120_000).then(() => (isDrained = true))
  expect((await dial('5551230002')).leg.ended.reason).toMatchObject({ sipStatus: 503 })
  await clock.advance(59_000)
  expect(isDrained).toBe(false)
  await clock.advance(1_000)
  await drained
  expect(leg.ended.reason).toMatchObject({ cause: 'NORMAL_CLEARING' })
})

test('calls that go on after the deadline are hung up', async () => {
  const { clock, switchboard, dial } = scene()
  const { leg } = await dial('5551230002')
  const drained = switchboard.drain(10_000)
  await clock.advance(10_000)
  await drained
  expect(leg.ended.reason).toMatchObject({ by: 'server', cause: 'SYSTEM_SHUTDOWN' })
  expect(switchboard.calls.size).toBe(0)
})
