import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { memoryApi, type MemoryApi } from '../../../test/support/memory-api.ts'
import { toGregorian } from '../paging.ts'
import { allCollections } from './index.ts'

let api: MemoryApi
beforeAll(async () => {
  api = await memoryApi()
})
beforeEach(() => api.reset())

const devices = '/v2/accounts/A1/devices'
const callflows = '/v2/accounts/A1/callflows'
const users = '/v2/accounts/A1/users'

describe('every collection', () => {
  test.each(allCollections.map((rules) => [rules.collection, rules] as const))(
    '%s',
    async (collection, { example }) => {
      const url = `/v2/accounts/A1/${collection}`
      const added = await api.ask(`PUT ${url}`, { data: { ...example, unknown_field: { kept: [1, null] } } })
      expect(added.status, added.text).toBe(201)
      const { id } = added.data as { id: string }
      expect(id).toMatch(/^[0-9a-f]{32}$/)
      expect(added.headers['etag']).toBe(`"${String(added.body['revision'])}"`)

      const read = await api.ask(`GET ${url}/${id}`)
      const now = toGregorian(api.clock.now())
      expect(read.body).toMatchObject({
        status: 'success',
        revision: added.body['revision'],
        node: 'node-1',
        version: '1.2.3',
      })
      expect(read.data).toMatchObject({
        id,
        unknown_field: { kept: [1, null] },
        _read_only: { created: now, modified: now },
      })
      expect((await api.ask(`GET ${url}`)).body).toMatchObject({ page_size: 1, data: [{ id }] })

      await api.clock.advance(5_000)
      const patched = await api.ask(`PATCH ${url}/${id}`, { data: { unknown_field: { more: true, kept: null } } })
      expect(patched.data).toMatchObject({
        unknown_field: { more: true },
        _read_only: { created: now, modified: now + 5 },
      })
      expect(patched.data).not.toHaveProperty('unknown_field.kept')
      const replaced = await api.ask(`POST ${url}/${id}`, { data: example })
      expect([replaced.status, replaced.data]).toMatchObject([200, { id }])
      expect(replaced.data).not.toHaveProperty('unknown_field')

      const removed = await api.ask(`DELETE ${url}/${id}`)
      expect([removed.status, removed.data]).toMatchObject([200, { id }])
      expect((await api.ask(`GET ${url}/${id}`)).body).toMatchObject({ error: '404', message: 'bad_identifier' })
      expect((await api.ask(`GET ${url}`)).data).toEqual([])
    },
  )
})

test('a document of another account is not there, even for who reaches both', async () => {
  const { data } = await api.ask(`PUT ${devices}`, { data: { name: 'Desk' } })
  const { id } = data as { id: string }
  for (const method of ['GET', 'PATCH', 'POST', 'DELETE']) {
    const told = await api.ask(`${method} /v2/accounts/A1.1/devices/${id}`, { data: { name: 'Mine' } })
    expect([method, told.status]).toEqual([method, 404])
  }
  expect((await api.ask(`GET ${devices}/${id}`)).status).toBe(200)
})

test('documents keep the ids that they come with, each once', async () => {
  expect((await api.ask(`PUT ${devices}`, { data: { id: 'desk.1', name: 'Desk' } })).data).toMatchObject({
    id: 'desk.1',
  })
  expect((await api.ask(`PUT ${devices}`, { data: { id: 'desk.1', name: 'Desk' } })).body).toMatchObject({
    error: '409',
  })
  expect((await api.ask(`PUT ${devices}`, { data: { id: '../x', name: 'Desk' } })).data).toHaveProperty('id.pattern')
})

test('what is ours cannot be written', async () => {
  const data = { name: 'Desk', pvt_tree: ['A1'], _read_only: { created: 1 }, _rev: '9' }
  const added = await api.ask(`PUT ${devices}`, { data })
  expect(added.data).not.toHaveProperty('pvt_tree')
  const { id } = added.data as { id: string }
  expect((await api.documents.find('A1', 'devices', id))?.document).toEqual({
    ...(added.data as object),
    _read_only: undefined,
  })
  await api.ask('PATCH /v2/accounts/A1.1', { data: { pvt_tree: [], name: 'Below' } })
  expect((await api.documents.find('A1.1', 'accounts', 'A1.1'))?.document).toMatchObject({ pvt_tree: ['A1'] })
})

describe('somebody else was faster', () => {
  test('If-Match says which revision is meant', async () => {
    const added = await api.ask(`PUT ${devices}`, { data: { id: 'd', name: 'Desk' } })
    const tag = String(added.headers['etag'])
    const first = await api.ask(`POST ${devices}/d`, { data: { name: 'One' }, headers: { 'if-match': tag } })
    expect(first.status).toBe(200)
    for (const method of ['POST', 'PATCH', 'DELETE']) {
      const late = await api.ask(`${method} ${devices}/d`, { data: { name: 'Two' }, headers: { 'if-match': tag } })
      expect([method, late.status, late.data]).toMatchObject([method, 412, { revision: first.body['revision'] }])
    }
    expect((await api.ask(`DELETE ${devices}/d`, { headers: { 'if-match': '*' } })).status).toBe(200)
  })

  test('If-None-Match asks for what is new only', async () => {
    const { headers } = await api.ask(`PUT ${devices}`, { data: { id: 'd', name: 'Desk' } })
    const known = { 'if-none-match': `"x", ${String(headers['etag'])}` }
    const same = await api.ask(`GET ${devices}/d`, { headers: known })
    expect([same.status, same.text]).toEqual([304, ''])
    await api.ask(`PATCH ${devices}/d`, { data: { name: 'Other' } })
    expect((await api.ask(`GET ${devices}/d`, { headers: known })).status).toBe(200)
  })

  test('patches at the same time are all kept', async () => {
    await api.ask(`PUT ${devices}`, { data: { id: 'd', name: 'Desk' } })
    const fields = Array.from({ length: 20 }, (_, index) => `field_${index}`)
    await Promise.all(fields.map((field) => api.ask(`PATCH ${devices}/d`, { data: { [field]: true } })))
    expect((await api.ask(`GET ${devices}/d`)).data).toMatchObject(
      Object.fromEntries(fields.map((field) => [field, true])),
    )
  })
})

describe('a list', () => {
  beforeEach(async () => {
    for (const [id, owner] of [
      ['a', 'u1'],
      ['b', 'u2'],
      ['c', 'u1'],
      ['d', undefined],
      ['e', 'u1'],
    ] as const) {
      await api.ask(`PUT ${devices}`, {
        data: { id, name: `Phone ${id}`, owner_id: owner, sip: { username: `phone-${id}` } },
      })
      await api.clock.advance(10_000)
    }
  })
  const ids = async (query: string): Promise<string> =>
    ((await api.ask(`GET ${devices}?${query}`)).data as { id: string }[]).map(({ id }) => id).join('')

  test('is told in pages', async () => {
    const first = await api.ask(`GET ${devices}?page_size=2`)
    expect(first.body).toMatchObject({ page_size: 2, next_start_key: 'c', data: [{ id: 'a' }, { id: 'b' }] })
    const last = await api.ask(`GET ${devices}?page_size=3&start_key=c`)
    expect(last.body).toMatchObject({ page_size: 3, start_key: 'c', data: [{ id: 'c' }, { id: 'd' }, { id: 'e' }] })
    expect(last.body).not.toHaveProperty('next_start_key')
    expect(await ids('page_size=2&paginate=false')).toBe('abcde')
    expect((await api.ask(`GET ${devices}?page_size=0`)).data).toHaveProperty('page_size.minimum')
  })

  test.each([
    ['filter_owner_id=u1', 'ace'],
    ['filter_not_owner_id=u1', 'bd'],
    ['filter_sip.username=phone-b', 'b'],
    ['has_key=owner_id', 'abce'],
    ['key_missing=owner_id', 'd'],
    ['filter_owner_id=u1&filter_name=Phone%20c', 'c'],
    ['filter_owner_id=u1&page_size=2', 'ac'],
    ['filter_owner_id=u1&page_size=2&start_key=e', 'e'],
    ['filter_sip.password=x', ''],
  ])('is narrowed by %s', async (query, wanted) => {
    expect(await ids(query)).toBe(wanted)
  })

  test('is narrowed by when documents were made', async () => {
    const start = toGregorian(api.clock.now() - 50_000)
    expect(await ids(`created_from=${start + 10}&created_to=${start + 30}`)).toBe('bcd')
  })

  test('tells the fields that are asked for', async () => {
    const { data } = await api.ask(`GET ${devices}?fields=name,sip.username&page_size=1`)
    expect(data).toEqual([{ id: 'a', name: 'Phone a', 'sip.username': 'phone-a' }])
  })

  test('tells the fields that KAZOO lists', async () => {
    const { data } = await api.ask(`GET ${devices}?page_size=1`)
    expect(data).toEqual([expect.objectContaining({ id: 'a', name: 'Phone a', owner_id: 'u1', username: 'phone-a' })])
    expect(data[0]).not.toHaveProperty('sip')
  })
})

describe('a callflow', () => {
  const flow = { module: 'play', data: { id: 'welcome' }, children: {} }

  test('has its numbers normalized', async () => {
    const added = await api.ask(`PUT ${callflows}`, {
      data: { numbers: ['(415) 555-2671', '2030', '*97', 'no_match'], flow },
    })
    expect(added.data).toMatchObject({ numbers: ['+14155552671', '2030', '*97', 'no_match'] })
  })

  test('is checked node by node, with the path of what is wrong', async () => {
    const data = {
      numbers: ['100'],
      flow: { module: 'tts', data: {}, children: { _: { module: 'sleep', data: { duration: 'long' }, children: {} } } },
    }
    const told = await api.ask(`PUT ${callflows}`, { data })
    expect(told.body).toMatchObject({ error: '400', message: 'validation error', status: 'error' })
    expect(told.data).toEqual({
      'flow.data.text': { required: { message: 'Field is required but missing', pointer: '/flow/data/text' } },
      'flow.children._.data.duration': {
        invalid: { message: 'must be integer', pointer: '/flow/children/_/data/duration' },
      },
    })
  })

  test('may hold actions that we do not know, as KAZOO has more of them', async () => {
    const data = { numbers: ['100'], flow: { module: 'acdc_member', data: { id: 'q' }, children: { _: flow } } }
    expect((await api.ask(`PUT ${callflows}`, { data })).status).toBe(201)
  })

  test.each([
    ['no number and no pattern', { flow }, 'numbers.required'],
    ['no flow', { numbers: ['1'] }, 'flow.required'],
    ['a flow without a module', { numbers: ['1'], flow: {} }, ['flow.module', 'required']],
    ['a number too long', { numbers: ['1'.repeat(37)], flow }, ['numbers.0', 'maxLength']],
    ['a pattern that is none', { patterns: ['('], flow }, ['patterns.0', 'format']],
  ])('with %s is refused', async (_, data, path) => {
    const told = await api.ask(`PUT ${callflows}`, { data })
    expect([told.status, told.data]).toMatchObject([400, {}])
    expect(told.data).toHaveProperty(path)
  })

  test('has numbers and patterns of its own in its account', async () => {
    await api.ask(`PUT ${callflows}`, { data: { id: 'first', numbers: ['4155552671'], patterns: ['^1$'], flow } })
    const second = await api.ask(`PUT ${callflows}`, {
      data: { numbers: ['9', '+14155552671'], patterns: ['^1$'], flow },
    })
    expect(second.data).toMatchObject({
      'numbers.1': { unique: { message: '+14155552671 exists in callflow first', value: '+14155552671' } },
      'patterns.0': { unique: {} },
    })
    const elsewhere = { data: { numbers: ['4155552671'], flow } }
    expect((await api.ask('PUT /v2/accounts/A2/callflows', elsewhere)).status).toBe(201)
    expect((await api.ask(`PATCH ${callflows}/first`, { data: { name: 'Still mine' } })).status).toBe(200)
  })

  test('asked for twice at once is made once', async () => {
    const both = await Promise.all([1, 2].map(() => api.ask(`PUT ${callflows}`, { data: { numbers: ['100'], flow } })))
    expect(both.map(({ status }) => status).sort()).toEqual([201, 400])
  })
})

describe('secrets', () => {
  test('the password of a device is told to who may change it, and to nobody else', async () => {
    const data = { id: 'd', name: 'Desk', sip: { username: 'desk', password: 'correct-horse' } }
    await api.ask(`PUT ${devices}`, { data })
    expect((await api.ask(`GET ${devices}/d`)).data).toMatchObject({ sip: { password: 'correct-horse' } })
    const token = await api.token('A1', 'read')
    const read = [
      await api.ask(`GET ${devices}/d`, { token }),
      await api.ask(`GET ${devices}?fields=sip,sip.password`, { token }),
    ]
    expect(read.map(({ status }) => status)).toEqual([200, 200])
    for (const { text } of read) expect(text).not.toContain('correct-horse')
  })

  test('SIP names are unique in their realm', async () => {
    await api.ask(`PUT ${devices}`, { data: { name: 'One', sip: { username: 'Desk' } } })
    const twin = await api.ask(`PUT ${devices}`, { data: { name: 'Two', sip: { username: 'desk' } } })
    expect(twin.data).toHaveProperty(['sip.username', 'unique'])
    const other = await api.ask(`PUT ${devices}`, {
      data: { name: 'Three', sip: { username: 'desk', realm: 'x.example' } },
    })
    expect(other.status).toBe(201)
  })

  test('the passwords of gateways are told to who may change them, and to nobody else', async () => {
    const data = { id: 'r', name: 'Carrier', gateways: [{ server: 'one.example', password: 'correct-horse' }] }
    const resources = '/v2/accounts/A1/resources'
    await api.ask(`PUT ${resources}`, { data })
    expect((await api.ask(`GET ${resources}/r`)).data).toMatchObject(data)
    const token = await api.token('A1', 'read')
    const { data: shown } = await api.ask(`GET ${resources}/r`, { token })
    expect(shown).toMatchObject({ gateways: [{ server: 'one.example' }] })
    expect(JSON.stringify(shown)).not.toContain('correct-horse')
  })

  test('the password of a user is kept by nobody and told to nobody', async () => {
    const person = { first_name: 'Ada', last_name: 'Byron', username: 'Ada' }
    const added = await api.ask(`PUT ${users}`, { data: { ...person, id: 'ada', password: 'analytical' } })
    expect(added.data).toMatchObject({ id: 'ada', username: 'ada' })
    const kept = JSON.stringify(await api.documents.find('A1', 'users', 'ada'))
    expect(kept).toContain('pvt_credentials')
    for (const text of [added.text, kept, (await api.ask(`GET ${users}/ada`)).text])
      expect(text).not.toContain('analytical')
    expect(added.text).not.toContain('pvt_')

    await api.ask(`PATCH ${users}/ada`, { data: { first_name: 'Augusta' } })
    expect((await api.documents.find('A1', 'users', 'ada'))?.document).toHaveProperty('pvt_credentials')
    expect((await api.ask(`PATCH ${users}/ada`, { data: { username: 'augusta' } })).data).toHaveProperty(
      'password.required',
    )
    expect((await api.ask(`PUT ${users}`, { data: { ...person, password: 'other secret' } })).data).toHaveProperty(
      'username.unique',
    )
    expect((await api.ask(`PATCH ${users}/ada`, { data: { password: 'short' } })).data).toHaveProperty(
      'password.minLength',
    )
  })
})

describe('accounts', () => {
  test('are made below others, and are reached from above', async () => {
    const added = await api.ask('PUT /v2/accounts/A1.1', {
      data: { id: 'A1.1.1', name: 'Deep', realm: 'Deep.Example' },
    })
    expect([added.status, added.data]).toMatchObject([201, { id: 'A1.1.1', realm: 'deep.example' }])
    const token = await api.token('A1.1', 'admin')
    expect((await api.ask('GET /v2/accounts/A1.1.1/devices', { token })).status).toBe(200)
    expect((await api.ask('GET /v2/accounts/A1', { token })).status).toBe(403)
    const ids = async (path: string): Promise<string[]> =>
      ((await api.ask(`GET /v2/accounts/${path}`)).data as { id: string }[]).map(({ id }) => id)
    expect(await ids('A1/children')).toEqual(['A1.1'])
    expect(await ids('A1/descendants')).toEqual(['A1.1', 'A1.1.1'])
    expect(await ids('A1.1.1/tree')).toEqual(['A1', 'A1.1'])
    expect(await ids('A1.1.1/parents')).toEqual(['A1', 'A1.1'])
    await api.ask('PUT /v2/accounts/A1.1', { data: { id: 'other', name: 'Other' } })
    expect(await ids('A1.1.1/siblings')).toEqual(['other'])
    const seen = (await api.ask('GET /v2/accounts/A1.1.1/tree', { token })).data as { id: string }[]
    expect(seen.map(({ id }) => id)).toEqual(['A1.1'])
  })

  test('have a realm of their own', async () => {
    const told = await api.ask('PUT /v2/accounts', { data: { name: 'Thief', realm: 'TWO.example' } })
    expect(told.data).toHaveProperty('realm.unique')
    expect((await api.ask('PUT /v2/accounts', { data: {} })).data).toHaveProperty('name.required')
    expect((await api.ask('PATCH /v2/accounts/A2', { data: { realm: 'two.example', name: '2' } })).status).toBe(200)
  })

  test('go with everything they have, but not from under others', async () => {
    await api.ask('PUT /v2/accounts/A1.1', { data: { id: 'deep', name: 'Deep' } })
    await api.ask('PUT /v2/accounts/deep/devices', { data: { id: 'd', name: 'Desk' } })
    await api.files.put('media/deep/m/a.wav', new Uint8Array(1), 'audio/wav')
    expect((await api.ask('DELETE /v2/accounts/A1.1')).data).toHaveProperty('data.account_has_descendants')
    const own = { token: await api.token('deep', 'admin') }
    expect((await api.ask('DELETE /v2/accounts/deep', own)).status).toBe(403)
    expect((await api.ask('DELETE /v2/accounts/deep')).status).toBe(200)
    expect(await api.documents.find('deep', 'devices', 'd')).toBeUndefined()
    expect([...api.files.kept.keys()]).toEqual([])
    expect((await api.ask('GET /v2/accounts/deep')).status).toBe(404)
  })
})

test('the entries of a list are added, changed and removed one by one', async () => {
  await api.ask('PUT /v2/accounts/A1/lists', { data: { id: 'l', name: 'Unwanted' } })
  const url = '/v2/accounts/A1/lists/l/entries'
  const { data } = await api.ask(`PUT ${url}`, { data: { number: '+15551230009' } })
  const { id } = data as { id: string }
  expect((await api.ask(`PATCH ${url}/${id}`, { data: { displayname: 'X' } })).data).toEqual({
    id,
    number: '+15551230009',
    displayname: 'X',
  })
  expect((await api.ask(`POST ${url}/${id}`, { data: { number: '1' } })).data).toEqual({ id, number: '1' })
  expect((await api.ask(`GET ${url}`)).data).toEqual([{ id, number: '1' }])
  expect((await api.ask(`DELETE ${url}/${id}`)).status).toBe(200)
  expect((await api.ask(`GET ${url}/${id}`)).status).toBe(404)
  await api.ask(`PUT ${url}`, { data: {} })
  await api.ask(`DELETE ${url}`)
  expect((await api.ask(`GET ${url}`)).data).toEqual([])
})

test('whatever is sent, it is kept or refused, and never breaks anything', async () => {
  const urls = allCollections.map(({ collection }) => `/v2/accounts/A1/${collection}`)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...urls),
      fc.dictionary(
        fc.constantFrom('id', 'name', 'numbers', 'flow', 'sip', 'username', 'entries', 'x'),
        fc.jsonValue(),
      ),
      async (url, data) => {
        const told = await api.ask(`PUT ${url}`, { data })
        expect([201, 400, 409]).toContain(told.status)
        if (told.status !== 201) return
        const { id } = told.data as { id: string }
        expect((await api.ask(`PATCH ${url}/${encodeURIComponent(id)}`, { data })).status).toBe(200)
      },
    ),
    { numRuns: 60 },
  )
})
