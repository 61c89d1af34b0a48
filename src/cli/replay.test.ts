import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sceneHouse } from '../house.ts'
import { keepable } from '../pivot/index.ts'
import { perform, readTranscript } from '../transcript/index.ts'
import { replayCommand } from './replay.ts'

const transcript = `# Two questions, one of each kind.
account  {"secret":"s3cret"}
flow     {"module":"pivot","data":{"voice_url":"https://shop.example/voice?shop=7","debug":true}}
webhook  says {"module":"collect_dtmf","data":{"max_digits":1},"children":{"_":{"module":"pivot","data":{"voice_url":"https://shop.example/choice","method":"post","req_format":"twiml","debug":true}}}}
webhook  says <Response><Say voice="alice">Thank you.</Say></Response>
caller   dials 100
server   answers
caller   presses 1
caller   hears "Thank you."
server   hangs up
`

let folder = ''
let server: Server
let url = ''
let asked: { readonly request: IncomingMessage; readonly body: string }[] = []
let answers: { readonly type: string; readonly body: string }[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-replay-'))
  const { events } = await perform(readTranscript(transcript), sceneHouse)
  const log = (showPersonal: boolean): string =>
    events.map((event) => `${JSON.stringify(keepable(event, { showPersonal }))}\n`).join('')
  await writeFile(join(folder, 'log.ndjson'), log(true))
  await writeFile(join(folder, 'hidden.ndjson'), log(false))
  asked = []
  answers = events
    .flatMap((event) => (event.type === 'pivot.debug' ? [event.record as Record<string, string>] : []))
    .map(({ resp_body: body = '' }) => ({ type: body.startsWith('<') ? 'application/xml' : 'application/json', body }))
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      asked.push({ request, body })
      const { type, body: text } = answers.shift() ?? { type: 'text/plain', body: '' }
      response.setHeader('content-type', type)
      response.end(text)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
})

afterEach(async () => {
  server.close()
  server.closeAllConnections()
  await rm(folder, { recursive: true })
})

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const out: string[] = []
  const err: string[] = []
  const io = { env, folder, out: (line: string) => out.push(line), err: (line: string) => err.push(line) }
  return { exitCode: await replayCommand.run(args, io), out, err }
}

describe('pivot replay LOG', () => {
  test('makes the call again and tells it', async () => {
    const { exitCode, out, err } = await run(['log.ndjson'])
    expect(err).toEqual([])
    expect(exitCode).toBe(0)
    expect(out).toContain('caller   presses 1')
    expect(out.at(-1)).toBe('server   hangs up NORMAL_CLEARING (200)')
  })

  test('says what to do about hidden digits, and takes them', async () => {
    const { exitCode, err } = await run(['hidden.ndjson'])
    expect(exitCode).toBe(2)
    expect(err[0]).toMatch(/^hidden.ndjson:\d+: the replay cannot go on: .*--digits/)
    expect((await run(['hidden.ndjson', '--digits', '1'])).exitCode).toBe(0)
  })

  test('tells the outcome as JSON', async () => {
    const { out } = await run(['log.ndjson', '--json'])
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ callId: 'C1', isWhole: true })
  })

  test('writes a transcript that goes as written', async () => {
    const { exitCode, out } = await run(['hidden.ndjson', '--to-call', '--digits', '1'])
    expect(exitCode).toBe(0)
    const { difference } = await perform(readTranscript(out.join('\n')), sceneHouse)
    expect(difference).toBeUndefined()
    expect((await run(['hidden.ndjson', '--to-call'])).exitCode).toBe(2)
  })

  test.each([
    [['nowhere.ndjson'], /no file/],
    [[], /one debug log/],
    [['log.ndjson', '--call', 'C7'], /log.ndjson:1: REPLAY_INVALID holds no call "C7"/],
    [['log.ndjson', '--digits', 'x'], /--digits/],
    [['log.ndjson', '--against', 'shop'], /--against/],
  ])('refuses %j', async (args, problem) => {
    const { exitCode, err } = await run(args)
    expect(exitCode).toBe(2)
    expect(err[0]).toMatch(problem)
  })
})

describe('pivot replay LOG --against URL', () => {
  test('sends the recorded requests there, signed anew', async () => {
    const { exitCode, out } = await run(['log.ndjson', '--against', url], { PIVOT_SECRET: 'new' })
    expect(out.at(-1)).toBe('2 sent, no answer differs')
    expect(exitCode).toBe(0)
    const [first, second] = asked
    expect(first?.request.url).toMatch(/^\/voice\?shop=7&Account-ID=A1/)
    expect(first?.request.headers['x-pivot-signature']).toMatch(/^t=\d+,v1=/)
    expect(second?.request.method).toBe('POST')
    expect(second?.request.headers['x-twilio-signature']).toMatch(/=$/)
    expect(second?.body).toContain('CallSid=C1')
  })

  test('shows where the answers differ, in what they mean', async () => {
    const [json, xml] = answers
    answers = [
      {
        type: 'application/json; charset=utf-8',
        body: (json?.body ?? '').replace('"max_digits":1', ' "max_digits": 2'),
      },
      { type: 'application/xml', body: '<Response>\n  <Say voice="bob">Thank\n you!</Say><Hangup/></Response>' },
    ]
    expect(xml?.body).toContain('alice')
    const { exitCode, out } = await run(['log.ndjson', '--against', url])
    expect(exitCode).toBe(1)
    expect(out.filter((line) => line.startsWith('  '))).toEqual([
      '  /data/max_digits\n  + 1\n  - 2',
      '  /Response/Say (2:3) voice\n  + alice\n  - bob',
      '  /Response/Say (2:3)\n  + Thank you.\n  - Thank you!',
      '  /Response (3:12)\n  + (nothing)\n  - <Hangup>',
    ])
    expect(out.at(-1)).toBe('2 sent, 2 answered otherwise')
    expect(asked.some(({ request }) => 'x-pivot-signature' in request.headers)).toBe(false)
  })

  test('keeps to the rules of where requests may go', async () => {
    const { exitCode, out } = await run(['log.ndjson', '--against', url, '--json'], { PIVOT_EGRESS: 'public' })
    expect(exitCode).toBe(1)
    expect(JSON.parse(out[0] ?? '')).toMatchObject({
      differences: [{ at: 'status', got: 'HTTP_FORBIDDEN_ADDRESS' }, {}, {}],
    })
    expect(asked).toEqual([])
  })
})
