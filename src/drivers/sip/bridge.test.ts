import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { never, silentLog, VirtualClock } from '../../base/index.ts'
import { Replaced, type Leg, type LegEvent } from '../../call/index.ts'
import { FakeInvite } from '../../../test/support/fake-invite.ts'
import type { FakeOutgoing } from '../../../test/support/fake-outgoing.ts'
import { FakeSip } from '../../../test/support/fake-sip.ts'
import { passTime } from '../../../test/support/pass-time.ts'
import { RtpCaller, toneOf, type CallerOptions } from '../../../test/support/rtp-caller.ts'
import { embeddedDriver, type EmbeddedDriver } from './index.ts'

const voices = { alice: 300, bob: 500, prompt: 700 } as const

let clock: VirtualClock
let time: ReturnType<typeof passTime>
let sip: FakeSip
let driver: EmbeddedDriver
let recordingsDir: string
let calls: Leg[]
let phones: RtpCaller[]

beforeEach(async () => {
  clock = new VirtualClock()
  time = passTime(clock)
  sip = new FakeSip()
  recordingsDir = await mkdtemp(join(tmpdir(), 'pivot-bridge-'))
  ;[calls, phones] = [[], []]
  driver = embeddedDriver({
    clock,
    log: silentLog,
    audio: {
      open: async () => ({ key: 'prompt', samples: toneOf(voices.prompt, 200), durationMs: 200, endless: false }),
    },
    host: '127.0.0.1',
    port: 0,
    ports: { first: 0, last: 0 },
    recordingsDir,
    product: 'Pivot/test',
    inactivityMs: 0,
    workers: 0,
    openSip: sip.open,
  })
  await driver.listen((leg) => void calls.push(leg), new AbortController().signal)
})

afterEach(async () => {
  await driver.close()
  for (const phone of phones) phone.close()
  await time.stop()
  await rm(recordingsDir, { recursive: true })
})

const sdpOf = (port: number, { law = 'pcmu', telephoneEvent = 101 }: CallerOptions): string =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n` +
  `m=audio ${port} RTP/AVP ${law === 'pcmu' ? 0 : 8} ${telephoneEvent}\r\n` +
  `a=rtpmap:${telephoneEvent} telephone-event/8000\r\n`

async function phoneOf(options: CallerOptions): Promise<RtpCaller> {
  const phone = await RtpCaller.open(clock, options)
  phones.push(phone)
  phone.isSpeaking = true
  return phone
}

interface End<Session> {
  readonly leg: Leg
  readonly phone: RtpCaller
  readonly session: Session
  readonly sdp: string
  readonly events: LegEvent[]
}

const portOf = (sdp: string | undefined): number => Number(/m=audio (\d+)/.exec(sdp ?? '')?.[1])

/** Alice calls us. */
async function alice(options: CallerOptions = {}): Promise<End<FakeInvite>> {
  const phone = await phoneOf({ voiceHz: voices.alice, ...options })
  const sdp = sdpOf(phone.port, options)
  const session = new FakeInvite({ offer: sdp })
  sip.comesIn(session)
  const leg = calls.at(-1)
  if (leg === undefined) throw new Error('nobody has called')
  const events: LegEvent[] = []
  leg.observe((event) => events.push(event))
  return { leg, phone, session, sdp, events }
}

/** We call Bob. */
async function bob(beside: Leg, options: CallerOptions = {}): Promise<End<FakeOutgoing>> {
  const leg = await driver.dial(
    { kind: 'sip', uri: 'sip:bob@192.0.2.7' },
    { callerId: { name: 'Alice', number: '1000', realm: 'demo.example', isPrivate: false }, headers: {}, beside },
  )
  const events: LegEvent[] = []
  leg.observe((event) => events.push(event))
  const phone = await phoneOf({ voiceHz: voices.bob, ...options })
  const session = sip.phones.at(-1)
  if (session === undefined) throw new Error('nobody was called')
  phone.callTo(portOf(session.invite.offer))
  return { leg, phone, session, sdp: sdpOf(phone.port, options), events }
}

/** Alice and Bob talk. */
async function talking(a: CallerOptions = {}, b: CallerOptions = {}) {
  const [first, second] = await both(a, b)
  await first.leg.answer()
  second.session.answers(second.sdp)
  const stop = new AbortController()
  const bridge = driver.bridge(first.leg, second.leg, { signal: stop.signal })
  bridge.catch(() => undefined)
  await clock.sleep(200)
  return { alice: first, bob: second, bridge, stop }
}

async function both(a: CallerOptions = {}, b: CallerOptions = {}): Promise<[End<FakeInvite>, End<FakeOutgoing>]> {
  const first = await alice(a)
  return [first, await bob(first.leg, b)]
}

/** Who is heard there in the next 400 ms. */
async function hears({ phone }: End<unknown>): Promise<string[]> {
  phone.heard.length = 0
  await clock.sleep(400)
  return [...new Set(phone.runs(voices).map(({ media }) => media))]
}

test('each hears the other and nobody else, also when they speak different laws', async () => {
  const call = await talking({ law: 'pcma' }, { law: 'pcmu' })
  expect(await hears(call.alice)).toEqual(['bob'])
  expect(await hears(call.bob)).toEqual(['alice'])
})

test('the caller hears what the callee sends before the answer, and is not answered by that', async () => {
  const [a, b] = await both()
  b.session.listener.early(b.sdp)
  const bridge = driver.bridge(a.leg, b.leg, { signal: never })
  bridge.catch(() => undefined)
  await clock.sleep(200)
  expect(a.session.said).toEqual(['early'])
  expect(await hears(a)).toEqual(['bob'])
  b.session.answers(b.sdp)
  await a.leg.answer()
  await expect(bridge).rejects.toBeInstanceOf(Replaced)
  expect(a.session.said).toEqual(['early', 'answered'])
  void driver.bridge(a.leg, b.leg, { signal: never }).catch(() => undefined)
  await clock.sleep(200)
  expect(await hears(b)).toEqual(['alice'])
})

test('either end ends the bridge, and the other leg stays', async () => {
  const first = await talking()
  first.alice.session.hangUp()
  expect(await first.bridge).toBe('a')
  expect(first.bob.leg.state).toBe('answered')
  expect(await hears(first.bob)).toEqual([])
  const second = await talking()
  second.bob.session.hangUp()
  expect(await second.bridge).toBe('b')
  expect(second.alice.leg.state).toBe('answered')
})

test('a leg that has ended cannot be bridged any more', async () => {
  const [a, b] = await both()
  await b.leg.hangup('NO_ANSWER')
  expect(await driver.bridge(a.leg, b.leg, { signal: never })).toBe('b')
})

test('a bridge that is told to stop lets both hear silence, and says why', async () => {
  const call = await talking()
  call.stop.abort(new Error('enough'))
  await expect(call.bridge).rejects.toThrow('enough')
  await clock.sleep(100)
  expect(await hears(call.alice)).toEqual([])
  expect(await hears(call.bob)).toEqual([])
})

test('what is played to one of them takes the place of the bridge', async () => {
  const call = await talking()
  call.bob.phone.heard.length = 0
  await call.bob.leg.play({ kind: 'stored', accountId: 'demo', id: 'prompt' }, { signal: never })
  await expect(call.bridge).rejects.toBeInstanceOf(Replaced)
  await clock.sleep(1)
  expect(call.bob.phone.runs(voices).at(-1)).toEqual({ media: 'prompt', ms: 200 })
})

test('a bridge takes the place of what was played', async () => {
  const [a, b] = await both()
  await a.leg.answer()
  b.session.answers(b.sdp)
  const playing = a.leg.play({ kind: 'stored', accountId: 'demo', id: 'prompt' }, { signal: never, times: Infinity })
  await clock.sleep(100)
  void driver.bridge(a.leg, b.leg, { signal: never }).catch(() => undefined)
  await expect(playing).rejects.toBeInstanceOf(Replaced)
})

test('keys go across with the payload type of the other side, and are told', async () => {
  const call = await talking({}, { telephoneEvent: 96 })
  call.alice.phone.press('5')
  await clock.sleep(400)
  expect(call.bob.phone.heard.some(({ payloadType, payload }) => payloadType === 96 && payload[0] === 5)).toBe(true)
  expect(await call.alice.leg.nextDigit(never)).toBe('5')
  expect(call.alice.events.at(-1)).toEqual({ type: 'digit.received', digit: '5', via: 'rtp' })
})

test('a key that comes by INFO is heard as an event on the other side', async () => {
  const call = await talking()
  call.bob.session.listener.digit('7', 160)
  call.bob.session.listener.digit('8', 160)
  await clock.sleep(800)
  const keys = call.alice.phone.heard.filter(({ payloadType }) => payloadType === 101).map(({ payload }) => payload[0])
  expect([...new Set(keys)]).toEqual([7, 8])
  expect(await hears(call.alice)).toEqual(['bob'])
})

test('when one of them holds, the bridge stays, and they hear each other again after it', async () => {
  const call = await talking()
  call.alice.session.listener.remoteOffer(`${call.alice.sdp}a=sendonly\r\n`)
  expect(await hears(call.alice)).toEqual([])
  call.alice.session.listener.remoteOffer(call.alice.sdp)
  await clock.sleep(100)
  expect(await hears(call.alice)).toEqual(['bob'])
  expect(await hears(call.bob)).toEqual(['alice'])
})

test('one of them may move to another port and law', async () => {
  const call = await talking()
  const moved = await phoneOf({ voiceHz: voices.bob, law: 'pcma' })
  const answer = call.bob.session.listener.remoteOffer(sdpOf(moved.port, { law: 'pcma' }))
  call.bob.phone.fallSilent()
  moved.callTo(portOf(answer))
  await clock.sleep(200)
  expect(await hears({ ...call.bob, phone: moved })).toEqual(['alice'])
  expect(await hears(call.alice)).toEqual(['bob'])
})

test('when the house closes, callees are hung up on too, and those that still ring are cancelled', async () => {
  const call = await talking()
  const [, ringing] = await both()
  expect(driver.counters()).toMatchObject({ legs: 4, mediaLegs: 4 })
  await driver.close()
  expect(call.bob.session.said).toEqual(['answered', 'hung up'])
  expect(ringing.session.said).toEqual(['cancelled'])
  expect(driver.counters()).toMatchObject({ legs: 0, mediaLegs: 0 })
})
