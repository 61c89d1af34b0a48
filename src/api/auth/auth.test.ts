import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { memoryApi, operatorKey, type MemoryApi, type Told } from '../../../test/support/memory-api.ts'

let api: MemoryApi
beforeAll(async () => {
  api = await memoryApi()
  const ada = { first_name: 'Ada', last_name: 'Byron', username: 'Ada', password: 'analytical' }
  await api.ask('PUT /v2/accounts/A1/users', { data: { ...ada, id: 'ada', priv_level: 'admin' } })
  await api.ask('PUT /v2/accounts/A1/users', { data: { ...ada, id: 'bob', username: 'bob' } })
  await api.ask('PUT /v2/accounts/A1/users', { data: { ...ada, id: 'off', username: 'off', enabled: false } })
  const flow = { module: 'play', data: { id: 'welcome' } }
  await api.ask('PUT /v2/accounts/A1/callflows', { data: { numbers: ['4155552671'], flow } })
})

const hash = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex')
let address = 0
/** Each from another address, so that failures of one test do not count for the next. */
const logIn = (data: object): Promise<Told> =>
  api.ask('PUT /v2/user_auth', { data, token: '', remoteAddress: `192.0.2.${++address}` })
const md5 = (text: string): object => ({ credentials: hash('md5', text), account_name: 'One' })

describe('a user logs in as with KAZOO', () => {
  test.each([
    ['by the name of the account', { account_name: 'ONE' }],
    ['by its realm', { account_realm: 'one.example' }],
    ['by its realm, as older clients say', { realm: 'one.example' }],
    ['by a number of it', { phone_number: '+1 (415) 555-2671' }],
  ])('%s', async (_, account) => {
    const told = await logIn({ credentials: hash('md5', 'ada:analytical'), ...account })
    expect([told.status, told.data]).toMatchObject([201, { account_id: 'A1', account_name: 'One', owner_id: 'ada' }])
    const token = String(told.body['auth_token'])
    expect((await api.ask('GET /v2/accounts/A1/devices', { token })).status).toBe(200)
    expect((await api.ask('GET /v2/accounts/A2/devices', { token })).status).toBe(403)
  })

  test('with SHA-1 too, in capitals', async () => {
    const credentials = hash('sha1', 'bob:analytical').toUpperCase()
    const told = await logIn({ credentials, method: 'sha', account_name: 'One' })
    expect(told.data).toMatchObject({ owner_id: 'bob', scopes: ['read'] })
  })

  test('for an hour', async () => {
    const token = String((await logIn(md5('ada:analytical'))).body['auth_token'])
    await api.clock.advance(3_599_000)
    expect((await api.ask('GET /v2/auth/tokeninfo', { token })).data).toMatchObject({
      account_id: 'A1',
      owner_id: 'ada',
    })
    await api.clock.advance(1_000)
    expect((await api.ask('GET /v2/auth/tokeninfo', { token })).status).toBe(401)
  })

  test.each([
    ['a wrong password', md5('ada:wrong')],
    ['another account', { ...md5('ada:analytical'), account_name: 'Two' }],
    ['no such account', { ...md5('ada:analytical'), account_name: 'Nine' }],
    ['a user who is switched off', md5('off:analytical')],
    ['the hash that is kept', { credentials: 'f'.repeat(32), account_name: 'One' }],
  ])('not with %s', async (_, data) => {
    const told = await logIn(data)
    expect([told.status, told.body['message']]).toEqual([401, 'invalid_credentials'])
  })

  test('what is missing is said', async () => {
    expect((await logIn({ credentials: hash('md5', 'x') })).data).toHaveProperty('account_name.required')
    expect((await logIn({ credentials: 'x', account_name: 'One' })).data).toHaveProperty('credentials.pattern')
  })

  test('after ten failures the address has to wait', async () => {
    const guess = (): Promise<Told> =>
      api.ask('PUT /v2/user_auth', { data: md5('ada:wrong'), token: '', remoteAddress: '198.51.100.1' })
    for (let time = 0; time < 10; time++) await guess()
    const refused = await guess()
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60'])
  })

  test('a password that came with documents works, and is hashed when the user is next changed', async () => {
    api.documents.set('A2', 'users', { id: 'eve', username: 'Eve', password: 'imported' })
    const data = { credentials: hash('md5', 'eve:imported'), account_name: 'Two' }
    expect((await logIn(data)).status).toBe(201)
    expect((await api.ask('GET /v2/accounts/A2/users/eve')).text).not.toContain('imported')
    await api.ask('PATCH /v2/accounts/A2/users/eve', { data: { first_name: 'Eve', last_name: 'E', password: null } })
    expect(JSON.stringify(await api.documents.find('A2', 'users', 'eve'))).not.toContain('"imported"')
    expect((await logIn(data)).status).toBe(201)
  })
})

describe('an API key', () => {
  test('is exchanged for a token that can be ended', async () => {
    const told = await api.ask('PUT /v2/api_auth', { data: { api_key: operatorKey }, token: '' })
    expect(told.data).toMatchObject({ account_id: 'A1', is_reseller: true, scopes: ['system'] })
    const token = String(told.body['auth_token'])
    expect((await api.ask('GET /v2/accounts/A2', { token })).status).toBe(200)
    expect((await api.ask('DELETE /v2/auth', { token })).status).toBe(200)
    expect((await api.ask('GET /v2/accounts/A2', { token })).status).toBe(401)
    expect((await api.ask('DELETE /v2/auth')).status).toBe(403)
  })

  test('that nobody has is refused', async () => {
    expect((await api.ask('PUT /v2/api_auth', { data: { api_key: 'guess' }, token: '' })).status).toBe(401)
  })
})

test('tokens of an account are made, listed and ended', async () => {
  const url = '/v2/accounts/A2/api_tokens'
  const made = await api.ask(`PUT ${url}`, { data: { name: 'ci', scopes: ['read', 'calls'], expires_in: 60 } })
  const { token, id } = made.data as { token: string; id: string }
  expect((await api.ask('GET /v2/accounts/A2/devices', { token })).status).toBe(200)
  const list = await api.ask(`GET ${url}`)
  expect(list.text).not.toContain(token)
  expect(list.data).toContainEqual(expect.objectContaining({ id, name: 'ci', scopes: ['read', 'calls'] }))
  expect((await api.ask(`DELETE ${url}/${id}`)).status).toBe(200)
  expect((await api.ask('GET /v2/accounts/A2/devices', { token })).status).toBe(401)
  expect((await api.ask(`DELETE ${url}/${id}`)).status).toBe(404)
  expect((await api.ask(`PUT ${url}`, { data: { name: 'x', scopes: ['system'] } })).status).toBe(400)
})

test('schemas of actions and documents are there for everybody', async () => {
  const names = (await api.ask('GET /v2/schemas', { token: '' })).data as string[]
  expect(names).toEqual(expect.arrayContaining(['callflows', 'callflows.play', 'devices', 'webhooks']))
  for (const name of names)
    expect((await api.ask(`GET /v2/schemas/${name}`, { token: '' })).data).toMatchObject({ id: name })
  expect((await api.ask('GET /v2/schemas/callflows.play', { token: '' })).data).toHaveProperty('properties.id')
  expect((await api.ask('GET /v2/schemas/none', { token: '' })).status).toBe(404)
})
