import { beforeAll, describe, expect, test } from 'vitest'
import { sceneHouse } from '../../src/house.ts'
import { readLog, replay } from '../../src/replay/index.ts'
import { logOf } from './record.ts'

const transcript = `# A caller enters a PIN, and is told what it is worth.
flow     {"module":"pivot","data":{"voice_url":"https://bank.example/voice","method":"post","req_format":"twiml","debug":true}}
webhook  says <Response><Gather numDigits="4" timeout="5" action="/pin"><Say>Your PIN, please.</Say></Gather></Response> after 40 ms
webhook  says <Response><Say>Thank you.</Say><Pause length="3"/><Record action="/note" finishOnKey="#"/></Response>
webhook  says <Response><Hangup/></Response>
caller   dials 2030
server   answers
caller   hears "Your PIN, please."
after    1500 ms
caller   presses 47
after    500 ms
caller   presses 11
caller   hears "Thank you."
server   records
caller   speaks 2 s
caller   presses #
server   hangs up NORMAL_CLEARING
`

let shown = ''
let hidden = ''
beforeAll(async () => {
  shown = (await logOf(transcript, true)).replace('Digits=****', 'Digits=4711')
  hidden = await logOf(transcript)
})

type Fields = Record<string, unknown>

/** The log with the `nth` event of a type changed. */
function changed(log: string, type: string, nth: number, change: (event: Fields) => void): string {
  let count = 0
  const lines = log.trimEnd().split('\n')
  return lines
    .map((line) => {
      const event = JSON.parse(line) as Fields
      if (event['type'] === type && ++count === nth) change(event)
      return `${JSON.stringify(event)}\n`
    })
    .join('')
}

/** Everything from the `nth` event of a type on happened so much later. */
function later(log: string, type: string, nth: number, ms: number): string {
  let count = 0
  let isLater = false
  return log.replaceAll(/^.+$/gm, (line) => {
    const event = JSON.parse(line) as Fields
    if (event['type'] === type && ++count === nth) isLater = true
    return JSON.stringify(isLater ? { ...event, atMs: Number(event['atMs']) + ms } : event)
  })
}

const again = async (log: string, digits = '') =>
  replay(readLog(log, { file: 'a.ndjson' }), { openHouse: sceneHouse, digits })

async function firstDifference(log: string): Promise<readonly (string | undefined)[]> {
  const { difference } = await again(log)
  return [difference?.expected, difference?.got]
}

const record = (change: (record: Fields) => void) => (event: Fields) => change(event['record'] as Fields)

describe('the first difference is where', () => {
  test('the web server answered otherwise', async () => {
    const log = changed(
      shown,
      'pivot.debug',
      1,
      record((fields) => {
        const body = '<Response><Say>Closed.</Say></Response>'
        Object.assign(fields, { resp_body: body, resp_body_bytes: body.length })
      }),
    )
    expect(await firstDifference(log)).toEqual(['verb     Gather at 1:11', 'verb     Say at 1:11'])
  })

  test('the caller pressed something else', async () => {
    const log = changed(shown, 'digit.received', 2, (event) => (event['digit'] = '8'))
    expect(await firstDifference(log)).toEqual([
      'webhook  is asked POST https://bank.example/pin with Digits=4711',
      'webhook  is asked POST https://bank.example/pin with Digits=4811',
    ])
  })

  test('something took longer than it would', async () => {
    const log = later(shown, 'recording.started', 1, 2_000)
    expect(await firstDifference(log)).toEqual(['server   records after 2000 ms', 'server   records after 0 ms'])
  })

  test('the recording became longer', async () => {
    const log = changed(shown, 'recording.ended', 1, (event) => (event['durationMs'] = 7_000))
    expect(await firstDifference(log)).toEqual([
      'webhook  is asked POST https://bank.example/note with RecordingDuration=2',
      'webhook  is asked POST https://bank.example/note with RecordingDuration=7',
    ])
  })

  test('something else was heard', async () => {
    const log = changed(
      shown,
      'media.started',
      2,
      (event) => (event['media'] = { kind: 'stored', accountId: 'A1', id: 'x' }),
    )
    const { difference } = await again(log)
    expect(difference?.expected).toBe('caller   hears x')
    expect(difference?.got).toBe('caller   hears "Thank you."')
    expect(difference?.story).toContain('caller   presses 7')
    expect(log.split('\n')[(difference?.line ?? 0) - 1]).toContain('"id":"x"')
  })

  test('the callflow was another one', async () => {
    const log = changed(shown, 'callflow.read', 1, (event) => (event['flow'] = { module: 'hangup' }))
    expect(await firstDifference(log)).toEqual(['node     pivot', 'node     hangup'])
  })
})

describe('small delays are no difference', () => {
  test('as networks and machines have them', async () => {
    let seed = 7
    const jittered = shown.replaceAll(/"atMs":(\d+)/g, (_, ms: string) => {
      seed = (seed * 31) % 17
      return `"atMs":${Number(ms) + seed}`
    })
    let last = 0
    const ordered = jittered.replaceAll(
      /"atMs":(\d+)/g,
      (_, ms: string) => `"atMs":${(last = Math.max(last, Number(ms)))}`,
    )
    expect((await again(ordered)).difference).toBeUndefined()
  })

  test('as when sound is long in coming', async () => {
    expect((await again(later(shown, 'media.started', 2, 1_200))).difference).toBeUndefined()
    expect((await again(later(shown, 'leg.answered', 1, 900))).difference).toBeUndefined()
  })
})

describe('a log that hides what was pressed', () => {
  test('is replayed up to there, and says what to do', async () => {
    expect(hidden).not.toMatch(/4711/)
    const { stuck, story, difference } = await again(hidden)
    expect(difference).toBeUndefined()
    expect(stuck?.problem).toMatch(/hidden.*--digits.*PIVOT_LOG_PII=true/)
    expect(story.at(-1)).toBe('caller   hears "Your PIN, please."')
  })

  test('is replayed to the end with what was pressed', async () => {
    expect(await again(hidden, '4711#')).toMatchObject({ difference: undefined, stuck: undefined, isWhole: true })
  })
})

test('a call that nobody recorded the first question of is followed up to there', async () => {
  const log = shown
    .split('\n')
    .filter((line) => !line.includes('"pivot.debug"'))
    .join('\n')
  const { stuck, difference } = await again(log)
  expect(difference).toBeUndefined()
  expect(stuck?.problem).toContain('has no debug')
})

describe('a log that cannot be replayed says why', () => {
  const without = (type: string): string =>
    shown
      .split('\n')
      .filter((line) => !line.includes(`"${type}"`))
      .join('\n')
  const first = (): string => shown.split('\n')[0] ?? ''

  test.each([
    ['is no JSON', () => `${first()}\n{"type":}`, '2:9', /a value must be/],
    [
      'has an event without a number',
      () => '{"type":"leg.ringing","atMs":0,"callId":"C","accountId":"A"}',
      '1:/',
      /sequence/,
    ],
    [
      'has an event that is not whole',
      () => '{"type":"flow.started","number":7,"sequence":1,"atMs":0,"callId":"C","accountId":"A"}',
      '1:/number',
      /string/,
    ],
    ['has events left out', () => without('node.ended'), '', /missing: the call cannot be made again/],
    ['has another form', () => `{"pivot":"debug-log","version":2,"callId":"C","accountId":"A"}`, '1', /form 2, not 1/],
    ['is empty', () => '\n', '1', /holds no call/],
  ])('because it %s', async (_, log, at, problem) => {
    const failure = await again(log()).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'REPLAY_INVALID',
      details: { file: 'a.ndjson', problem: expect.stringMatching(problem) as string },
    })
    if (at !== '') expect(failure).toMatchObject({ details: { at } })
  })

  test('because it was made by an older version', async () => {
    const log = without('call.described')
      .split('\n')
      .filter((line) => line !== '')
    const renumbered = log.map((line, index) => line.replace(/"sequence":\d+/, `"sequence":${index + 1}`)).join('\n')
    await expect(again(renumbered)).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
      details: { problem: expect.stringContaining('older version') as string },
    })
  })

  test('because it was made by a newer version', async () => {
    await expect(again(shown.replace('"form":1', '"form":99'))).rejects.toMatchObject({
      details: { problem: expect.stringContaining('newer version') as string },
    })
  })
})

test('of several calls in a log the one that is asked for is made again', async () => {
  const other = shown.replaceAll('"callId":"C1"', '"callId":"C9"')
  const lines = [shown, other].map((log) => log.trimEnd().split('\n'))
  const mixed = (lines[0] ?? []).map((line, index) => `${line}\n${lines[1]?.[index] ?? ''}`).join('\n')
  expect(readLog(mixed, { file: 'a.ndjson' }).callId).toBe('C9')
  const call = readLog(mixed, { file: 'a.ndjson', callId: 'C1' })
  expect((await replay(call, { openHouse: sceneHouse })).difference).toBeUndefined()
  expect(() => readLog(mixed, { file: 'a.ndjson', callId: 'C2' })).toThrow(/holds no call/)
})

test('what was asked is recorded, and asked again, also when the caller hangs up meanwhile', async () => {
  const log = await logOf(`# Nobody waits that long.
flow     {"module":"pivot","data":{"voice_url":"https://bank.example/voice","debug":true}}
webhook  is silent
caller   dials 2030
after    800 ms
caller   hangs up
`)
  expect(log).toMatch(/"iteration":1,"uri":"https:\/\/bank.example\/voice.*"code":"CALL_GONE","fault":"caller"/)
  expect(await again(log)).toMatchObject({ difference: undefined, stuck: undefined, isWhole: true })
  const moved = log.replace('"uri":"https://bank.example/voice', '"uri":"https://bank.example/other')
  expect((await again(moved)).difference?.expected).toBe('webhook  is asked GET https://bank.example/other')
})
