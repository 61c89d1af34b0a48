import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { MemoryJobs } from '../../test/support/memory-jobs.ts'
import { Failure, silentLog, VirtualClock } from '../base/index.ts'
import { cdrAt, type LegRecord } from '../call/index.ts'
import type { Document } from '../callflow/index.ts'
import { CachedDocuments, MemoryDocumentStore } from '../documents/index.ts'
import type { Http, HttpQuestion } from '../http/index.ts'
import { openOutbox, type Outbox } from '../outbox/index.ts'
import type { Attempt, Unit } from '../records/index.ts'
import { hookNames, hookSamples, openWebhooks, type HookFacts, type Webhooks, type WebhooksOptions } from './index.ts'

const startMs = Date.UTC(2026, 0, 15, 12)

const leg: LegRecord = {
  callId: 'C1',
  interactionId: '63936086400-5f0d21aa',
  accountId: 'A1',
  accountRealm: 'a1.example',
  direction: 'inbound',
  callerIdName: 'Ann Lee',
  callerIdNumber: '+15551230001',
  calleeIdName: undefined,
  calleeIdNumber: '2030',
  from: '+15551230001@a1.example',
  to: '2030@a1.example',
  request: '2030@a1.example',
  authorizingId: 'D1',
  authorizingType: 'device',
  ownerId: undefined,
  callflowId: 'F1',
  createdAt: startMs,
  ringingAt: startMs,
  answeredAt: startMs + 2_000,
  userAgent: 'Phone/1.0',
  source: '192.0.2.10:5060',
  sipHeaders: { 'X-Tenant': '7' },
  applicationVariables: { ticket: '42' },
  channelVariables: { 'Account-ID': 'A1', Colour: 'red' },
  recordings: [],
  reports: [],
}
const cdr = cdrAt(leg, { at: startMs + 62_000, cause: 'NORMAL_CLEARING', sipStatus: 200, by: 'caller' })
const created: HookFacts = { event: 'channel_create', leg, at: startMs }
const destroyed: HookFacts = { event: 'channel_destroy', leg: cdr }

/** Webhooks of A1, which stands below A0, an outbox, a database, and a web server that answers as `answer` says. */
async function scene(
  hooks: readonly Document[],
  answer: (question: HttpQuestion) => number = () => 200,
  more: Partial<WebhooksOptions> = {},
) {
  const clock = new VirtualClock(startMs)
  const store = new MemoryDocumentStore(clock)
  await store.put('A0', 'accounts', { id: 'A0' })
  await store.put('A1', 'accounts', { id: 'A1', pvt_tree: ['A0'], pvt_reseller_id: 'R1' })
  for (const hook of hooks) await store.put('A1', 'webhooks', hook)
  const documents = new CachedDocuments({ store, clock, log: silentLog })
  const jobs = new MemoryJobs()
  const asked: HttpQuestion[] = []
  const attempts: Attempt[] = []
  const http: Http = async (question) => {
    asked.push(question)
    const status = answer(question)
    if (status === 0) throw new Failure('HTTP_CONNECT', { url: question.url, reason: 'ECONNREFUSED' })
    const headers = { 'set-cookie': 'a=b' }
    return { url: question.url, status, headers, cookies: [], body: Buffer.from('ok'), timing: { totalMs: 7 } }
  }
  const write = async (unit: Unit): Promise<boolean> => {
    attempts.push(...(unit.attempts ?? []))
    await jobs.add(unit.jobs ?? [], undefined)
    return true
  }
  const outbox: Outbox = openOutbox({
    jobs,
    http,
    clock,
    log: silentLog,
    node: 'n1',
    prepare: (job) => webhooks.prepare(job),
    onAttempt: (attempt) => webhooks.onAttempt(attempt),
    jitter: (ms) => ms,
    limits: { pollMs: 60_000 },
  })
  const webhooks: Webhooks = openWebhooks({
    documents,
    outbox,
    records: { write },
    clock,
    log: silentLog,
    clusterId: 'K1',
    ...more,
  })
  const happen = async (facts: HookFacts): Promise<void> => {
    await write({ jobs: await webhooks.deliveriesFor(facts) })
    await clock.advance(100)
  }
  const bodies = (): unknown[] =>
    asked.map(({ body }) => {
      const text = typeof body === 'string' ? body : ''
      return text.startsWith('{') ? (JSON.parse(text) as unknown) : Object.fromEntries(new URLSearchParams(text))
    })
  return { clock, store, documents, jobs, asked, attempts, webhooks, happen, bodies, write }
}

const hook = (more: object = {}): Document => ({
  id: 'H1',
  name: 'To the shop',
  uri: 'https://shop.example/calls',
  hook: 'channel_destroy',
  ...more,
})

test('the end of a call is told as KAZOO tells it', async () => {
  const { asked, bodies, happen } = await scene([hook({ format: 'json' })])
  await happen(created)
  await happen(destroyed)
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({
    url: 'https://shop.example/calls',
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hook-id': 'H1', 'x-account-id': 'A1' },
  })
  expect(asked[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/)
  expect(bodies()[0]).toEqual({
    account_id: 'A1',
    authorizing_id: 'D1',
    authorizing_type: 'device',
    billing_seconds: 60,
    call_direction: 'inbound',
    call_forwarded: false,
    call_id: 'C1',
    callee_id_number: '2030',
    caller_id_name: 'Ann Lee',
    caller_id_number: '+15551230001',
    cluster_id: 'K1',
    custom_application_vars: { ticket: '42' },
    custom_channel_vars: { Colour: 'red' },
    custom_sip_headers: { 'X-Tenant': '7' },
    duration_seconds: 62,
    emergency_resource_used: false,
    from: '+15551230001@a1.example',
    hangup_cause: 'NORMAL_CLEARING',
    hangup_code: 'sip:200',
    hook_event: 'channel_destroy',
    is_internal_leg: false,
    local_resource_used: true,
    request: '2030@a1.example',
    reseller_id: 'R1',
    ringing_seconds: 2,
    timestamp: 62_167_219_200 + (startMs + 62_000) / 1000,
    to: '2030@a1.example',
  })
})

test('a form is the default; custom data win, and what chooses is not sent', async () => {
  const { asked, bodies, happen } = await scene([
    hook({ custom_data: { call_id: 'mine', campaign: 'spring', type: 'x', action: 'y' } }),
  ])
  await happen(destroyed)
  expect(asked[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  expect(bodies()[0]).toMatchObject({ call_id: 'mine', campaign: 'spring', 'custom_application_vars[ticket]': '42' })
  expect(bodies()[0]).not.toHaveProperty('type')
})

test('by GET the payload is added to the query that is there', async () => {
  const { asked, happen } = await scene([hook({ http_verb: 'GET', uri: 'https://shop.example/calls?a=1' })])
  await happen(destroyed)
  const [{ url, method, body, headers } = { url: '', method: '', body: '', headers: {} }] = asked
  expect([method, body]).toEqual(['GET', undefined])
  expect(headers).not.toHaveProperty('content-type')
  expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({ a: '1', call_id: 'C1', cluster_id: 'K1' })
})

test('version 2 has the whole event', async () => {
  const { bodies, happen } = await scene([hook({ format: 'json', version: 'v2' })])
  await happen(destroyed)
  expect(bodies()[0]).toMatchObject({
    action: 'event',
    name: 'CHANNEL_DESTROY',
    cluster_id: 'K1',
    data: {
      call_id: 'C1',
      hangup_cause: 'NORMAL_CLEARING',
      call_interaction_id: leg.interactionId,
      disposition: 'ANSWER',
    },
  })
})

test('the receiver can tell who sent it, and when, at each attempt anew', async () => {
  let up = false
  const { clock, asked, happen } = await scene(
    [
      hook({
        security_settings: { sha256_key: 'K' },
        custom_request_headers: { 'X-Own': '1', 'X-Hook-ID': 'forged', Host: 'h' },
      }),
    ],
    () => (up ? 200 : 503),
  )
  await happen(destroyed)
  up = true
  await clock.advance(5_000)
  expect(asked).toHaveLength(2)
  for (const { headers, body } of asked) {
    const [, seconds = '', signed] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['x-pivot-signature'] ?? '') ?? []
    const text = `${seconds}.POST.https://shop.example/calls.${typeof body === 'string' ? body : ''}`
    expect(createHmac('sha256', 'K').update(text).digest('hex')).toBe(signed)
    expect(headers).toMatchObject({ 'x-own': '1', 'x-hook-id': 'H1' })
    expect(headers).not.toHaveProperty('host')
  }
  const times = asked.map(({ headers }) => headers['x-pivot-signature']?.slice(2, 12))
  expect(times[0]).not.toBe(times[1])
})

test('the accounts above are told when they ask for it, and by their own name', async () => {
  const { store, asked, happen } = await scene([])
  await store.put('A0', 'webhooks', hook({ id: 'above', hook: 'all', include_subaccounts: true }))
  await store.put('A0', 'webhooks', hook({ id: 'not-asked', hook: 'all' }))
  await happen(destroyed)
  expect(asked.map(({ headers }) => [headers['x-hook-id'], headers['x-account-id']])).toEqual([['above', 'A0']])
})

test('internal legs are told unless they are not wanted', async () => {
  const { asked, happen } = await scene([hook(), hook({ id: 'H2', include_internal_legs: false })])
  await happen({ ...destroyed, isInternal: true })
  expect(asked.map(({ headers }) => headers['x-hook-id'])).toEqual(['H1'])
})

test('without webhooks there is nothing to keep, and documents are read once', async () => {
  let reads = 0
  const { documents, webhooks } = await scene([])
  const list = documents.list.bind(documents)
  documents.list = (...asked) => {
    reads++
    return list(...asked)
  }
  for (let call = 0; call < 100; call++) expect(await webhooks.deliveriesFor(created)).toEqual([])
  expect(reads).toBe(2) // Of the account, and of the one above it.
})

test('a webhook takes effect when it is saved, and none when it is removed', async () => {
  const { store, asked, happen, clock, jobs } = await scene([])
  await happen(destroyed)
  await store.put('A1', 'webhooks', hook())
  await clock.settle()
  await happen(destroyed)
  expect(asked).toHaveLength(1)
  await store.remove('A1', 'webhooks', 'H1')
  await clock.settle()
  await happen(destroyed)
  expect(asked).toHaveLength(1)
  expect(await jobs.count()).toBe(0)
})

test.each([
  [{}, true],
  [{ type: 'all', action: 'all' }, true],
  [{ type: 'callflow', action: 'doc_edited' }, true],
  [{ type: 'device', action: 'doc_edited' }, false],
  [{ type: 'callflow', action: 'doc_deleted' }, false],
])('a changed document is told to webhooks that chose %j: %s', async (custom_data, isTold) => {
  const { webhooks, clock, bodies, write } = await scene([hook({ hook: 'object', format: 'json', custom_data })])
  const change = { accountId: 'A1', collection: 'callflows', id: 'F1', how: 'edited' } as const
  await write({ jobs: await webhooks.deliveriesForChange(change) })
  await clock.advance(100)
  const payload = { id: 'F1', account_id: 'A1', action: 'doc_edited', type: 'callflow', cluster_id: 'K1' }
  expect(bodies()).toEqual(isTold ? [payload] : [])
})

test('each attempt is on record, with what was sent and what came back, secrets hidden', async () => {
  let up = false
  const { clock, attempts, happen } = await scene(
    [
      hook({
        retries: 3,
        uri: 'https://me:secret@shop.example/calls',
        custom_request_headers: { Authorization: 'Bearer t' },
      }),
    ],
    () => (up ? 200 : 0),
  )
  await happen(destroyed)
  up = true
  await clock.advance(10_000)
  expect(attempts.map(({ result }) => result)).toEqual(['failure', 'success'])
  const [first, second] = attempts.map(({ record }) => record)
  expect(first).toMatchObject({
    hook_id: 'H1',
    hook_event: 'channel_destroy',
    call_id: 'C1',
    uri: 'https://***@shop.example/calls',
    method: 'post',
    req_headers: { authorization: '***', 'x-hook-id': 'H1' },
    result: 'failure',
    reason: 'kazoo http client error',
    code: 'HTTP_CONNECT',
    attempt: 1,
    retries: 3,
    retries_left: 2,
    next_attempt_in_ms: 2_000,
    timestamp: 62_167_219_200 + startMs / 1000,
  })
  expect(first?.['req_body']).toContain('call_id=C1')
  expect(second).toMatchObject({
    result: 'success',
    event_id: first?.['event_id'],
    resp_status_code: 200,
    resp_headers: { 'set-cookie': '***' },
    resp_body: 'ok',
    duration_ms: 7,
  })
  expect(first?.['event_id']).toMatch(/^[0-9a-f]{10}$/)
})

test('successes are not on record when nobody wants them', async () => {
  const { attempts, happen } = await scene([hook()], () => 200, { logSuccesses: false })
  await happen(destroyed)
  expect(attempts).toEqual([])
})

test('six refusals within a minute disable a webhook; what is left waits, and is told where it points by then', async () => {
  const { clock, store, asked, bodies, jobs, happen, webhooks, write } = await scene(
    [hook(), hook({ id: 'N', hook: 'notifications', format: 'json', uri: 'https://ops.example/' })],
    ({ url }) => (url.includes('/calls') ? 404 : 200),
  )
  for (let call = 0; call < 8; call++) await write({ jobs: await webhooks.deliveriesFor(destroyed) })
  await clock.advance(100)
  const calls = asked.filter(({ url }) => url.includes('/calls'))
  expect(calls).toHaveLength(6)
  const kept = await store.find('A1', 'webhooks', 'H1')
  expect(kept?.document).toMatchObject({ enabled: false, disable_reason: 'too many failed attempts' })
  expect(bodies().at(-1)).toMatchObject({
    event_name: 'webhook_disabled',
    hook_id: 'H1',
    reason: 'too many failed attempts',
  })
  await clock.advance(3_600_000)
  expect(asked).toHaveLength(7)

  await store.put('A1', 'webhooks', hook({ uri: 'https://shop.example/right' }))
  await clock.advance(100)
  await happen(destroyed)
  expect(asked.slice(7).map(({ url }) => url)).toEqual(Array(3).fill('https://shop.example/right'))
  expect(await jobs.count()).toBe(0)
})

test('a receiver that is down for hours is not disabled and gets everything; its jobs wait while it is disabled by hand', async () => {
  let up = false
  const { clock, store, asked, jobs, happen } = await scene([hook()], () => (up ? 200 : 0))
  for (let call = 0; call < 20; call++) await happen(destroyed)
  await clock.advance(6 * 3_600_000)
  expect((await store.find('A1', 'webhooks', 'H1'))?.document['enabled']).toBeUndefined()
  await store.put('A1', 'webhooks', hook({ enabled: false }))
  await clock.advance(100)
  up = true
  const before = asked.length
  await clock.advance(3_600_000)
  expect(asked).toHaveLength(before)
  expect(await jobs.count()).toBe(20)
  await store.put('A1', 'webhooks', hook())
  await clock.advance(60_000)
  expect(asked).toHaveLength(before + 20)
  expect(await jobs.count()).toBe(0)
})

test('a webhook that has failed for a day is disabled, and nothing of it is lost', async () => {
  const { clock, store, jobs, happen } = await scene([hook()], () => 0)
  for (let call = 0; call < 3; call++) await happen(destroyed)
  await clock.advance(25 * 3_600_000)
  const kept = await store.find('A1', 'webhooks', 'H1')
  expect(kept?.document).toMatchObject({ enabled: false, disable_reason: 'no attempt has succeeded for a day' })
  expect(await jobs.count()).toBe(3)
})

test('there is a sample of every hook', () => {
  for (const name of hookNames) expect(hookSamples[name]).toMatchObject({ account_id: expect.any(String) as string })
})
