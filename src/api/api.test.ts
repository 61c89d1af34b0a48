import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import type { CallEvent, CallFact } from '../call/index.ts'
import { newApi, newMetrics, openApiKey, type ApiOptions } from './index.ts'

const folder = (): string => mkdtempSync(join(tmpdir(), 'pivot-api-'))

const api = (options: Partial<ApiOptions> = {}): ReturnType<typeof newApi> =>
  newApi({
    metrics: newMetrics(),
    metricsKey: undefined,
    recordings: { find: () => Promise.resolve(undefined) },
    notReady: () => undefined,
    clock: new VirtualClock(),
    log: silentLog,
    ...options,
  })

const events = (callId: string, ...facts: CallFact[]): CallEvent[] =>
  facts.map((fact, index) => ({ ...fact, callId, accountId: 'demo', sequence: index + 1, atMs: 1000 * index }))

test('the server is healthy as long as it answers, and ready while it takes calls', async () => {
  let why: string | undefined = 'draining'
  const server = api({ notReady: () => why })

  expect((await server.inject('/healthz')).statusCode).toBe(200)
  const refused = await server.inject('/readyz')
  expect([refused.statusCode, refused.json()]).toEqual([503, { status: 'not ready', why: 'draining' }])
  why = undefined
  expect((await server.inject('/readyz')).statusCode).toBe(200)
})

test('metrics tell the story of calls in numbers', async () => {
  const metrics = newMetrics()
  const server = api({ metrics })
  const finished = events(
    'one',
    { type: 'leg.ringing' },
    { type: 'leg.answered' },
    { type: 'pivot.failed', url: 'u', iteration: 1, attempt: 1, code: 'HTTP_DNS', fault: 'webhook', details: {} },
    { type: 'leg.ended', by: 'caller', cause: 'NORMAL_CLEARING', sipStatus: 200 },
  )
  for (const event of [...finished, ...events('two', { type: 'leg.ringing' })])
    metrics.observe(event, { leg: { direction: 'inbound' } })

  const text = (await server.inject('/metrics')).payload
  expect(text).toContain('pivot_calls_live 1\n')
  expect(text).toContain('pivot_calls_total{ended_by="caller",cause="NORMAL_CLEARING"} 1')
  expect(text).toContain('pivot_failures_total{code="HTTP_DNS"} 1')
  expect(text).toContain('pivot_webhook_requests_total{result="HTTP_DNS"} 1')
  expect(text).toContain('pivot_call_setup_seconds_sum 1\n')
  expect(text).toContain('nodejs_eventloop_lag_seconds')
})

test('figures that a driver keeps are read when they are asked for', async () => {
  let packets = 1
  const metrics = newMetrics([
    { name: 'pivot_packets_total', help: 'Packets', read: () => packets },
    { name: 'pivot_ports', help: 'Ports', read: () => packets * 2 },
  ])

  expect(await metrics.text()).toContain('pivot_packets_total 1\n')
  packets = 5
  expect(await metrics.text()).toMatch(/pivot_packets_total 5\n[^]*pivot_ports 10\n/)
})

test('metrics ask for the key when others than this machine can reach them', async () => {
  const server = api({ metricsKey: await openApiKey(folder(), 'a key of many characters') })

  const refused = await server.inject('/metrics')
  expect([refused.statusCode, refused.json()]).toMatchObject([
    401,
    { status: 'error', error: '401', message: 'invalid_credentials' },
  ])
  const token = { 'x-auth-token': 'a key of many characters' }
  expect((await server.inject({ url: '/metrics', headers: token })).statusCode).toBe(200)
  const bearer = { authorization: 'Bearer a key of many characters' }
  expect((await server.inject({ url: '/metrics', headers: bearer })).statusCode).toBe(200)
})

test('what is not there is said as KAZOO says it, with the id of the request', async () => {
  const answer = await api().inject('/v2/accounts')

  expect(answer.statusCode).toBe(404)
  expect(answer.json()).toEqual({
    data: {},
    error: '404',
    message: 'not_found',
    status: 'error',
    timestamp: '1970-01-01T00:00:00.000Z',
    request_id: answer.headers['x-request-id'],
  })
  expect(answer.headers['x-content-type-options']).toBe('nosniff')
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
})

const id = '0123456789abcdef0123456789abcdef'

function withRecording(): { server: ReturnType<typeof newApi>; asked: string[] } {
  const path = join(folder(), `${id}.wav`)
  writeFileSync(path, '0123456789')
  const asked: string[] = []
  const find: ApiOptions['recordings']['find'] = async (name) => {
    asked.push(name)
    return name === `${id}.wav` ? { path, lengthBytes: 10, contentType: 'audio/wav' } : undefined
  }
  return { server: api({ recordings: { find } }), asked }
}

test('a recording is fetched by its unguessable name, whole or in part', async () => {
  const { server } = withRecording()
  const url = `/recordings/${id}.wav`

  const whole = await server.inject(url)
  expect([whole.statusCode, whole.payload, whole.headers['content-type']]).toEqual([200, '0123456789', 'audio/wav'])
  const part = await server.inject({ url, headers: { range: 'bytes=2-4' } })
  expect([part.statusCode, part.payload, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10'])
  const end = await server.inject({ url, headers: { range: 'bytes=-3' } })
  expect(end.payload).toBe('789')
  const beyond = await server.inject({ url, headers: { range: 'bytes=10-' } })
  expect([beyond.statusCode, beyond.headers['content-range']]).toEqual([416, 'bytes */10'])
})

test.each(['', '..%2f..%2fapi-key.sha256', 'abc', `${id}.exe`, `${id}.wav%00`, `%2e%2e/${id}.wav`])(
  'no other name reaches the disk: %j',
  async (name) => {
    const { server, asked } = withRecording()

    expect((await server.inject(`/recordings/${name}`)).statusCode).toBe(404)
    expect(asked).toEqual([])
  },
)
