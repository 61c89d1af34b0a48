import { expect, test } from 'vitest'
import { memoryApi } from '../../test/support/memory-api.ts'
import { MemoryRecords } from '../../test/support/memory-records.ts'
import type { DebugEntry } from '../records/index.ts'

const at = Date.UTC(2026, 10, 30, 23, 59)
const callId = 'abc@pbx.example'
const id = `202611-${callId}`

const entry = (iteration: number, record: Record<string, unknown>, more: Partial<DebugEntry> = {}): DebugEntry => ({
  accountId: 'A1',
  callId,
  iteration,
  attempt: 1,
  at: at + iteration * 60_000,
  node: 'node-1',
  record: { call_id: callId, account_id: 'A1', created: 1, iteration, attempt: 1, ...request, ...record },
  ...more,
})
const request = { uri: 'https://shop.example/voice', method: 'get', req_headers: {}, req_body: '' }
const timing = { totalMs: 12 }

async function scene() {
  const records = new MemoryRecords()
  records.debugs.push(
    entry(1, { failure: { code: 'HTTP_RESET' }, timing }, { at }),
    entry(1, { resp_status_code: '200', resp_body: '<Response/>', timing }, { attempt: 2 }),
    entry(2, { resp_status_code: '200', schema_errors: [{ at: '/module', problem: 'unknown' }], timing }),
  )
  const asked = { url: request.uri, iteration: 1, attempt: 2 }
  records.tell(
    'A1',
    callId,
    { type: 'pivot.answered', ...asked, status: 200, dialect: 'twiml', timing },
    { type: 'pivot.debug', record: records.debugs[1]?.record },
    { type: 'twiml.warned', code: 12100, line: 1, column: 1, message: 'no verbs' },
  )
  return memoryApi({ reader: records })
}

test('calls that were debugged are listed with their first exchange', async () => {
  const { ask } = await scene()
  const told = await ask('GET /v2/accounts/A1/pivot/debug')
  expect(told.data).toEqual([
    {
      call_id: callId,
      debug_id: id,
      created: at / 1000 + 62_167_219_200,
      iteration: 1,
      node: 'node-1',
      uri: request.uri,
      status_code: '200',
      has_schema_errors: false,
      has_json_errors: false,
      has_xml_errors: false,
      attempts: 2,
    },
  ])
  expect(told.body).toMatchObject({ page_size: 1 })
})

test.each([callId, id])(
  'a call is found by %s: each request, its response, and what was wrong with it',
  async (known) => {
    const { ask } = await scene()
    const told = await ask(`GET /v2/accounts/A1/pivot/debug/${encodeURIComponent(known)}`)
    expect(told.data).toMatchObject([
      { id: `${id}-1-1-request`, iteration: 1, attempt: 1, ...request },
      { id: `${id}-1-1-response`, failure: { code: 'HTTP_RESET' }, timing },
      { id: `${id}-1-2-request`, attempt: 2 },
      {
        id: `${id}-1-2-response`,
        resp_status_code: '200',
        twiml_warnings: [{ code: 12100, line: 1, column: 1, message: 'no verbs' }],
      },
      { id: `${id}-2-1-request`, debug_id: id },
      { id: `${id}-2-1-response`, schema_errors: [{ at: '/module', problem: 'unknown' }] },
    ])
  },
)

test('the story of a call is a line for each event, after one that says what it is', async () => {
  const { ask } = await scene()
  const headers = { accept: 'application/x-ndjson' }
  const told = await ask(`GET /v2/accounts/A1/pivot/debug/${encodeURIComponent(id)}`, { headers })
  const lines = told.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  expect(told.headers['content-type']).toBe('application/x-ndjson')
  expect(lines).toMatchObject([
    { pivot: 'debug-log', version: 1, callId, accountId: 'A1', at },
    { type: 'pivot.answered', callId, sequence: 1 },
    { type: 'pivot.debug', record: { resp_body: '<Response/>' } },
    { type: 'twiml.warned' },
  ])
})

test('another account has no such call, nor does another month', async () => {
  const { ask, token } = await scene()
  const stranger = await token('A2', 'admin')
  expect((await ask(`GET /v2/accounts/A2/pivot/debug/${id}`, { token: stranger })).status).toBe(404)
  expect((await ask(`GET /v2/accounts/A1/pivot/debug/202610-${callId}`)).status).toBe(404)
})
