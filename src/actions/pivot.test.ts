import { expect, test } from 'vitest'
import { Failure, silentLog, VirtualClock, type Log } from '../base/index.ts'
import { Call, cdrOf, type Account, type CallEvent } from '../call/index.ts'
import { newRegistry, readFlow, runFlow, type Registry } from '../callflow/index.ts'
import { newSimulator, simulatedLeg } from '../drivers/simulator/index.ts'
import { Queues } from '../queues/index.ts'
import type { Delivery, Http, HttpAnswer, HttpQuestion } from '../http/index.ts'
import { cdrDelivery, mostDocuments } from '../pivot/index.ts'
import { hangup } from './hangup.ts'
import { pivot } from './pivot.ts'
import { play } from './play.ts'
import { setVariables } from './set-variables.ts'
import { sleep } from './sleep.ts'

type Reply = Partial<HttpAnswer> | string | Failure

/** A web server that is a plain function: what it says to each question, and what was asked. */
function webServer(reply: (question: HttpQuestion, count: number) => Reply) {
  const asked: HttpQuestion[] = []
  const http: Http = async (question) => {
    asked.push(question)
    question.onStage?.('connect')
    const said = reply(question, asked.length)
    if (said instanceof Failure) throw said
    question.onStage?.('headers')
    const { body = '', ...more } = typeof said === 'string' ? { body: Buffer.from(said) } : said
    return {
      url: question.url.replace(/#.*/, ''),
      status: 200,
      headers: {},
      cookies: [],
      body: Buffer.from(body),
      timing: { totalMs: 0 },
      ...more,
    }
  }
  return { asked, http }
}

interface Scene {
  readonly data?: object
  readonly children?: object
  readonly account?: Partial<Account>
  readonly ownerIds?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly log?: Log
  readonly showPersonal?: boolean
  readonly before?: (call: Call) => void
}

/** Dials 2030, whose callflow is one pivot node. */
function dial(reply: (question: HttpQuestion, count: number) => Reply, scene: Scene = {}) {
  const { data = {}, children = {}, account = {}, ownerIds = ['u1'], headers = {}, log = silentLog, before } = scene
  const clock = new VirtualClock(1_700_000_000_000)
  const { asked, http } = webServer(reply)
  const delivered: Delivery[] = []
  const action = pivot({
    http,
    registry: () => registry,
    recordings: { keep: async () => ({ url: 'http://r/1.wav' }), discard: async () => undefined },
    deliveries: {
      deliver: async (delivery) => {
        delivered.push(delivery)
        return { isDelivered: true, attempts: 1, status: 200, code: undefined }
      },
    },
    dialling: {
      calling: newSimulator({ clock }),
      reach: async () => [],
      queues: new Queues(clock),
      conferences: { attend: () => Promise.reject(new Error('nobody meets')), list: () => [] },
    },
    ...(scene.showPersonal === undefined ? {} : { showPersonal: scene.showPersonal }),
  })
  const registry: Registry = newRegistry([action, play, hangup, sleep, setVariables])
  const { leg, farEnd } = simulatedLeg({
    clock,
    callId: 'C1',
    from: { user: 'ann', realm: 'a1.example', name: 'Ann Lee' },
    to: { user: '2030', realm: 'a1.example' },
    headers,
  })
  const events: CallEvent[] = []
  const call = new Call({
    leg,
    account: { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US', ...account },
    caller: { ownerIds },
    number: '+12030',
    clock,
    log,
    observers: [(event) => events.push(event)],
  })
  before?.(call)
  const voice = { voice_url: 'https://u:secret@dev.example/p', ...data }
  const flow = readFlow({ module: 'pivot', data: voice, children }, registry, { as: 'reply' })
  const over = runFlow(flow, registry, { call, clock, signal: leg.ended, log })
  const ends = async (): Promise<string> => {
    while (!leg.ended.aborted && (await clock.step()));
    await over
    await clock.settle()
    return (leg.ended.reason as Error).message
  }
  const records = (): Record<string, unknown>[] =>
    events.flatMap((event) => (event.type === 'pivot.debug' ? [event.record as Record<string, unknown>] : []))
  return { asked, delivered, events, call, clock, farEnd, ends, records }
}

const textOf = (body: HttpQuestion['body']): string => (typeof body === 'string' ? body : '')
const parametersOf = ({ url, body }: HttpQuestion): Record<string, string> =>
  Object.fromEntries(body === undefined ? new URL(url).searchParams : new URLSearchParams(textOf(body)))
const xml = (body: string): Reply => ({
  headers: { 'content-type': 'text/xml' },
  body: Buffer.from(`<Response>${body}</Response>`),
})
const bye = '{"module":"hangup"}'

test('a web server is told of the call in KAZOO’s names', async () => {
  const { asked, ends } = dial(() => bye, { headers: { 'X-Tenant': '7' } })
  await ends()
  expect(parametersOf(asked[0] as HttpQuestion)).toEqual({
    'Account-ID': 'A1',
    'Api-Version': '4.x',
    'Call-ID': 'C1',
    'Caller-ID-Name': 'Ann Lee',
    'Caller-ID-Number': 'ann',
    'Custom-SIP-Headers[X-Tenant]': '7',
    Direction: 'inbound',
    From: 'ann',
    'From-Realm': 'a1.example',
    Language: 'en-us',
    Request: '+12030',
    'Request-Realm': 'a1.example',
    To: '2030',
    'To-Realm': 'a1.example',
    'User-ID': 'u1',
  })
})

test('KAZOO’s names of what may be there, as JSON', async () => {
  const { asked, ends } = dial(() => bye, {
    data: { method: 'post', req_body_format: 'json' },
    ownerIds: ['u1', 'u2'],
    before: ({ variables }) => {
      variables.callerIdName = variables.callerIdNumber = ''
      variables.application.set('tier', { level: 2 })
      variables.collections.set('pin', '1234').set('default', '')
      variables.lastRecording = { id: 'r1', url: 'http://r/1.wav', durationMs: 2600 }
    },
  })
  await ends()
  expect(JSON.parse(textOf(asked[0]?.body))).toMatchObject({
    'Caller-ID-Name': 'unknown',
    'Caller-ID-Number': '0000000000',
    'Custom-Application-Vars': { tier: { level: 2 } },
    'Custom-SIP-Headers': {},
    Digits: { pin: '1234', default: '' },
    'Recording-Duration': 3,
    'Recording-ID': 'r1',
    'Recording-Url': 'http://r/1.wav',
    'User-ID': ['u1', 'u2'],
  })
})

test('a web server is told of the call in Twilio’s names', async () => {
  const headers = { 'X-Tenant': '7', Diversion: '<sip:+15550001@x>;reason=busy' }
  const { asked, ends } = dial(() => xml(''), { data: { req_format: 'twiml', method: 'POST' }, headers })
  await ends()
  expect(parametersOf(asked[0] as HttpQuestion)).toEqual({
    CallSid: 'C1',
    AccountSid: 'A1',
    ApiVersion: '2010-04-01',
    Direction: 'inbound',
    CallStatus: 'ringing',
    From: 'ann',
    FromRealm: 'a1.example',
    To: '2030',
    ToRealm: 'a1.example',
    CallerName: 'Ann Lee',
    CallerNumber: 'ann',
    Caller: 'ann',
    Called: '2030',
    ForwardedFrom: '+15550001',
    SipCallId: 'C1',
    SipDomain: 'a1.example',
    'SipHeader_X-Tenant': '7',
  })
})

test('requests say who asks, and carry one token per question', async () => {
  const refused = new Failure('HTTP_CONNECT', { url: 'x', reason: 'ECONNREFUSED' })
  const data = { voice_url: 'https://dev.example/p#rc=1', custom_request_headers: { 'X-Mine': '1' } }
  const { asked, ends } = dial((_, count) => (count === 1 ? refused : bye), { data })
  await ends()
  const [first, second] = asked.map(({ headers }) => headers)
  expect(first).toMatchObject({
    'user-agent': 'Pivot/0.1',
    'x-mine': '1',
    accept: expect.stringContaining('json') as unknown,
  })
  expect(first?.['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/)
  expect(first?.['idempotency-key']).toBe(first?.['i-twilio-idempotency-token'])
  expect(second?.['idempotency-key']).toBe(first?.['idempotency-key'])
  expect(first).not.toHaveProperty('x-pivot-signature')
})

test('with a secret, requests are signed: ours always, Twilio’s in its format, after redirects too', async () => {
  const account = { secret: 's3cret' }
  const kazoo = dial(() => bye, { account })
  const twiml = dial(() => xml(''), { account, data: { req_format: 'twiml', method: 'post', req_body_format: 'json' } })
  await kazoo.ends()
  await twiml.ends()
  expect(kazoo.asked[0]?.headers['x-pivot-signature']).toMatch(/^t=1700000000,v1=/)
  expect(kazoo.asked[0]?.headers).not.toHaveProperty('x-twilio-signature')
  const question = twiml.asked[0]
  expect(question?.headers['x-twilio-signature']).toMatch(/=$/)
  expect(question?.url).toMatch(/\?bodySHA256=[0-9a-f]{64}$/)
  const hop = {
    url: 'https://other.example/',
    method: 'GET',
    body: '',
    from: question?.url ?? '',
    cookies: ['a=1'],
  } as const
  const changed = question?.redirected?.(hop)
  expect(changed?.['x-twilio-signature']).not.toBe(question?.headers['x-twilio-signature'])
  expect(changed?.['cookie']).toBe('')
})

test('what is told and logged holds neither passwords nor parameters', async () => {
  const said: unknown[] = []
  const keep = (event: string, fields?: unknown): number => said.push(event, fields)
  const log = { ...silentLog, info: keep, warn: keep, error: keep }
  const { ends, events } = dial(() => new Failure('HTTP_CONNECT', { url: 'https://dev.example/p', reason: 'x' }), {
    log,
  })
  await ends()
  expect(JSON.stringify([said, events.filter(({ type }) => type.startsWith('pivot.'))])).not.toMatch(/secret|Caller-ID/)
  expect(events).toContainEqual(expect.objectContaining({ type: 'pivot.failed', timing: { connectMs: 0, totalMs: 0 } }))
})

test('a debug record has the whole exchange, without secrets and digits', async () => {
  const before = (call: Call): unknown => call.variables.collections.set('pin', '4711')
  const answer = {
    headers: { 'content-type': 'application/json', 'set-cookie': 'a=1' },
    body: Buffer.from('{"module":"x"}'),
  }
  const { ends, records } = dial(() => answer, {
    data: { debug: true, custom_request_headers: { 'X-Key': 'secret' } },
    before,
  })
  await ends()
  const [record] = records()
  expect(record).toMatchObject({
    call_id: 'C1',
    account_id: 'A1',
    created: 63_867_219_200,
    iteration: 1,
    attempt: 1,
    method: 'get',
    req_body: '',
    resp_status_code: '200',
    resp_body: '{"module":"x"}',
    resp_headers: { 'set-cookie': '***' },
    schema_errors: [{ at: '/module', problem: 'there is no action "x"' }],
    failure: { code: 'FLOW_INVALID', fault: 'webhook' },
    timing: { totalMs: 0 },
  })
  expect(record?.['uri']).toContain('https://***@dev.example/p?Account-ID=A1')
  expect(JSON.stringify(record)).not.toMatch(/secret|4711/)
})

test('digits are in debug records when the operator asks', async () => {
  const before = (call: Call): unknown => call.variables.collections.set('pin', '4711')
  const { ends, records } = dial(() => bye, { data: { debug: true }, before, showPersonal: true })
  await ends()
  expect(JSON.stringify(records())).toContain('4711')
})

test('bodies that are not JSON, or not XML, are recorded with the place of the mistake', async () => {
  const json = dial(() => ({ headers: { 'content-type': 'application/json' }, body: Buffer.from('{"a":1} x') }))
  await json.ends()
  expect(json.records()).toMatchObject([{ json_errors: { message: 'trailing data', before: '{"a":1} ', after: 'x' } }])
  const bad = dial(() => xml('<Say>'), { data: { debug: true } })
  await bad.ends()
  expect(bad.records()).toMatchObject([{ xml_errors: [{ at: expect.stringMatching(/^1:/) as unknown, code: 12100 }] }])
})

test('a failure that is our own is logged as an error and takes the branch', async () => {
  const errors: string[] = []
  const log = { ...silentLog, error: (event: string) => errors.push(event) }
  const broken = (): Reply => {
    throw new TypeError('oops')
  }
  const { ends, events } = dial(broken, { log, children: { _: { module: 'sleep' } } })
  expect(await ends()).toContain('NORMAL_CLEARING')
  expect(errors).toEqual(['pivot.gave-up'])
  expect(events).toContainEqual(expect.objectContaining({ type: 'node.started', module: 'sleep' }))
})

test('a server that redirects a call to itself for ever is stopped after a thousand documents', async () => {
  const { asked, ends, events } = dial(() => xml('<Redirect/>'), { data: { req_format: 'twiml' } })
  expect(await ends()).toContain('NORMAL_TEMPORARY_FAILURE')
  expect(asked).toHaveLength(mostDocuments)
  expect(events.filter(({ type }) => type === 'pivot.failed')).toMatchObject([{ code: 'PIVOT_TOO_MANY_DOCUMENTS' }])
})

test('a document that asks for itself is asked for without the parameters of the last time', async () => {
  const { asked, ends } = dial((_, count) => (count < 3 ? xml('<Redirect method="GET"/>') : xml('')), {
    data: { voice_url: 'https://dev.example/p?k=1#rc=1', req_format: 'twiml' },
  })
  await ends()
  expect(asked[2]?.url).toBe(asked[0]?.url.replace('#rc=1', ''))
})

test('an empty Redirect after a GET posts to the URL of the document, with its own query only', async () => {
  const { asked, ends } = dial((_, count) => xml(count === 1 ? '<Redirect/>' : ''), {
    data: { voice_url: 'https://dev.example/p?k=1', method: 'get', req_format: 'twiml' },
  })
  await ends()
  expect(asked.map(({ method }) => method)).toEqual(['GET', 'POST'])
  expect(asked[1]?.url).toBe('https://dev.example/p?k=1')
})

test('relative URLs of a redirected document mean its final URL', async () => {
  const first = { ...(xml('<Redirect>c</Redirect>') as object), url: 'https://other.example/a/b' }
  const { asked, ends } = dial((_, count) => (count === 1 ? first : xml('')), { data: { req_format: 'twiml' } })
  await ends()
  expect(asked[1]?.url).toBe('https://other.example/a/c')
})

test('documents are counted over all pivot nodes of a call, and cookies kept', async () => {
  const again = JSON.stringify({ module: 'pivot', data: { voice_url: 'https://dev.example/2' } })
  const { asked, ends, events } = dial((_, count) =>
    count === 1 ? { body: Buffer.from(again), cookies: ['s=1; Path=/'] } : bye,
  )
  await ends()
  expect(events.flatMap((event) => (event.type === 'pivot.asked' ? [event.iteration] : []))).toEqual([1, 2])
  expect(asked[1]?.headers['cookie']).toBe('s=1')
})

test('the record of the call goes to the last cdr_url, once, as KAZOO names it', async () => {
  const data = { req_format: 'twiml', cdr_url: 'https://dev.example/cdr' }
  const { call, ends } = dial(() => xml('<Play>m1</Play>'), { data })
  await ends()
  const posts = call.reports.map((report) => cdrDelivery(cdrOf(call), report, undefined, 0))
  expect(posts).toHaveLength(1)
  const [{ kind, url, method, body } = {}] = posts
  expect({ kind, url, method }).toEqual({ kind: 'cdr', url: 'https://dev.example/cdr', method: 'POST' })
  expect(Object.fromEntries(new URLSearchParams(textOf(body)))).toMatchObject({
    'Call-ID': 'C1',
    'Account-ID': 'A1',
    'Call-Direction': 'inbound',
    'Caller-ID-Name': 'Ann Lee',
    From: 'ann@a1.example',
    'Hangup-Cause': 'NORMAL_CLEARING',
    'Hangup-Code': 'sip:200',
    Disposition: 'ANSWER',
    'Channel-State': 'DESTROY',
    'Channel-Created-Time': '1700000000000000',
  })
})

test('status callbacks go out in the background', async () => {
  const record = '<Record playBeep="false" recordingStatusCallback="/status"/>'
  const { farEnd, ends, delivered, events, clock } = dial((_, count) => (count === 1 ? xml(record) : xml('')), {
    data: { req_format: 'twiml' },
  })
  await clock.settle()
  void farEnd.speak(1000)
  await clock.advance(1000)
  farEnd.press('#')
  await ends()
  expect(delivered).toMatchObject([{ kind: 'callback', url: expect.stringContaining('/status') as unknown }])
  expect(textOf(delivered[0]?.body)).toContain('RecordingStatus=completed')
  expect(events).toContainEqual(expect.objectContaining({ type: 'webhook.called', status: 200 }))
})

test.each([
  [{ method: 'PUT' }, '/data/method'],
  [{ req_timeout_ms: 60_001 }, '/data/req_timeout_ms'],
  [{ req_timeout_ms: 0 }, '/data/req_timeout_ms'],
  [{ voice_url: 'ftp://x' }, '/data/voice_url'],
  [{ req_format: 'xml' }, '/data/req_format'],
  [{ custom_request_headers: { Host: 'x' } }, '/data/custom_request_headers'],
  [{ custom_request_headers: { 'X-A': 'a\r\nb' } }, '/data/custom_request_headers/X-A'],
])('data with %j are refused', (data, at) => {
  expect(() => dial(() => bye, { data })).toThrow(
    expect.objectContaining({ details: { problems: [expect.objectContaining({ at })] } }) as Error,
  )
})
