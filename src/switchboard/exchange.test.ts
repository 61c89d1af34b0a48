import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../base/index.ts'
import {
  connect,
  talk,
  waitForPartner,
  type Call,
  type CallObserver,
  type Exchange,
  type Hangup,
  type PartyOptions,
} from '../call/index.ts'
import { stop, type Callflows, type FoundFlow } from '../callflow/index.ts'
import { newSimulator, type DialledCallee } from '../drivers/simulator/index.ts'
import { branchTo, planOf } from '../../test/support/dialling-house.ts'
import { action, foundFlow, music, node, party, switchboardScene } from '../../test/support/switchboard-scene.ts'

/** Somebody of a scene: one leg, seen from both ends. */
interface Person {
  readonly call: Call
  readonly farEnd: DialledCallee['callee']
}

/**
 * Numbers: 1NN rings the phone uNN, 200 waits for somebody, 300 plays music, 4NN takes whoever talks with the phone uNN
 * or is rung for it, 500 takes whoever waits, 6NN the phone uNN itself. 7NN plays
 * music too, and is not known at once; nothing answers 79N.
 */
function scene() {
  const clock = new VirtualClock()
  const phones = new Map<string, Person>()
  let dialled: DialledCallee['callee'] | undefined
  const simulator = newSimulator({ clock, onDial: ({ callee }) => (dialled = callee) })
  const calling = simulator
  const exchange = (): Exchange => switchboard.exchange
  const tens = (call: Call): string => `u${call.number.slice(1)}`
  const actions = [
    action('ring', async (_, { call, signal }) => {
      const options = { calling, clock, signal }
      const found = await connect(call, planOf([branchTo(tens(call))]), options)
      if (found.kind === 'connected') await talk(call, found.callee, options)
      return stop()
    }),
    action('wait', async (_, { call, signal }) => {
      await call.leg.answer()
      const meanwhile = (until: AbortSignal): Promise<void> =>
        call.leg.play({ kind: 'url', url: 'https://m.example/music.mp3' }, { signal: until, times: Infinity })
      const partner = await waitForPartner(call, { signal, meanwhile })
      await talk(call, partner, { calling, clock, signal })
      return stop()
    }),
    music,
    action('take', async (_, { call, signal }) => {
      await call.leg.answer()
      const other = exchange()
        .calls('A1')
        .find((one) => (call.number === '500' ? one.conversation?.state === 'waiting' : one.number === tens(call)))
      const whom = call.number.startsWith('4') ? other?.host : other
      if (whom !== undefined) await exchange().take(whom, call, { calling, clock, signal })
      return stop()
    }),
  ]
  const modules: Readonly<Record<string, string>> = {
    '1': 'ring',
    '2': 'wait',
    '3': 'music',
    '7': 'music',
    '4': 'take',
    '5': 'take',
    '6': 'take',
  }
  const callflows: Callflows = {
    find: async (_, number) => {
      if (number.startsWith('7')) await clock.sleep(100)
      if (number.startsWith('79')) return undefined
      return number.startsWith('9') && number.length > 3 ? flowOf('music', true) : flowOf(modules[number.charAt(0)])
    },
    get: async () => undefined,
  }
  const onDialled: CallObserver = (event, call) => {
    if (event.type !== 'leg.dialled' || dialled === undefined) return
    phones.set(call.number, { call, farEnd: dialled })
    dialled.ring()
  }
  const observers = [onDialled]
  const { switchboard, events, cdrs } = switchboardScene({ clock, calling, callflows, actions, observers })
  const stopped = new AbortController()
  void simulator.listen((leg) => switchboard.onCall(leg), stopped.signal)
  const dials = async (from: string, number: string): Promise<Person> => {
    const { farEnd } = simulator.call({ from: party(from), to: party(number), callId: from })
    await clock.settle()
    const call = exchange()
      .calls('A1')
      .find(({ id }) => id === from)
    if (call === undefined) throw new Error(`${from} is not there`)
    return { call, farEnd: farEnd as Person['farEnd'] }
  }
  const phone = (username: string): Person => {
    const found = phones.get(username)
    if (found === undefined) throw new Error(`${username} was not called`)
    return found
  }
  /** `from` calls the phone, which answers. */
  const talkTo = async (from: string, username: string): Promise<[Person, Person]> => {
    const caller = await dials(from, `1${username.slice(1)}`)
    phone(username).farEnd.answer()
    await clock.settle()
    return [caller, phone(username)]
  }
  /** Those two hear each other, and nobody else does. */
  const expectTogether = (a: Person, b: Person): void => {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      one.farEnd.speaks(true)
      expect(other.farEnd.hearsOther).toBe(true)
      one.farEnd.speaks(false)
    }
  }
  const causeOf = ({ call }: Person): string | undefined => (call.leg.ended.reason as Hangup | undefined)?.cause
  const optionsOf = ({ call }: Person): PartyOptions => ({ calling, clock, signal: call.leg.ended })
  return { clock, events, cdrs, switchboard, exchange, dials, phone, talkTo, expectTogether, causeOf, optionsOf }
}

type Scene = ReturnType<typeof scene>

const flowOf = (module: string | undefined, isNoMatch = false): FoundFlow | undefined =>
  module === undefined ? undefined : foundFlow(module, node(module), isNoMatch)

test('the legs of a call are known while they live', async () => {
  const { clock, exchange, talkTo } = scene()
  const [ann] = await talkTo('ann', 'u01')
  expect(
    exchange()
      .calls('A1')
      .map(({ number }) => number),
  ).toEqual(['101', 'u01'])
  expect(exchange().calls('A2')).toEqual([])
  ann.farEnd.hangUp()
  await clock.settle()
  expect(exchange().calls('A1')).toEqual([])
})

test('a call that rings is picked up by somebody else: the phone stops ringing, and the two talk', async () => {
  const { clock, dials, phone, expectTogether, causeOf, cdrs } = scene()
  const ann = await dials('ann', '101')
  const bob = await dials('bob', '401')
  expect(causeOf(phone('u01'))).toBe('PICKED_OFF')
  expectTogether(ann, bob)
  ann.farEnd.hangUp()
  await clock.settle()
  expect(causeOf(bob)).toBe('NORMAL_CLEARING')
  expect(cdrs).toHaveLength(3)
})

test('a call that goes on is taken over from the phone', async () => {
  const { clock, dials, talkTo, expectTogether, causeOf } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  const bob = await dials('bob', '401')
  expect(causeOf(u01)).toBe('PICKED_OFF')
  expectTogether(ann, bob)
  bob.farEnd.hangUp()
  await clock.settle()
  expect(causeOf(ann)).toBe('NORMAL_CLEARING')
})

test('whoever waits is taken by somebody, and both are let go by whoever hangs up', async () => {
  const { clock, dials, expectTogether, causeOf, events } = scene()
  const ann = await dials('ann', '200')
  const bob = await dials('bob', '500')
  expect(events.filter(({ type }) => type === 'media.ended')).toMatchObject([{ callId: 'ann', how: 'stopped' }])
  expectTogether(ann, bob)
  ann.farEnd.hangUp()
  await clock.settle()
  expect(causeOf(bob)).toBe('NORMAL_CLEARING')
})

test('the callee of a call is taken: the caller is let go', async () => {
  const { clock, dials, talkTo, expectTogether, causeOf } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  const bob = await dials('bob', '601')
  expect(causeOf(ann)).toBe('PICKED_OFF')
  expectTogether(bob, u01)
  u01.farEnd.hangUp()
  await clock.settle()
  expect(causeOf(bob)).toBe('NORMAL_CLEARING')
})

test('who is alone cannot be taken', async () => {
  const { dials, exchange, optionsOf } = scene()
  const [ann, bob] = [await dials('ann', '300'), await dials('bob', '300')]
  await expect(exchange().take(ann.call, bob.call, optionsOf(bob))).rejects.toMatchObject({ code: 'CALL_ALONE' })
})

test('a caller who is sent elsewhere leaves whoever they talk with', async () => {
  const { clock, exchange, talkTo, causeOf, events } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  await exchange().send(ann.call, '300', u01.call)
  await clock.settle()
  expect(causeOf(u01)).toBe('BLIND_TRANSFER')
  expect(ann.call.transferredBy).toMatchObject({ number: 'u01', how: 'blind' })
  expect(events.at(-1)).toMatchObject({ callId: 'ann', type: 'media.started' })
})

test('a callee who is sent elsewhere runs a flow of their own, and the caller is let go', async () => {
  const { clock, exchange, talkTo, causeOf, events, cdrs } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  await exchange().send(u01.call, '300', ann.call)
  await clock.settle()
  expect(causeOf(ann)).toBe('NORMAL_CLEARING')
  expect(causeOf(u01)).toBeUndefined()
  expect(events.some(({ type, callId }) => type === 'media.started' && callId === u01.call.id)).toBe(true)
  u01.farEnd.hangUp()
  await clock.settle()
  expect(cdrs.map(({ callId }) => callId)).toEqual(['ann', u01.call.id])
})

test('nobody is sent where nothing answers', async () => {
  const { exchange, talkTo, expectTogether } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  await expect(exchange().send(ann.call, '999', u01.call)).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' })
  expectTogether(ann, u01)
})

test('a phone of ours sends a call to numbers outside; a carrier does not', async () => {
  const { clock, exchange, talkTo, dials } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  const ofCarrier = Object.assign(Object.create(u01.call) as typeof u01.call, {
    caller: { authorizingId: 'r1', authorizingType: 'resource', ownerIds: [] },
  })
  await expect(exchange().send(ann.call, '9555', ofCarrier)).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' })
  expect(ann.call.variables.mayCallOutside).toBe(false)
  const bob = await dials('bob', '300')
  await exchange().send(ann.call, '9555', bob.call)
  await clock.settle()
  expect(ann.call.variables).toMatchObject({ mayCallOutside: true, requestUser: '9555' })
})

test.each<[string, (scene: Scene) => Promise<Person[]>, readonly string[]]>([
  ['talking', ({ talkTo }) => talkTo('ann', 'u01'), ['SYSTEM_SHUTDOWN', 'NORMAL_CLEARING']],
  [
    'ringing',
    async ({ dials, phone }) => [await dials('ann', '101'), phone('u01')],
    ['SYSTEM_SHUTDOWN', 'ORIGINATOR_CANCEL'],
  ],
  ['waiting', async ({ dials }) => [await dials('ann', '200')], ['SYSTEM_SHUTDOWN']],
  [
    'talking with who was sent to a flow of their own',
    async ({ clock, exchange, talkTo }) => {
      const [ann, u01] = await talkTo('ann', 'u01')
      await exchange().send(u01.call, '300', ann.call)
      await clock.settle()
      return [u01]
    },
    ['SYSTEM_SHUTDOWN'],
  ],
])('a house that closes lets nobody of a call stay: %s', async (_, begin, causes) => {
  const all = scene()
  const people = await begin(all)
  const drained = all.switchboard.drain(10_000)
  await all.clock.advance(10_000)
  await drained
  expect(people.map(all.causeOf)).toEqual(causes)
  expect(all.exchange().calls('A1')).toEqual([])
  expect(new Set(all.cdrs.map(({ callId }) => callId))).toEqual(new Set(all.events.map(({ callId }) => callId)))
})

test('a callee who asks for a transfer and goes before it is known where to: the caller is sent there', async () => {
  const { clock, talkTo, causeOf, events } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  u01.farEnd.transfers({ user: '700', realm: 'a1.example' })
  u01.farEnd.hangUp()
  await clock.advance(1_000)
  expect([ann, u01].map(causeOf)).toEqual([undefined, 'NORMAL_CLEARING'])
  expect(events.at(-1)).toMatchObject({ callId: 'ann', type: 'media.started' })
  expect(ann.call.transferredBy).toMatchObject({ number: 'u01', how: 'blind' })
})

test('a caller who asks for a transfer and goes before it is known where to: the callee is sent there', async () => {
  const { clock, talkTo, causeOf, events } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  ann.farEnd.transfers({ user: '700', realm: 'a1.example' })
  ann.farEnd.hangUp()
  await clock.advance(1_000)
  expect([ann, u01].map(causeOf)).toEqual(['NORMAL_CLEARING', undefined])
  expect(events.at(-1)).toMatchObject({ callId: u01.call.id, type: 'media.started' })
  u01.farEnd.hangUp()
  await clock.settle()
  expect(causeOf(u01)).toBe('NORMAL_CLEARING')
})

test.each(['caller', 'callee'])(
  'a %s who asks for a transfer to nowhere and goes: the other one is let go',
  async (who) => {
    const { clock, talkTo, causeOf } = scene()
    const [ann, u01] = await talkTo('ann', 'u01')
    const [goes, stays] = who === 'caller' ? [ann, u01] : [u01, ann]
    goes.farEnd.transfers({ user: '799', realm: 'a1.example' })
    goes.farEnd.hangUp()
    await clock.advance(1_000)
    expect(causeOf(stays)).toBe('NORMAL_CLEARING')
  },
)

test('whoever is to be transferred hangs up before it is known where to: nothing begins', async () => {
  const { clock, talkTo, causeOf, events } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  u01.farEnd.transfers({ user: '700', realm: 'a1.example' })
  u01.farEnd.hangUp()
  await clock.settle()
  ann.farEnd.hangUp()
  await clock.advance(1_000)
  expect(causeOf(ann)).toBe('NORMAL_CLEARING')
  expect(events.some(({ type }) => type === 'media.started')).toBe(false)
})

test('a caller who is hung up on from outside lets go whoever they talk with', async () => {
  const { clock, talkTo, causeOf } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  void ann.call.leg.hangup('USER_BUSY')
  await clock.settle()
  expect([ann, u01].map(causeOf)).toEqual(['USER_BUSY', 'NORMAL_CLEARING'])
})

test('a callee who is hung up on from outside leaves the caller to their flow', async () => {
  const { clock, talkTo, causeOf, events } = scene()
  const [ann, u01] = await talkTo('ann', 'u01')
  void u01.call.leg.hangup('USER_BUSY')
  await clock.settle()
  expect(causeOf(u01)).toBe('USER_BUSY')
  expect(causeOf(ann)).toBe('NORMAL_CLEARING')
  expect(events.filter(({ type }) => type === 'bridge.ended')).toHaveLength(1)
})

describe('a phone that asks for an attended transfer and hangs up both its calls at once', () => {
  const to = { user: 'x', realm: 'a1.example' }

  test('the caller talks with whom the phone has called', async () => {
    const { clock, talkTo, expectTogether } = scene()
    const [ann, u01] = await talkTo('ann', 'u01')
    const [desk, u02] = await talkTo('desk', 'u02')
    u01.farEnd.transfers(to, 'desk')
    u01.farEnd.hangUp()
    desk.farEnd.hangUp()
    await clock.settle()
    expectTogether(ann, u02)
  })

  test('the two whom it has called talk', async () => {
    const { clock, talkTo, expectTogether, causeOf } = scene()
    const [ann, u01] = await talkTo('ann', 'u01')
    const [again, u02] = await talkTo('again', 'u02')
    ann.farEnd.transfers(to, 'again')
    ann.farEnd.hangUp()
    again.farEnd.hangUp()
    await clock.settle()
    expectTogether(u01, u02)
    u01.farEnd.hangUp()
    await clock.settle()
    expect(causeOf(u02)).toBe('NORMAL_CLEARING')
  })

  test('the two who have called it talk', async () => {
    const { clock, talkTo, expectTogether } = scene()
    const [ann, u01] = await talkTo('ann', 'u01')
    const [carl, u02] = await talkTo('carl', 'u02')
    u01.farEnd.transfers(to, u02.call.id)
    u01.farEnd.hangUp()
    u02.farEnd.hangUp()
    await clock.settle()
    expectTogether(ann, carl)
  })

  test('whom it has called talks with who has called it', async () => {
    const { clock, talkTo, expectTogether } = scene()
    const [ann, u01] = await talkTo('ann', 'u01')
    const [carl, u02] = await talkTo('carl', 'u02')
    ann.farEnd.transfers(to, u02.call.id)
    ann.farEnd.hangUp()
    u02.farEnd.hangUp()
    await clock.settle()
    expectTogether(u01, carl)
  })
})
