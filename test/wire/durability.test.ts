import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Uac, type CallResult } from '../../bench/uac.ts'
import { sequence } from '../support/sip-wire.ts'
import { documentsFolder } from './support/documents.ts'
import { openPostgres } from './support/postgres.ts'
import { startServer, type RunningServer } from './support/server.ts'

const rounds = 10
const callsPerSecond = 20
const key = 'a key that only this test knows'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** Each delivery that came, by what was told: `channel_destroy C1` → the idempotency keys it came with. */
type Told = Map<string, Set<string>>

/** The developer's web server: answers calls in TwiML, takes CDRs and webhooks, and can be away. */
class Receiver {
  readonly told: Told = new Map()
  isAway = false
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => (body += part))
      request.on('end', () => {
        if (this.isAway) {
          request.socket.destroy()
          return
        }
        if (request.url?.startsWith('/voice') === true) {
          response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response><Gather timeout="1"/></Response>')
          return
        }
        this.#note(String(request.url), new URLSearchParams(body), String(request.headers['idempotency-key']))
        response.writeHead(200).end()
      })
    })
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver()
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  heard(what: string, callId: string): readonly string[] {
    return [...(this.told.get(`${what} ${callId}`) ?? [])]
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #note(path: string, form: URLSearchParams, id: string): void {
    const what = path === '/cdr' ? `cdr ${form.get('Call-ID')}` : `${form.get('hook_event')} ${form.get('call_id')}`
    const ids = this.told.get(what) ?? new Set()
    this.told.set(what, ids.add(id))
  }
}

async function scene(receiver: Receiver): Promise<string> {
  const documents = await documentsFolder(
    {
      3000: {
        module: 'pivot',
        data: { voice_url: `${receiver.url}/voice`, req_format: 'twiml', cdr_url: `${receiver.url}/cdr`, debug: true },
      },
    },
    { webhooks: [{ id: 'all-ends', name: 'Ends', hook: 'channel_destroy', uri: `${receiver.url}/hook` }] },
  )
  undo.push(documents.remove)
  return documents.folder
}

/** 20 calls each second until `signal` aborts. Resolves with those that the caller saw to their end. */
async function callUntil(uac: Uac, signal: AbortSignal): Promise<readonly CallResult[]> {
  const finished: CallResult[] = []
  while (!signal.aborted) {
    void uac.call({ number: '3000', rtpPort: 9 }).then((result) => {
      if (result.status === 200 && !signal.aborted) finished.push(result)
    })
    await pause(1000 / callsPerSecond)
  }
  return finished
}

async function api<T>(server: RunningServer, path: string): Promise<T> {
  const answer = await fetch(`${server.http}/v2/accounts/demo/${path}`, { headers: { 'x-auth-token': key } })
  expect(answer.status, path).toBe(200)
  return ((await answer.json()) as { data: T }).data
}

async function cdrsOf(server: RunningServer): Promise<ReadonlySet<string>> {
  const cdrs = await api<readonly { call_id: string }[]>(server, 'cdrs?paginate=false')
  const callIds = cdrs.map((cdr) => cdr.call_id)
  expect(new Set(callIds).size, 'one CDR for each call').toBe(callIds.length)
  return new Set(callIds)
}

const databases = [
  ['embedded', async () => ''],
  [
    'PostgreSQL',
    async () => {
      const postgres = await openPostgres()
      undo.push(() => postgres.close())
      return postgres.url
    },
  ],
] as const

test.each(databases)(
  'killed ten times at 20 calls/s, every finished call has its CDR, its webhook and its cdr_url: %s',
  async (_name, database) => {
    const receiver = await Receiver.open()
    undo.push(() => receiver.close())
    const dataDir = await mkdtemp(join(tmpdir(), 'pivot-durable-'))
    undo.push(() => rm(dataDir, { recursive: true, force: true }))
    const options = {
      documents: await scene(receiver),
      dataDir,
      env: { PIVOT_DATABASE_URL: await database(), PIVOT_API_KEY: key, PIVOT_LOG_LEVEL: 'warn' },
    }
    const random = sequence(2026)
    const finished: CallResult[] = []
    for (let round = 0; round < rounds; round++) {
      const server = await startServer(options)
      const uac = await Uac.open(server.sip)
      const killing = new AbortController()
      const calling = callUntil(uac, killing.signal)
      await pause(1_500 + random() * 1_500)
      await server.kill()
      killing.abort()
      finished.push(...(await calling))
      uac.close()
    }
    expect(finished.length).toBeGreaterThan(rounds * 5)

    const server = await startServer(options)
    undo.push(() => server.stop())
    const callIds = finished.map(({ callId }) => callId)
    const missing = (): readonly string[] =>
      callIds.flatMap((callId) =>
        ['cdr', 'channel_destroy']
          .filter((what) => receiver.heard(what, callId).length === 0)
          .map((what) => `${what} ${callId}`),
      )
    await becomesTrue(
      () => missing().length === 0,
      60_000,
      () => `missing: ${missing().slice(0, 5).join(', ')}`,
    )
    const kept = await cdrsOf(server)
    expect(callIds.filter((callId) => !kept.has(callId))).toEqual([])
    for (const [what, ids] of receiver.told) expect(ids.size, `${what} came with ${[...ids].join(', ')}`).toBe(1)
    expect(await api<unknown[]>(server, 'callflows')).toHaveLength(1)
  },
  300_000,
)

test('a receiver that is away for a minute is told of everything once it is back', async () => {
  const receiver = await Receiver.open()
  undo.push(() => receiver.close())
  const server = await startServer({
    documents: await scene(receiver),
    env: { PIVOT_API_KEY: key, PIVOT_LOG_LEVEL: 'warn' },
  })
  undo.push(() => server.stop())
  const uac = await Uac.open(server.sip)
  undo.push(() => uac.close())
  const calls: Promise<CallResult>[] = []
  for (let i = 0; i < 60; i++) {
    // Half of the calls begin while the receiver is there, and end when it is not.
    if (i === 30) receiver.isAway = true
    calls.push(uac.call({ number: '3000', rtpPort: 9 }))
    await pause(1000 / callsPerSecond)
  }
  const told = (await Promise.all(calls)).filter(({ status }) => status === 200).map(({ callId }) => callId)
  await pause(60_000)
  receiver.isAway = false
  const isTold = (callId: string): boolean => receiver.heard('channel_destroy', callId).length === 1
  await becomesTrue(
    () => told.every(isTold),
    60_000,
    () => `missing ${told.filter((id) => !isTold(id)).length}`,
  )
  const hook = await api<{ enabled?: boolean }>(server, 'webhooks/all-ends')
  expect(hook.enabled).not.toBe(false)
}, 300_000)

async function becomesTrue(fits: () => boolean, ms: number, what: () => string): Promise<void> {
  const begun = performance.now()
  while (!fits()) {
    if (performance.now() - begun > ms) throw new Error(`not so after ${ms} ms: ${what()}`)
    await pause(100)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
