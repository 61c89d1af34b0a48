import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { callCommand } from './call.ts'

let folder = ''
let server: Server
let url = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-call-'))
  server = createServer((request, response) => {
    const answer = request.url?.startsWith('/choice')
      ? { module: 'play', data: { id: 'goodbye' } }
      : {
          module: 'collect_dtmf',
          data: { max_digits: 1, timeout: 5_000 },
          children: { _: { module: 'pivot', data: { voice_url: `${url}/choice` } } },
        }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  const flow = { module: 'pivot', data: { voice_url: `${url}/voice` } }
  await write('documents.json', JSON.stringify({ callflows: [{ id: 'c1', numbers: ['2030'], flow }] }))
})

afterEach(async () => {
  server.close()
  server.closeAllConnections()
  await rm(folder, { recursive: true })
})

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text)

async function call(...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const io = { env: {}, folder, out: (line: string) => out.push(line), err: (line: string) => err.push(line) }
  const exitCode = await callCommand.run(args, io)
  return { exitCode, out, err }
}

const transcript = `# A welcome.
flow     {"module":"play","data":{"id":"welcome"}}
caller   dials 100
server   answers
caller   hears welcome
server   hangs up NORMAL_CLEARING
`

describe('pivot call FILE', () => {
  test('performs a transcript and tells it', async () => {
    await write('a.call', transcript)
    expect(await call('a.call')).toEqual({
      exitCode: 0,
      out: ['caller   dials 100', 'server   answers', 'caller   hears welcome', 'server   hangs up NORMAL_CLEARING'],
      err: [],
    })
  })

  test('shows the first difference', async () => {
    await write('a.call', transcript.replace('hears welcome', 'hears sorry'))
    const { exitCode, out } = await call('a.call')
    expect(exitCode).toBe(1)
    expect(out[0]).toContain(
      "a.call:5: not as written\nafter:\n  caller   dials 100\n  server   answers\n+ 'caller   hears sorry'",
    )
  })

  test('rewrites what is expected when asked to', async () => {
    await write('a.call', transcript.replace('hears welcome', 'hears sorry'))
    expect((await call('a.call', '--update')).out).toEqual(['a.call: rewritten'])
    expect(await readFile(join(folder, 'a.call'), 'utf8')).toBe(transcript)
    expect((await call('a.call', '--update')).out).toEqual(['a.call: is as it was'])
  })

  test('says which line it cannot read', async () => {
    await write('a.call', '# A call.\nrobot dials 100\n')
    const { exitCode, err } = await call('a.call')
    expect(exitCode).toBe(2)
    expect(err[0]).toContain('a.call:2: TRANSCRIPT_INVALID')
  })

  test('says that there is no such file, and how it is called', async () => {
    expect(await call('nowhere.call')).toMatchObject({
      exitCode: 2,
      err: ['pivot call: there is no file nowhere.call'],
    })
    expect((await call()).exitCode).toBe(2)
  })
})

describe('pivot call --to', () => {
  test('asks the real web server and tells the call as a transcript that can be performed', async () => {
    const { exitCode, out } = await call('--to', '2030', '--documents', '.', '--from', '+15551230009', '--press', '1')
    expect(exitCode).toBe(0)
    expect(out.slice(2, 5)).toEqual([
      'caller   dials 2030 from +15551230009',
      'server   rings',
      `webhook  is asked GET ${url}/voice`,
    ])
    expect(out.slice(6)).toEqual([
      'server   answers',
      'caller   presses 1',
      `webhook  is asked GET ${url}/choice`,
      'webhook  says 200 application/json {"module":"play","data":{"id":"goodbye"}}',
      'caller   hears goodbye',
      'server   hangs up NORMAL_CLEARING',
    ])
    await write('told.call', `${out.join('\n')}\n`)
    expect((await call('told.call')).exitCode).toBe(0)
  })

  test('tells events as JSON', async () => {
    const { out } = await call('--to', '2030', '--documents', '.', '--json')
    const events = out.map((line) => (JSON.parse(line) as { type: string }).type)
    expect(events[0]).toBe('leg.ringing')
    expect(events.at(-1)).toBe('leg.ended')
    expect(events).toContain('pivot.answered')
  })

  test('says with its exit code that nobody answers', async () => {
    const { exitCode, out } = await call('--to', '999', '--documents', '.')
    expect(exitCode).toBe(1)
    expect(out.at(-1)).toBe('server   rejects 404')
  })
})
