import { expect, test } from 'vitest'
import { silentLog } from '../base/index.ts'
import { Call, talk, type Leg } from '../call/index.ts'
import { describe as told, perform, readTranscript, type OpenHouse } from './index.ts'

/** 100 waits for somebody and hears music; 200 talks with whoever waits; anything else is refused. */
const house: OpenHouse = ({ clock, calling, observers }) => {
  const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }
  let waiting: Call | undefined
  const attend = async (leg: Leg): Promise<void> => {
    const number = leg.to.user
    const call = new Call({ leg, account, number, clock, log: silentLog, observers })
    const signal = leg.ended
    if (number === '100') {
      await leg.answer()
      waiting = call
      await leg.play({ kind: 'url', url: 'https://m.example/music.mp3' }, { signal }).catch(() => undefined)
    } else if (number === '200' && waiting !== undefined) {
      await leg.answer()
      await talk(call, waiting, { calling, clock, signal }).catch(() => undefined)
      await leg.hangup('NORMAL_CLEARING')
    } else await leg.reject(404)
  }
  return { onCall: (leg) => void attend(leg) }
}

/** @returns the first difference */
async function differenceOf(...lines: string[]): Promise<readonly string[] | undefined> {
  const transcript = readTranscript(['# Two call.', ...lines].join('\n'))
  const { difference } = await perform(transcript, house)
  return difference && told(difference, 'a.call').split('\n').slice(-2)
}

const twoCall = [
  'caller   dials 100',
  'server   answers',
  'caller   hears https://m.example/music.mp3',
  'caller2  dials 200',
  'server   answers caller2',
  'server   bridges caller2',
]

test('a second caller calls, talks with the first and hangs up', async () => {
  const ending = ['caller2  hangs up', 'caller2  is gone', 'server   hangs up NORMAL_CLEARING']
  expect(await differenceOf(...twoCall, ...ending)).toBeUndefined()
})

test('when the first hangs up, the second is hung up on', async () => {
  expect(
    await differenceOf(...twoCall, 'caller   hangs up', 'server   hangs up on caller2 NORMAL_CLEARING'),
  ).toBeUndefined()
})

test('further callers talk without the first; either may be named first', async () => {
  const calls = [
    'caller   dials 300',
    'server   rejects 404',
    'caller2  dials 100',
    'server   answers caller2',
    'caller2  hears https://m.example/music.mp3',
    'caller3  dials 200 from 2031',
    'server   answers caller3',
  ]
  const ending = ['caller3  hangs up', 'server   hangs up on caller2']
  expect(await differenceOf(...calls, 'server   bridges caller2 with caller3', ...ending)).toBeUndefined()
  expect(await differenceOf(...calls, 'server   bridges caller3 with caller2', ...ending)).toBeUndefined()
  expect(await differenceOf(...calls, 'server   bridges caller2', ...ending)).toEqual([
    "+ 'server   bridges caller2'",
    "- 'server   bridges caller2 with caller3'",
  ])
})

test('what happens to a second caller is no mistake of the first', async () => {
  expect(await differenceOf('caller2  dials 300', 'server   rejects 404')).toEqual([
    "+ 'server   rejects 404'",
    "- 'server   rejects caller2 404'",
  ])
})

test('each calls from a number of their own', () => {
  const { lines } = readTranscript('# Three call.\ncaller dials 1\ncaller2 dials 1\ncaller9 presses 12')
  expect(lines.map(({ step }) => step)).toMatchObject([
    undefined,
    { from: { user: '+15551230001' } },
    { from: { user: '+15551230002' }, caller: 'caller2' },
    { digits: '12', caller: 'caller9' },
  ])
  expect(() => readTranscript('# Ten call.\ncaller10 dials 1')).toThrow('cannot be done and does not happen')
})
