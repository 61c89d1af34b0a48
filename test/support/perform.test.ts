import { beforeEach, describe, expect, test } from 'vitest'
import { isFailure } from '../../src/base/index.ts'
import type { CallObserver } from '../../src/call/index.ts'
import { sceneHouse } from '../../src/house.ts'
import { describe as told, perform, readTranscript, type OpenHouse } from '../../src/transcript/index.ts'

const flow = 'flow     {"module":"play","data":{"id":"welcome"}}'
const right = [
  flow,
  'caller   dials 100',
  'server   answers',
  'caller   hears welcome',
  'server   hangs up NORMAL_CLEARING',
]
const webhook = 'flow     {"module":"pivot","data":{"voice_url":"https://shop.example/voice"}}'

async function run(lines: readonly string[]) {
  const { difference, updated } = await perform(readTranscript(['# A call.', ...lines].join('\n')), sceneHouse)
  return { difference: difference && told(difference, 'a.call').split('\n'), updated: updated.split('\n').slice(1, -1) }
}

const replace = (from: string, to: string): string[] => right.map((line) => (line === from ? to : line))

describe('a transcript', () => {
  test('that goes as written has no difference', async () => {
    expect((await run(right)).difference).toBeUndefined()
  })

  test('is told with the story so far where it first goes otherwise', async () => {
    const { difference } = await run(replace('caller   hears welcome', 'caller   hears sorry'))
    expect(difference).toEqual([
      'a.call:5: not as written',
      'after:',
      '  caller   dials 100',
      '  server   answers',
      "+ 'caller   hears sorry'",
      "- 'caller   hears welcome'",
    ])
  })

  test.each([
    ['something is left over', right.slice(0, -1), '+ nothing more', "- 'server   hangs up NORMAL_CLEARING'"],
    ['something is missing', [...right, 'server   answers'], "+ 'server   answers'", '- nothing more happens'],
    [
      'it took longer',
      replace('server   hangs up NORMAL_CLEARING', 'server   hangs up after 3000 ms'),
      "+ 'server   hangs up after 3000 ms'",
      "- 'server   hangs up after 2000 ms'",
    ],
    [
      'an answer is left',
      [...right, 'webhook  is silent'],
      "+ 'webhook  is asked (answers left: 1)'",
      '- nothing more happens',
    ],
    [
      'a question has no answer',
      [webhook, 'caller   dials 100', 'server   rejects 503'],
      "+ 'server   rejects 503'",
      "- 'webhook  has no answer for GET https://shop.example/voice",
    ],
  ])('differs when %s', async (_, lines, expected, got) => {
    const { difference } = await run(lines)
    expect(difference?.at(-2)).toBe(expected)
    expect(difference?.at(-1)?.startsWith(got), difference?.at(-1)).toBe(true)
  })

  test('compares a question only when questions are mentioned, and then what it carries', async () => {
    const answered = [webhook, 'webhook  says {"module":"hangup"}', 'caller   dials 100']
    expect((await run([...answered, 'server   rejects 480'])).difference).toBeUndefined()
    const asked = (clauses: string): string[] => [
      ...answered,
      `webhook  is asked GET https://shop.example/voice with ${clauses}`,
      'server   rejects 480',
    ]
    expect((await run(asked('Call-ID=C1 and Request=100 without Digits'))).difference).toBeUndefined()
    expect((await run(asked('{"Call-ID":"C1"}'))).difference).toBeUndefined()
    expect((await run(asked('Call-ID=C2'))).difference?.slice(-2)).toEqual([
      "+ 'webhook  is asked GET https://shop.example/voice with Call-ID=C2'",
      "- 'webhook  is asked GET https://shop.example/voice with Call-ID=C1'",
    ])
  })

  test('can say how long nothing happens, in a line of its own', async () => {
    const timed = [...right.slice(0, -1), 'after    2000 ms', ...right.slice(-1)]
    expect((await run(timed)).difference).toBeUndefined()
    const late = timed.map((line) => line.replace('2000', '1999'))
    expect((await run(late)).difference?.at(-1)).toBe("- 'server   hangs up NORMAL_CLEARING after 2000 ms'")
  })

  test('of a web server that takes its time takes that time', async () => {
    const slow = [
      webhook,
      'webhook  says {"module":"hangup"} after 800 ms',
      'caller   dials 100',
      'server   rejects 480 after 800 ms',
    ]
    expect((await run(slow)).difference).toBeUndefined()
  })

  test.each([
    ['is silent', 'server   rejects 503 after 5000 ms'],
    ['refuses', 'server   rejects 503 after 0 ms'],
    ['resets', 'server   rejects 503 after 0 ms'],
    ['cannot be resolved', 'server   rejects 503 after 0 ms'],
  ])('of a web server that %s goes on without it', async (what, end) => {
    expect((await run([webhook, `webhook  ${what}`, 'caller   dials 100', end])).difference).toBeUndefined()
  })
})

describe('a transcript is rewritten', () => {
  test('to what happened', async () => {
    const { updated } = await run([
      flow,
      '',
      '# What is expected is wrong here, what is done is kept.',
      'caller   dials 100',
      'server   hangs up USER_BUSY after 3 s',
    ])
    expect(updated).toEqual([
      flow,
      '',
      '# What is expected is wrong here, what is done is kept.',
      'caller   dials 100',
      'server   answers after 0 ms',
      'caller   hears welcome',
      'server   hangs up NORMAL_CLEARING',
    ])
  })

  test('not at all when it goes as written', async () => {
    expect((await run(right)).updated).toEqual(right)
  })
})

describe('transfers in a transcript', () => {
  const ring = 'flow     {"module":"device","data":{"id":"d1"}}'
  const device = 'device   {"id":"d1","sip":{"username":"u1","password":"p"}}'

  /** Performs `lines` in a house that does `react` on every event. */
  async function goes(lines: readonly string[], react: CallObserver): Promise<string | undefined> {
    const house: OpenHouse = (world) => sceneHouse({ ...world, observers: [...world.observers, react] })
    const { difference } = await perform(readTranscript(['# A call.', ...lines].join('\n')), house)
    return difference && told(difference, 'a.call')
  }
  const asked: unknown[] = []
  const reports: CallObserver = (event, { leg }) => {
    if (event.type !== 'transfer.requested') return
    asked.push([event.callId, event.to.user, event.replacesCallId])
    void leg.reportTransfer(200)
  }
  const refers: CallObserver = (event, { leg }) => {
    if (event.type !== 'leg.answered') return
    leg.refer('sip:2041@a1.example', { signal: leg.ended }).then(
      (status) => leg.sendDigits(String(status), { durationMs: 1, signal: leg.ended }),
      (error: unknown) => leg.sendDigits(isFailure(error) ? '0' : '1', { durationMs: 1, signal: leg.ended }),
    )
  }
  const called = [
    ring,
    device,
    'callee   u1 answers',
    'caller   dials 100',
    'server   dials u1',
    'server   answers',
    'server   bridges u1',
  ]
  const over = ['caller   hangs up', 'server   hangs up on u1']

  beforeEach(() => (asked.length = 0))

  test('a caller asks for one', async () => {
    const lines = [...called, 'caller   transfers to 2041', 'server   reports transfer 200', ...over]
    expect(await goes(lines, reports)).toBeUndefined()
    expect(asked).toEqual([['C1', '2041', undefined]])
  })

  test('a callee asks for one to an address, and to the other party of a call', async () => {
    const lines = [
      ...called,
      'callee   u1 transfers to sip:bob@pbx.example',
      'server   reports transfer 200 to u1',
      'callee   u1 transfers to the other party of C1',
      'server   reports transfer 200 to u1',
      'caller   transfers to the other party of u1',
      'server   reports transfer 200',
      ...over,
    ]
    expect(await goes(lines, reports)).toBeUndefined()
    expect(asked).toEqual([
      ['C2', 'bob', undefined],
      ['C2', '100', 'C1'],
      ['C1', '+15551230001', 'C2'],
    ])
  })

  test('one to where nothing answers comes to nothing', async () => {
    const lines = [...called, 'caller   transfers to 2041', 'server   reports transfer 404', ...over]
    expect(await goes(lines, () => undefined)).toBeUndefined()
  })

  test('a report that is not mentioned is a difference', async () => {
    expect(await goes([...called, 'caller   transfers to 2041', ...over], reports)).toContain('reports transfer 200')
  })

  test.each([
    ['caller   reports transfer 486', 'server   sends digits 486'],
    ['caller   refuses transfer 603', 'server   sends digits 0'],
  ])('a caller who is asked for one: %s', async (says, then) => {
    const lines = [
      'flow     {"module":"play","data":{"id":"welcome"}}',
      'caller   dials 100',
      'server   answers',
      'server   refers to sip:2041@a1.example',
      'caller   hears welcome',
      says,
      then,
      'server   hangs up',
    ]
    expect(await goes(lines, refers)).toBeUndefined()
  })

  test('phones are told of messages, which need not be mentioned', async () => {
    const quiet = ['flow     {"module":"hangup"}', 'caller   dials 100', 'server   rejects 480']
    const tells: OpenHouse = (world) => {
      const device = { kind: 'device', accountId: 'A1', deviceId: 'd1', username: 'u1', realm: 'a1.example' } as const
      void world.calling.tellMessages(device, { newMessages: 2, savedMessages: 8 })
      return sceneHouse(world)
    }
    const differs = async (lines: readonly string[]): Promise<boolean> => {
      const { difference } = await perform(readTranscript(['# A call.', ...lines].join('\n')), tells)
      return difference !== undefined
    }
    expect(await differs(quiet)).toBe(false)
    expect(await differs(['server   tells u1 of 2 new and 8 saved messages', ...quiet])).toBe(false)
    expect(await differs(['server   tells u1 of 3 new and 8 saved messages', ...quiet])).toBe(true)
  })

  test('a call may come in place of another one', async () => {
    const places: unknown[] = []
    const lines = [
      'flow     {"module":"hangup"}',
      'caller   dials 100 in place of C7',
      'server   rejects 481',
      'caller   dials 100 as a stranger in place of caller',
      'server   rejects 481',
    ]
    const notes: CallObserver = ({ type }, { leg }) => {
      if (type === 'leg.ended') places.push(leg.replaces)
    }
    expect(await goes(lines, notes)).toBeUndefined()
    expect(places).toEqual(['C7', 'C1'])
  })
})
