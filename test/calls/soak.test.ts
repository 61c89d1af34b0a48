import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/base/index.ts'
import type { CallEvent } from '../../src/call/index.ts'
import { MemoryDocuments } from '../../src/documents/index.ts'
import { newSimulator, type FarEnd } from '../../src/drivers/simulator/index.ts'
import { sceneHouse } from '../../src/house.ts'
import type { Http } from '../../src/http/index.ts'
import { keepNothing } from '../../src/transcript/recordings.ts'
import { sequence } from '../support/sip-wire.ts'

const seconds = 60
const callsPerSecond = 20
const account = { id: 'A1', name: 'Soak', realm: 'a1.example' }

const document = (body: string): string => `<Response>${body}</Response>`
const pages: Readonly<Record<string, string>> = {
  '/gather': document(
    '<Gather numDigits="2" timeout="3" action="/record"><Say>Two digits, please</Say></Gather><Redirect>/record</Redirect>',
  ),
  '/record': document('<Record maxLength="5" timeout="2" action="/play"/>'),
  '/play': document('<Play digits="12w3"/><Pause length="2"/><Say loop="2">Thank you</Say><Hangup/>'),
  '/broken': '<Response><Say>Never ends',
}

test('20 calls a second for a minute, with callers who do what they like, leave nothing behind', async () => {
  const clock = new VirtualClock()
  const random = sequence(20)
  const troubles: string[] = []
  const onWarning = ({ message }: Error): unknown => troubles.push(message)
  process.on('warning', onWarning)
  const log = {
    error: (event: string) => void troubles.push(event),
    warn: () => undefined,
    info: () => undefined,
    debug: () => undefined,
    child: () => log,
  }
  const http: Http = async ({ url, signal }) => {
    const { pathname } = new URL(url)
    await clock.sleep(random() * 300, signal)
    const isTwiml = pathname in pages
    return {
      url,
      status: isTwiml ? 200 : 500,
      headers: { 'content-type': 'text/xml' },
      cookies: [],
      body: Buffer.from(pages[pathname] ?? ''),
      timing: { dnsMs: 0, connectMs: 0, tlsMs: 0, waitMs: 0, readMs: 0, totalMs: 0 },
    }
  }
  const ends = new Map<string, number>()
  const late: string[] = []
  const observe = ({ callId, type }: CallEvent): void => {
    // A web server that asked for a recording is told of it after the caller has gone.
    if (ends.has(callId) && !type.startsWith('pivot.')) late.push(`${callId} ${type}`)
    if (type === 'leg.ended') ends.set(callId, 1)
  }
  const documents = new MemoryDocuments()
  const pivot = (path: string): object => ({ voice_url: `http://web.example${path}`, req_format: 'twiml' })
  const flows = [
    { module: 'pivot', data: pivot('/gather'), children: {} },
    { module: 'pivot', data: pivot('/broken'), children: { _: { module: 'tts', data: { text: 'Sorry' } } } },
    { module: 'pivot', data: pivot('/nothing'), children: { _: { module: 'tts', data: { text: 'Sorry' } } } },
    { module: 'collect_dtmf', data: { max_digits: 3, timeout: 2_000 }, children: {} },
    { module: 'sleep', data: { duration: 4, unit: 's' }, children: {} },
  ]
  flows.forEach((flow, index) => {
    const id = `flow-${index}`
    documents.put(account.id, 'callflows', { id, numbers: [`200${index}`], flow })
  })
  const simulator = newSimulator({ clock })
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

  let most = 0
  for (let call = 0; call < seconds * callsPerSecond; call++) {
    const number = `200${Math.floor(random() * (flows.length + 1))}`
    const { farEnd } = simulator.call({
      callId: `C${call}`,
      from: { user: '1000', realm: account.realm },
      to: { user: number, realm: account.realm },
    })
    behave(farEnd)
    await clock.advance(1_000 / callsPerSecond)
    most = Math.max(most, house.calls.size)
  }
  while (await clock.step());

  expect(most).toBeGreaterThan(callsPerSecond)
  expect(house.calls.size).toBe(0)
  expect(clock.waiting).toBe(0)
  expect(ends.size).toBe(seconds * callsPerSecond)
  expect(late).toEqual([])
  expect(troubles).toEqual([])
  process.off('warning', onWarning)

  function behave(farEnd: FarEnd): void {
    const dice = random()
    if (dice < 0.3) void clock.sleep(random() * 8_000).then(() => farEnd.hangUp())
    if (dice > 0.5)
      void clock.sleep(random() * 5_000).then(() => farEnd.press('12#'.slice(0, 1 + Math.floor(random() * 3))))
    if (dice > 0.8) void clock.sleep(random() * 5_000).then(() => farEnd.speak(random() * 3_000))
  }
}, 30_000)
