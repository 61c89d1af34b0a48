import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { memoryApi } from '../../test/support/memory-api.ts'
import { accountParams, defineRoute } from './route.ts'

const upload = defineRoute({
  method: 'PUT',
  url: '/v2/accounts/:accountId/sounds',
  summary: 'A sound.',
  source: 'ours',
  scope: 'admin',
  params: accountParams(),
  upload: { mostBytes: 10, contentTypes: ['audio/*'] },
  answer: Type.Object({}),
  run: async ({ upload: sent }) => ({ data: { type: sent?.contentType, length: sent?.content.length } }),
})

const stream = defineRoute({
  method: 'GET',
  url: '/v2/stream',
  summary: 'A stream.',
  source: 'ours',
  scope: 'read',
  params: Type.Object({}),
  answer: Type.String(),
  produces: ['text/plain'],
  run: async () => ({ raw: Readable.from(['a', 'b']), contentType: 'text/plain' }),
})

const slow = defineRoute({
  method: 'GET',
  url: '/v2/slow',
  summary: 'Never.',
  source: 'ours',
  scope: 'read',
  params: Type.Object({}),
  answer: Type.Object({}),
  run: () => new Promise(() => undefined),
})

const broken = defineRoute({
  ...slow,
  url: '/v2/broken',
  run: async () => {
    throw new TypeError('a secret of ours')
  },
})

const small = () => memoryApi({}, { routes: [upload, stream, slow, broken] })

test('a method that a path does not have is answered with those it has', async () => {
  const { ask } = await small()
  const told = await ask('PATCH /v2/accounts/A1/sounds')
  expect([told.status, told.headers['allow'], told.body['message']]).toEqual([405, 'PUT', 'invalid_method'])
  expect((await ask('GET /v2/nothing')).body).toMatchObject({ error: '404', message: 'not_found', status: 'error' })
})

test('bytes are taken by routes that want them, of types that they want, up to their limit', async () => {
  const { ask } = await small()
  const put = (payload: string, type: string) =>
    ask('PUT /v2/accounts/A1/sounds', { payload: Buffer.from(payload), headers: { 'content-type': type } })
  expect((await put('sound', 'audio/MPEG; q=1')).data).toEqual({ type: 'audio/mpeg', length: 5 })
  expect((await put('sound', 'text/html')).status).toBe(415)
  expect((await put('more than ten bytes', 'audio/wav')).status).toBe(413)
})

test('what is not in an envelope is sent as it is', async () => {
  const { ask } = await small()
  const told = await ask('GET /v2/stream')
  expect([told.text, told.headers['content-type']]).toEqual(['ab', 'text/plain'])
})

test('nobody waits for ever, and what is wrong with us is nobody else’s', async () => {
  const { ask, clock } = await small()
  const waiting = ask('GET /v2/slow')
  const broke = await ask('GET /v2/broken')
  expect([broke.status, broke.data]).toEqual([500, {}])
  expect(broke.text).not.toContain('secret')
  await clock.advance(30_000)
  expect((await waiting).status).toBe(503)
})

test('a bearer token is as good as X-Auth-Token; a token in the address is none', async () => {
  const { ask, token } = await small()
  const bearer = { authorization: `Bearer ${await token('A1', 'read')}` }
  expect((await ask('GET /v2/stream', { token: '', headers: bearer })).status).toBe(200)
  expect((await ask(`GET /v2/stream?auth_token=${await token('A1', 'read')}`, { token: '' })).status).toBe(401)
})

test('a token that asks too often has to wait', async () => {
  const { ask } = await memoryApi({}, { routes: [stream], mostRequestsPerMinute: 3 })
  for (let time = 0; time < 3; time++) expect((await ask('GET /v2/stream')).status).toBe(200)
  const told = await ask('GET /v2/stream')
  expect([told.status, told.body['message']]).toEqual([429, 'too_many_requests'])
  expect(Number(told.headers['retry-after'])).toBeGreaterThan(0)
})

test('pages of other origins may use the API only when they are listed', async () => {
  const { ask } = await memoryApi({}, { routes: [stream], corsOrigins: ['https://app.example'] })
  const preflight = (origin: string) =>
    ask('OPTIONS /v2/stream', { token: '', headers: { origin, 'access-control-request-method': 'GET' } })
  const allowed = await preflight('https://app.example')
  expect([allowed.status, allowed.headers['access-control-allow-origin']]).toEqual([204, 'https://app.example'])
  const refused = await preflight('https://evil.example')
  expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([405, undefined])
  const told = await ask('GET /v2/stream', { headers: { origin: 'https://app.example' } })
  expect(told.headers).toMatchObject({ vary: 'Origin', 'access-control-allow-origin': 'https://app.example' })
})
