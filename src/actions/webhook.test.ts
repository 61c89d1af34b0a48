import { expect, test } from 'vitest'
import { Failure, silentLog, VirtualClock } from '../base/index.ts'
import { Call, type CallEvent } from '../call/index.ts'
import { simulatedLeg } from '../drivers/simulator/index.ts'
import { openDeliveries, type Http, type HttpQuestion } from '../http/index.ts'
import { webhook } from './webhook.ts'

const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }

/** A caller whose flow has come to a webhook. */
function arrive(http: Http): {
  readonly clock: VirtualClock
  readonly told: CallEvent[]
  readonly run: (data: object) => Promise<unknown>
} {
  const clock = new VirtualClock()
  const told: CallEvent[] = []
  const { leg } = simulatedLeg({
    clock,
    callId: 'C1',
    from: { user: '+15551230001', realm: 'a1.example', name: 'Ann Lee' },
    to: { user: '2030', realm: 'a1.example' },
    headers: { 'X-Tenant': '7' },
  })
  const call = new Call({
    leg,
    account,
    number: '2030',
    clock,
    log: silentLog,
    observers: [(event) => told.push(event)],
  })
  call.variables.application.set('ticket', '42')
  const action = webhook(openDeliveries({ http, clock, log: silentLog }))
  const context = { call, clock, signal: leg.ended, log: silentLog }
  const children = { keys: [], has: () => false }
  return {
    clock,
    told,
    run: (data) => action.run({ http_verb: 'get', retries: 3, custom_data: {}, ...data }, context, children),
  }
}

const ok = { url: '', status: 200, headers: {}, cookies: [], body: new Uint8Array(), timing: { totalMs: 1 } }

test('a server that cannot be reached is tried every two seconds, and the call has long gone on', async () => {
  const askedAt: number[] = []
  const { clock, told, run } = arrive(async ({ url }) => {
    askedAt.push(clock.now())
    if (askedAt.length < 3) throw new Failure('HTTP_CONNECT', { url, reason: 'ECONNREFUSED' })
    return ok
  })
  expect(await run({ uri: 'https://shop.example/called' })).toEqual({ go: 'child', key: '_' })
  await clock.advance(60_000)
  expect(askedAt).toEqual([0, 2000, 4000])
  expect(told).toMatchObject([{ type: 'webhook.called', url: 'https://shop.example/called', status: 200 }])
})

test('when the tries are used up, the story says why', async () => {
  let asked = 0
  const { clock, told, run } = arrive(async ({ url }) => {
    asked++
    throw new Failure('HTTP_DNS', { url, host: 'shop.example' })
  })
  await run({ uri: 'https://shop.example/called?key=secret', retries: 2 })
  await clock.advance(60_000)
  expect(asked).toBe(2)
  expect(told).toMatchObject([{ type: 'webhook.called', url: 'https://shop.example/called', code: 'HTTP_DNS' }])
})

test.each([
  ['a refusal', async () => ({ ...ok, status: 410 }), { status: 410 }],
  [
    'an address that is forbidden',
    async () => {
      throw new Failure('HTTP_FORBIDDEN_ADDRESS', { url: '', address: '10.0.0.1' })
    },
    { code: 'HTTP_FORBIDDEN_ADDRESS' },
  ],
] as const)('%s is not tried again', async (_what, answer, outcome) => {
  let asked = 0
  const { clock, told, run } = arrive(async () => {
    asked++
    return answer()
  })
  await run({ uri: 'https://shop.example/called' })
  await clock.advance(60_000)
  expect(asked).toBe(1)
  expect(told).toMatchObject([outcome])
})

test.each(['get', 'POST'])('by %s the call is told in snake case, over the custom data', async (http_verb) => {
  const questions: HttpQuestion[] = []
  const { clock, run } = arrive(async (question) => {
    questions.push(question)
    return ok
  })
  const custom_data = { campaign: 'spring', call_id: 'forged', type: 'x', action: 'y', list: ['a', 'b'] }
  await run({ uri: 'https://shop.example/called?a=1#part', http_verb, custom_data })
  await clock.settle()
  const [{ url, method, body } = { url: '', method: '', body: '' }] = questions
  expect(method).toBe(http_verb.toUpperCase())
  const form = new URLSearchParams(http_verb === 'get' ? new URL(url).search : typeof body === 'string' ? body : '')
  expect(Object.fromEntries(form)).toMatchObject({
    campaign: 'spring',
    call_id: 'C1',
    account_id: 'A1',
    caller_id_name: 'Ann Lee',
    caller_id_number: '+15551230001',
    'custom_application_vars[ticket]': '42',
    'custom_sip_headers[X-Tenant]': '7',
    from: '+15551230001@a1.example',
    to_user: '2030',
  })
  expect(form.getAll('list[]')).toEqual(['a', 'b'])
  expect(form.has('type') || form.has('action')).toBe(false)
})
