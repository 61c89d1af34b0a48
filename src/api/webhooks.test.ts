import { expect, test } from 'vitest'
import { memoryApi } from '../../test/support/memory-api.ts'
import { MemoryRecords } from '../../test/support/memory-records.ts'
import { hookNames } from '../webhooks/index.ts'

test('anybody may read what webhooks are told, with samples', async () => {
  const { ask } = await memoryApi()
  const token = ''
  expect((await ask('GET /v2/webhooks', { token })).data).toContainEqual(
    expect.objectContaining({ id: 'object', modifiers: expect.anything() as unknown }),
  )
  const samples = (await ask('GET /v2/webhooks/samples', { token })).data as readonly string[]
  expect(samples).toEqual(hookNames.map((name) => `webhooks_${name}`))
  for (const sample of samples) expect((await ask(`GET /v2/webhooks/samples/${sample}`, { token })).status).toBe(200)
  const one = await ask('GET /v2/webhooks/samples/channel_destroy', { token })
  expect(one.data).toMatchObject([{ hook_event: 'channel_destroy', hangup_code: 'sip:200' }])
  expect((await ask('GET /v2/webhooks/samples/weather', { token })).status).toBe(404)
})

test('attempts are listed, of all webhooks or of one', async () => {
  const records = new MemoryRecords()
  for (const [id, hookId, accountId] of [
    ['t1', 'h1', 'A1'],
    ['t2', 'h2', 'A1'],
    ['t3', 'h3', 'A2'],
  ] as const) {
    records.tried.push({
      id,
      accountId,
      hookId,
      at: 1,
      result: 'failure',
      record: { hook_id: hookId, result: 'failure' },
    })
  }
  const { ask } = await memoryApi({ reader: records })
  const all = await ask('GET /v2/accounts/A1/webhooks/attempts')
  expect(all.data).toEqual([
    { id: 't1', hook_id: 'h1', result: 'failure' },
    { id: 't2', hook_id: 'h2', result: 'failure' },
  ])
  expect((await ask('GET /v2/accounts/A1/webhooks/h2/attempts')).data).toMatchObject([{ id: 't2' }])
  expect((await ask('GET /v2/accounts/A1/webhooks/attempts?page_size=1')).body).toMatchObject({ next_start_key: '1' })
})

async function withDisabled() {
  const api = await memoryApi()
  const disabled = { name: 'Calls', uri: 'https://shop.example/', hook: 'all', enabled: false }
  api.documents.set('A1', 'webhooks', { ...disabled, id: 'failed', disable_reason: 'too many failed attempts' })
  api.documents.set('A1', 'webhooks', { ...disabled, id: 'unwanted' })
  api.documents.set('A1.1', 'webhooks', { ...disabled, id: 'below', disable_reason: 'too many failed attempts' })
  api.documents.set('A2', 'webhooks', { ...disabled, id: 'stranger', disable_reason: 'too many failed attempts' })
  return api
}
const data = { 're-enable': true }

test('what failed is enabled again, what people disabled is not', async () => {
  const { ask, documents } = await withDisabled()
  expect((await ask('PATCH /v2/accounts/A1/webhooks', { data })).data).toEqual(['failed'])
  const kept = await documents.find('A1', 'webhooks', 'failed')
  expect(kept?.document).toEqual(expect.objectContaining({ enabled: true }))
  expect(kept?.document).not.toHaveProperty('disable_reason')
  expect((await documents.find('A1.1', 'webhooks', 'below'))?.document['enabled']).toBe(false)
})

test('also in the accounts below, and nowhere else', async () => {
  const { ask, documents } = await withDisabled()
  expect((await ask('PATCH /v2/accounts/A1/descendants/webhooks', { data })).data).toEqual(['failed', 'below'])
  expect((await documents.find('A2', 'webhooks', 'stranger'))?.document['enabled']).toBe(false)
})

test('anything else than re-enable is refused', async () => {
  const { ask } = await withDisabled()
  const told = await ask('PATCH /v2/accounts/A1/webhooks', { data: { enabled: true } })
  expect([told.status, told.data]).toMatchObject([400, { 're-enable': { required: { pointer: '/re-enable' } } }])
})
