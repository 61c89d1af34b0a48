import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { silentLog, systemClock } from '../../src/base/index.ts'
import type { DocumentChange } from '../../src/documents/index.ts'
import type { KeptEvent } from '../../src/records/index.ts'
import { migrateStore, openStore, type Store } from '../../src/store/index.ts'
import { everyStore } from '../contract/store.ts'
import { aCdr, aJob, anEvent } from '../contract/store-samples.ts'
import { openPostgres, type PostgresServer } from './support/postgres.ts'

let server: PostgresServer
let folder = ''
const opened: Store[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-pg-store-'))
  server = await openPostgres()
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

let folders = 0
const options = (url: string, node: string) => ({
  url,
  dataDir: join(folder, String(++folders)),
  node,
  clock: systemClock,
  log: silentLog,
  limits: { gatherMs: 0 },
})

async function openNode(url: string, node: string): Promise<Store> {
  const store = await openStore(options(url, node))
  opened.push(store)
  return store
}

async function twoNodes(): Promise<readonly [Store, Store]> {
  const url = await server.newDatabase()
  // At once: one of them makes the schema, the other waits.
  return Promise.all([openNode(url, 'n1'), openNode(url, 'n2')])
}

async function until(isTrue: () => boolean, ms: number): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end && !isTrue();) await sleep(10)
  expect(isTrue()).toBe(true)
}

everyStore('PostgreSQL', async () => openStore(options(await server.newDatabase(), 'n0')))

test('a document changed by one process is known to the other within a second', async () => {
  const [one, other] = await twoNodes()
  const told: DocumentChange[] = []
  other.documents.onChange((change) => told.push(change))
  await one.documents.create('acme', 'callflows', { id: 'f' })
  await until(() => told.length === 1, 1_000)
  expect(told).toEqual([{ accountId: 'acme', collection: 'callflows', id: 'f', how: 'created' }])
  await one.documents.create('acme', 'callflows', { id: 'x'.repeat(9_000) }).catch(() => undefined)
  await one.documents.create('acme', 'users', { id: 'ü'.repeat(1_200) })
  await until(() => told.some(({ collection }) => collection === 'users'), 1_000)
})

test('events of two processes have one order, and both tell them in it, none twice and none left out', async () => {
  const stores = await twoNodes()
  const told: [KeptEvent[], KeptEvent[]] = [[], []]
  for (const [index, { reader }] of stores.entries()) reader.onEvents((events) => void told[index]?.push(...events))
  const count = 150
  const write = async ({ records }: Store, callId: string): Promise<void> => {
    for (let n = 1; n <= count; n++) {
      const written = records.write({ events: [anEvent('acme', callId, n)] })
      if (n % 7 === 0) await written
    }
  }
  await Promise.all([write(stores[0], 'c1'), write(stores[1], 'c2')])
  await until(() => told.every(({ length }) => length === 2 * count), 5_000)
  const kept = await stores[0].reader.events('acme', { most: 1_000 })
  expect(kept.map(({ id }) => id)).toEqual(Array.from({ length: 2 * count }, (_, index) => index + 1))
  expect(told[0]).toEqual(kept)
  expect(told[1]).toEqual(kept)
})

test('what a phone registers with one process, the other hears of and knows', async () => {
  const [one, other] = await twoNodes()
  const name = { accountId: 'acme', username: 'desk' }
  const told: unknown[] = []
  one.registrations.onChange((changed) => told.push('own', changed))
  other.registrations.onChange((changed) => told.push(changed))
  await one.registrations.write({ ...name, kept: [], removed: [] })
  await until(() => told.length === 1, 1_000)
  expect(told).toEqual([expect.objectContaining(name)])
})

test('jobs added by one process are heard of by the other, and claimed by one of them', async () => {
  const [one, other] = await twoNodes()
  let added = 0
  other.jobs.onAdded(() => added++)
  await one.records.write({ jobs: Array.from({ length: 100 }, (_, n) => aJob(`j${n}`)) })
  await until(() => added > 0, 1_000)
  const claimed = await Promise.all([one, other, one, other].map(({ jobs }, n) => jobs.claim(`n${n}`, 40, 5_000)))
  const ids = claimed.flat().map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(claimed.every(({ length }) => length <= 40)).toBe(true)
})

test('a server that goes away: what is told meanwhile is kept, and nothing is missed when it is back', async () => {
  const [one, other] = await twoNodes()
  const changes: DocumentChange[] = []
  const events: KeptEvent[] = []
  await one.documents.create('acme', 'accounts', { id: 'acme' })
  other.documents.onChange((change) => changes.push(change))
  other.reader.onEvents((some) => void events.push(...some))
  await server.stop()
  await expect(one.documents.find('acme', 'accounts', 'acme')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  const written = one.records.write({ ended: aCdr('acme', 'c1'), events: [anEvent('acme', 'c1', 1)] })
  await until(() => one.records.counters().retries > 0, 5_000)
  await server.start()
  expect(await written).toBe(true)
  await until(() => events.length === 1 && changes.some(({ id }) => id === undefined), 15_000)
  expect((await other.reader.cdrs('acme', { size: 5 })).items).toHaveLength(1)
})

test('a store that closes while the server is away leaves what matters to the next start', async () => {
  const url = await server.newDatabase()
  const own = options(url, 'n1')
  const store = await openStore(own)
  await server.stop()
  const written = store.records.write({ ended: aCdr('acme', 'c1') })
  await store.close()
  expect(await written).toBe(true)
  await server.start()
  const again = await openStore({ ...own, node: 'n2' })
  opened.push(again)
  expect((await again.reader.cdrs('acme', { size: 5 })).items).toHaveLength(1)
})

test('no server, no database and a newer schema are told with what to do', async () => {
  await expect(openStore(options('postgres://pivot@127.0.0.1:1/x', 'n'))).rejects.toThrow(/is PostgreSQL running/)
  const url = await server.newDatabase()
  await expect(openStore(options(url.replace(/pivot_\d+$/, 'nowhere'), 'n'))).rejects.toThrow(/createdb/)
  await migrateStore(options(url, 'n'), { checkOnly: false })
  await server.run(url, "INSERT INTO pivot_migrations (name, timestamp) VALUES ('9999-later', 'now')")
  await expect(openStore(options(url, 'n'))).rejects.toMatchObject({ code: 'DATABASE_TOO_NEW' })
})
