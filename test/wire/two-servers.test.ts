import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Uac } from '../../bench/uac.ts'
import { documentsFolder } from './support/documents.ts'
import { openPostgres } from './support/postgres.ts'
import { startServer, type RunningServer } from './support/server.ts'

const key = 'a key that both servers know'
const undo: (() => unknown)[] = []

/** Takes webhooks slowly, and notices when the same one is told twice. */
const told = { isAway: false, underway: new Set<string>(), twiceAtOnce: 0, times: new Map<string, number>() }
const callIds = new Set<string>()
const callers = new Set<Uac>()
let [one, other]: RunningServer[] = []

beforeAll(async () => {
  const receiver = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      const id = String(request.headers['idempotency-key'])
      if (told.underway.has(id)) told.twiceAtOnce++
      told.underway.add(id)
      setTimeout(() => {
        told.underway.delete(id)
        if (told.isAway) {
          request.socket.destroy()
          return
        }
        told.times.set(id, (told.times.get(id) ?? 0) + 1)
        callIds.add(new URLSearchParams(body).get('call_id') ?? '')
        response.writeHead(200).end()
      }, 50)
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  undo.push(() => {
    receiver.closeAllConnections()
    receiver.close()
  })
  const postgres = await openPostgres()
  undo.push(() => postgres.close())
  const uri = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
  const documents = await documentsFolder(
    {
      5000: { module: 'response', data: { code: 486 } },
      5001: { module: 'play', data: { id: 'welcome' }, children: { _: { module: 'sleep', data: { duration: 60 } } } },
    },
    { webhooks: [{ id: 'ends', name: 'Ends', hook: 'channel_destroy', uri }] },
  )
  undo.push(documents.remove)
  const env = { PIVOT_DATABASE_URL: postgres.url, PIVOT_API_KEY: key, PIVOT_LOG_LEVEL: 'warn' }
  one = await startServer({ documents: documents.folder, env })
  other = await startServer({ documents: documents.folder, env })
}, 120_000)

afterAll(async () => {
  for (const uac of callers) uac.close()
  for (const step of undo.reverse()) await step()
})

test('a callflow that is changed by one server takes effect on the other within a second', async () => {
  const { server, calls } = await callerOf(other)
  expect((await calls('5000')).status).toBe(486)
  const answer = await api(one, 'PATCH', 'callflows/flow-5000', { flow: { data: { code: 603 } } })
  expect(answer.status).toBe(200)
  const changed = performance.now()
  while ((await calls('5000')).status !== 603) {
    expect(performance.now() - changed, `${server.sip} still has the old callflow`).toBeLessThan(1_000)
  }
})

test('what both have to deliver is delivered once each, also after the receiver was away', async () => {
  told.isAway = true
  const both = await Promise.all([one, other].map(callerOf))
  const made: string[] = []
  for (let i = 0; i < 40; i++) {
    const { calls } = both[i % 2] ?? expect.unreachable()
    made.push((await calls('5000')).callId)
  }
  told.isAway = false
  await becomesTrue(() => made.every((callId) => callIds.has(callId)), 60_000)
  expect(told.twiceAtOnce).toBe(0)
  expect([...told.times.values()].every((times) => times === 1)).toBe(true)
})

test('the calls of a server that dies get their CDR and their webhook from the other', async () => {
  const { calls, leave } = await callerOf(one)
  const live = Array.from({ length: 5 }, () => calls('5001'))
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await one?.kill()
  const answer = await cdrsWhen(
    other,
    (cdrs) => cdrs.filter(({ hangup_code: code }) => code === 'sip:503').length === 5,
  )
  const lost = answer.filter(({ hangup_code: code }) => code === 'sip:503')
  expect(lost.every(({ hangup_cause: cause }) => cause === 'NORMAL_TEMPORARY_FAILURE')).toBe(true)
  await becomesTrue(() => lost.every(({ call_id: callId }) => callIds.has(callId)), 10_000)
  leave()
  expect((await Promise.all(live)).every(({ status }) => status === 200)).toBe(true)
  expect(await other?.stop()).toBe(0)
}, 90_000)

async function callerOf(server: RunningServer | undefined) {
  if (server === undefined) throw new Error('there is no server')
  const uac = await Uac.open(server.sip)
  callers.add(uac)
  const leave = (): void => {
    if (callers.delete(uac)) uac.close()
  }
  return { server, leave, calls: (number: string) => uac.call({ number, rtpPort: 9 }) }
}

const api = (server: RunningServer | undefined, method: string, path: string, data?: object): Promise<Response> =>
  fetch(`${server?.http}/v2/accounts/demo/${path}`, {
    method,
    headers: { 'x-auth-token': key, 'content-type': 'application/json' },
    ...(data === undefined ? {} : { body: JSON.stringify({ data }) }),
  })

interface ShownCdr {
  readonly call_id: string
  readonly hangup_code: string
  readonly hangup_cause: string
}

async function cdrsWhen(server: RunningServer | undefined, fits: (cdrs: readonly ShownCdr[]) => boolean) {
  let cdrs: readonly ShownCdr[] = []
  const begun = performance.now()
  while (!fits(cdrs)) {
    if (performance.now() - begun > 30_000) throw new Error(`not so after 30 s: ${JSON.stringify(cdrs).slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const list = (await (await api(server, 'GET', 'cdrs?paginate=false')).json()) as { data: readonly { id: string }[] }
    cdrs = await Promise.all(
      list.data.map(async ({ id }) => {
        const one = (await (await api(server, 'GET', `cdrs/${id}`)).json()) as { data: ShownCdr }
        return one.data
      }),
    )
  }
  return cdrs
}

async function becomesTrue(fits: () => boolean, ms: number): Promise<void> {
  const begun = performance.now()
  while (!fits()) {
    if (performance.now() - begun > ms) throw new Error(`not so after ${ms} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
