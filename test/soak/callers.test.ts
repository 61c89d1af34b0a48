import { expect, test } from 'vitest'
import type { FarEnd } from '../../src/drivers/simulator/index.ts'
import { nothing, soakHouse } from '../support/soak-house.ts'

const seconds = 60
const callsPerSecond = 20

const document = (body: string): string => `<Response>${body}</Response>`
const pages: Readonly<Record<string, string>> = {
  '/gather': document(
    '<Gather numDigits="2" timeout="3" action="/record"><Say>Two digits, please</Say></Gather><Redirect>/record</Redirect>',
  ),
  '/record': document('<Record maxLength="5" timeout="2" action="/play"/>'),
  '/play': document('<Play digits="12w3"/><Pause length="2"/><Say loop="2">Thank you</Say><Hangup/>'),
  '/broken': '<Response><Say>Never ends',
}

const pivot = (path: string): object => ({ voice_url: `http://web.example${path}`, req_format: 'twiml' })
const flows = [
  { module: 'pivot', data: pivot('/gather'), children: {} },
  { module: 'pivot', data: pivot('/broken'), children: { _: { module: 'tts', data: { text: 'Sorry' } } } },
  { module: 'pivot', data: pivot('/nothing'), children: { _: { module: 'tts', data: { text: 'Sorry' } } } },
  { module: 'collect_dtmf', data: { max_digits: 3, timeout: 2_000 }, children: {} },
  { module: 'sleep', data: { duration: 4, unit: 's' }, children: {} },
]

test('20 calls a second for a minute, with callers who do what they like, leave nothing behind', async () => {
  const house = await soakHouse({
    seed: 20,
    documents: { callflows: flows.map((flow, index) => ({ id: `flow-${index}`, numbers: [`200${index}`], flow })) },
    pages,
    // A web server that asked for a recording is told of it after the caller has gone.
    mayFollow: (type) => type.startsWith('pivot.'),
  })
  const { clock, random } = house

  let most = 0
  for (let call = 0; call < seconds * callsPerSecond; call++) {
    const number = `200${Math.floor(random() * (flows.length + 1))}`
    behave(house.call(`C${call}`, '1000', number))
    await clock.advance(1_000 / callsPerSecond)
    most = Math.max(most, house.size)
  }

  expect(await house.close()).toEqual(nothing)
  expect(most).toBeGreaterThan(callsPerSecond)
  expect(house.ends.size).toBe(seconds * callsPerSecond)

  function behave(farEnd: FarEnd): void {
    const dice = random()
    if (dice < 0.3) void clock.sleep(random() * 8_000).then(() => farEnd.hangUp())
    if (dice > 0.5)
      void clock.sleep(random() * 5_000).then(() => farEnd.press('12#'.slice(0, 1 + Math.floor(random() * 3))))
    if (dice > 0.8) void clock.sleep(random() * 5_000).then(() => farEnd.speak(random() * 3_000))
  }
}, 30_000)
