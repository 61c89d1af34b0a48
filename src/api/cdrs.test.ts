import { expect, test } from 'vitest'
import { memoryApi } from '../../test/support/memory-api.ts'
import { MemoryRecords } from '../../test/support/memory-records.ts'
import type { Cdr } from '../call/index.ts'

const createdAt = Date.UTC(2026, 10, 22, 12, 0, 5)

const cdr = (callId: string, more: Partial<Cdr> = {}): Cdr => ({
  id: `202611-${callId}`,
  callId,
  interactionId: '63962568005-abcdef01',
  accountId: 'A1',
  accountRealm: 'one.example',
  direction: 'inbound',
  callerIdName: 'Ann Lee',
  callerIdNumber: '+15551230001',
  calleeIdName: undefined,
  calleeIdNumber: '2030',
  from: 'ann@one.example',
  to: '2030@one.example',
  request: '2030@one.example',
  authorizingId: 'd1',
  authorizingType: 'device',
  ownerId: 'u1',
  callflowId: 'f1',
  createdAt,
  ringingAt: createdAt,
  answeredAt: createdAt + 1_000,
  userAgent: 'Phone 1.0',
  source: '192.0.2.1:5060',
  sipHeaders: { 'X-Shop': '7' },
  applicationVariables: { tier: 'gold' },
  channelVariables: {},
  recordings: [],
  reports: [],
  endedAt: createdAt + 11_000,
  ringingSeconds: 1,
  durationSeconds: 11,
  billingSeconds: 10,
  billingMs: 10_000,
  hangupCause: 'NORMAL_CLEARING',
  hangupCode: 'sip:200',
  endedBy: 'caller',
  ...more,
})

async function scene(...cdrs: readonly Cdr[]) {
  const records = new MemoryRecords()
  records.kept.push(...cdrs)
  return { ...(await memoryApi({ reader: records })), records }
}

const other = { interactionId: '63962568010-abcdef02', ownerId: 'u2' }

test('legs are listed by the columns of KAZOO’s table, page by page', async () => {
  const { ask, records } = await scene(cdr('one'), cdr('two', other), cdr('three', { accountId: 'A2' }))
  const query = 'page_size=1&created_from=63962568000&created_to=63962568010&ascending=true'
  const told = await ask(`GET /v2/accounts/A1/cdrs?${query}`)
  expect(told.data).toMatchObject([
    {
      id: '202611-one',
      call_id: 'one',
      timestamp: '63962568005',
      unix_timestamp: '1795348805',
      datetime: '2026-11-22 12:00:05',
      iso_8601: '2026-11-22',
      duration_seconds: 11,
      billing_seconds: 10,
      direction: 'inbound',
      dialed_number: '2030',
      calling_from: '+15551230001',
      owner_id: 'u1',
    },
  ])
  expect(told.body).toMatchObject({ page_size: 1, next_start_key: '1', status: 'success' })
  expect(records.pages[0]).toMatchObject({ size: 1, isAscending: true, from: 1_795_348_800_000 })
  const next = await ask('GET /v2/accounts/A1/cdrs?page_size=1&start_key=1')
  expect(next.data).toMatchObject([{ call_id: 'two' }])
  expect(next.body).toMatchObject({ start_key: '1' })
  expect(next.body).not.toHaveProperty('next_start_key')
})

test('a user has only what is his', async () => {
  const { ask } = await scene(cdr('one'), cdr('two', other))
  expect((await ask('GET /v2/accounts/A1/users/u2/cdrs')).data).toMatchObject([{ call_id: 'two' }])
})

test('an interaction is one line in its list, and all its legs by its id or a leg’s', async () => {
  const { ask } = await scene(cdr('one'), cdr('leg', { createdAt: createdAt + 500 }), cdr('two', other))
  expect((await ask('GET /v2/accounts/A1/cdrs/interaction')).data).toMatchObject([
    { call_id: 'one' },
    { call_id: 'two' },
  ])
  const legs = [{ call_id: 'one' }, { call_id: 'leg' }]
  expect((await ask('GET /v2/accounts/A1/cdrs/legs/63962568005-abcdef01')).data).toMatchObject(legs)
  expect((await ask('GET /v2/accounts/A1/cdrs/legs/202611-leg')).data).toMatchObject(legs)
  expect((await ask('GET /v2/accounts/A1/cdrs/legs/63962568005-00000000')).status).toBe(404)
})

test('one leg is told with all that is known of it', async () => {
  const { ask } = await scene(cdr('one'))
  expect((await ask('GET /v2/accounts/A1/cdrs/202611-one')).data).toMatchObject({
    call_direction: 'inbound',
    timestamp: 63_962_568_016,
    hangup_code: 'sip:200',
    disposition: 'ANSWER',
    custom_sip_headers: { in: { 'X-Shop': '7' } },
    custom_channel_vars: { authorizing_id: 'd1', owner_id: 'u1' },
    custom_application_vars: { tier: 'gold' },
  })
  expect((await ask('GET /v2/accounts/A1/cdrs/202611-none')).status).toBe(404)
})

test('a table has all legs, and nothing in it is a formula', async () => {
  const name = '=cmd|"x"!A1'
  const many = Array.from({ length: 600 }, (_, at) => cdr(`call-${at}`))
  const { ask } = await scene(cdr('first', { callerIdName: name, calleeIdName: 'Lee, Ann' }), ...many)
  const headers = { accept: 'text/csv', 'x-file-name': 'legs of/november.csv' }
  const { text, headers: told } = await ask('GET /v2/accounts/A1/cdrs', { headers })
  expect(told).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="legs_of_november.csv"',
  })
  const lines = text.split('\r\n')
  expect(lines).toHaveLength(603)
  expect(lines[0]).toMatch(/^id,call_id,caller_id_number,caller_id_name,/)
  expect(lines[1]).toMatch(/^202611-first,first,\+15551230001,"'=cmd\|""x""!A1",2030,"Lee, Ann",11,10,/)
})

test('what cannot be asked is refused with its path', async () => {
  const { ask } = await scene()
  const told = await ask('GET /v2/accounts/A1/cdrs?created_from=yesterday')
  expect([told.status, told.data]).toMatchObject([400, { created_from: { type: { pointer: '/created_from' } } }])
})
