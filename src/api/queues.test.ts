import { expect, test } from 'vitest'
import { houseApi } from '../../test/support/house-api.ts'
import { toGregorian } from './paging.ts'

/** 400 leads into a queue, and then a text is heard; 200 hangs up. */
async function scene() {
  const api = await houseApi({
    flows: {
      '400': { module: 'pivot', data: { voice_url: 'https://dev.example/q', req_format: 'twiml' }, children: {} },
      '200': { module: 'hangup', data: {}, children: {} },
    },
    twiml: '<Response><Enqueue waitUrl="" maxQueueSize="5">support</Enqueue><Say>Goodbye</Say></Response>',
  })
  await api.calls('ann', '400')
  await api.clock.advance(10_000)
  await api.calls('bob', '400')
  await api.clock.advance(5_000)
  return api
}

const support = '/v2/accounts/A1/queues/support'

test('queues and who waits in them are told', async () => {
  const { ask, clock } = await scene()
  const queue = { name: 'support', size: 2, max_size: 5, average_wait: 10 }
  const list = await ask('GET /v2/accounts/A1/queues')
  expect(list.data).toMatchObject([queue])
  const members = [
    { call_id: 'ann', position: 1, wait: 15, is_taken: false, caller_id_number: 'ann' },
    { call_id: 'bob', position: 2, wait: 5, entered: toGregorian(clock.now()) - 5 },
  ]
  const told = await ask(`GET ${support}`)
  expect(told.data).toMatchObject({ ...queue, members })
  const { queue_id } = told.data as { queue_id: string }
  expect((await ask(`GET /v2/accounts/A1/queues/${queue_id}`)).data).toEqual(told.data)
  expect((await ask(`GET ${support}/members/bob`)).data).toMatchObject({ position: 2 })
})

test('what is not there is not found, nor by another account', async () => {
  const { ask, token } = await scene()
  const stranger = { token: await token('A2', 'admin') }
  expect((await ask('GET /v2/accounts/A2/queues', stranger)).data).toEqual([])
  expect((await ask('GET /v2/accounts/A2/queues/support', stranger)).status).toBe(404)
  expect((await ask('DELETE /v2/accounts/A2/queues/support/members/ann', stranger)).status).toBe(404)
  expect((await ask('GET /v2/accounts/A1/queues/none')).status).toBe(404)
  expect((await ask(`GET ${support}/members/none`)).status).toBe(404)
})

test('who is taken out of a queue goes on with what comes after it', async () => {
  const { ask, clock, storyOf, isHungUpOn } = await scene()
  const told = await ask(`DELETE ${support}/members/ann`)
  expect([told.status, told.data]).toEqual([202, { message: 'dismissed' }])
  await clock.settle()
  const types = storyOf('ann').map(({ type }) => type)
  expect(storyOf('ann').find(({ type }) => type === 'queue.left')).toMatchObject({ result: 'leave', size: 1 })
  expect(types.indexOf('media.started')).toBeGreaterThan(types.indexOf('queue.left'))
  expect(isHungUpOn('ann')).toBe(false)
  expect((await ask(`GET ${support}`)).data).toMatchObject({ size: 1, members: [{ call_id: 'bob', position: 1 }] })
  expect((await ask(`DELETE ${support}/members/ann`)).status).toBe(404)
})

test('who is about to be talked with is not taken out any more', async () => {
  const { ask, house } = await scene()
  house.queues.find('A1', 'support')?.takeFirst()
  expect((await ask(`GET ${support}/members/ann`)).data).toMatchObject({ is_taken: true })
  const told = await ask(`DELETE ${support}/members/ann`)
  expect([told.status, told.text]).toEqual([404, expect.stringContaining('somebody talks with it now')])
})

test.each([
  [{ action: 'transfer', target: '200' }, 'redirected'],
  [{ action: 'redirect', flow: { module: 'hangup' } }, 'redirected'],
])('who waits is sent elsewhere: %j', async (data, result) => {
  const { ask, clock, storyOf, isHungUpOn } = await scene()
  expect((await ask(`PUT ${support}/members/ann`, { data })).status).toBe(202)
  await clock.settle()
  expect(storyOf('ann').find(({ type }) => type === 'queue.left')).toMatchObject({ result })
  expect(isHungUpOn('ann')).toBe(true)
  expect((await ask(`GET ${support}`)).data).toMatchObject({ size: 1 })
})

test.each([
  [{ action: 'dance' }, { action: { enum: { pointer: '/action' } } }],
  [{ action: 'transfer' }, { target: { required: { pointer: '/target' } } }],
])('what cannot be done is refused, and the caller waits on: %j', async (data, problem) => {
  const { ask } = await scene()
  const told = await ask(`PUT ${support}/members/ann`, { data })
  expect([told.status, told.data]).toMatchObject([400, problem])
  expect((await ask(`GET ${support}`)).data).toMatchObject({ size: 2 })
})

test('a token that may only read sends nobody away', async () => {
  const { ask, token } = await scene()
  expect((await ask(`DELETE ${support}/members/ann`, { token: await token('A1', 'read') })).status).toBe(403)
  const data = { action: 'hangup' }
  expect((await ask(`PUT ${support}/members/ann`, { token: await token('A1', 'read'), data })).status).toBe(403)
  expect((await ask(`PUT ${support}/members/ann`, { token: await token('A1', 'calls'), data })).status).toBe(202)
})
