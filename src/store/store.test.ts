import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog, systemClock } from '../base/index.ts'
import { everyStore } from '../../test/contract/store.ts'
import { aCdr, anEvent } from '../../test/contract/store-samples.ts'
import { migrateStore, openStore, type Store, type StoreOptions } from './index.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-store-'))
})
afterAll(() => rm(folder, { recursive: true }))

let folders = 0
const newFolder = (): string => join(folder, String(++folders))
const options = (dataDir: string): StoreOptions => ({
  url: '',
  dataDir,
  node: 'n0',
  clock: systemClock,
  log: silentLog,
  limits: { gatherMs: 0 },
})
const open = (): Promise<Store> => openStore(options(newFolder()))

everyStore('SQLite', open)

test('the database is a file of its owner, and of one process', async () => {
  const dataDir = newFolder()
  const store = await openStore(options(dataDir))
  expect((await stat(join(dataDir, 'pivot.db'))).mode & 0o777).toBe(0o600)
  await expect(openStore(options(dataDir))).rejects.toMatchObject({ code: 'DATABASE_IN_USE' })
  await store.close()
  await (await openStore(options(dataDir))).close()
})

test('what is no database is refused', async () => {
  const dataDir = newFolder()
  const { mkdir, writeFile } = await import('node:fs/promises')
  await mkdir(dataDir)
  await writeFile(join(dataDir, 'pivot.db'), 'This is a letter to my bank, and quite a long one. '.repeat(99))
  await expect(openStore(options(dataDir))).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
})

test('migrations are said before they are made, and made once', async () => {
  const dataDir = newFolder()
  const all = ['0001-first', '0002-registrations']
  expect(await migrateStore(options(dataDir), { checkOnly: true })).toEqual({ applied: [], pending: all })
  expect(await migrateStore(options(dataDir), { checkOnly: false })).toEqual({ applied: [], pending: all })
  expect(await migrateStore(options(dataDir), { checkOnly: true })).toEqual({ applied: all, pending: [] })
})

test('units that come faster than they are written go to the journal, or are dropped when they may', async () => {
  const dataDir = newFolder()
  const limits = { gatherMs: 0, mostUnits: 5, batchUnits: 5 }
  const store = await openStore({ ...options(dataDir), limits })
  const ended = Array.from({ length: 50 }, (_, n) => store.records.write({ ended: aCdr('acme', `c${n}`) }))
  const told = Array.from({ length: 10 }, (_, n) => store.records.write({ events: [anEvent('acme', 'c', n + 1)] }))
  expect(await Promise.all(told)).toEqual(Array<boolean>(10).fill(false))
  expect(await Promise.all(ended)).toEqual(Array<boolean>(50).fill(true))
  expect(store.records.counters()).toMatchObject({ journaled: 45, dropped: 10 })
  await store.flush()
  expect((await store.reader.cdrs('acme', { size: 100 })).items).toHaveLength(50)
  expect((await stat(join(dataDir, 'overflow.ndjson'))).size).toBe(0)
  await store.close()
})

test('what an earlier process left in the journal is written at the next start', async () => {
  const dataDir = newFolder()
  await (await openStore(options(dataDir))).close()
  const { appendFile } = await import('node:fs/promises')
  const line = (n: number): string => JSON.stringify({ key: `k${n}`, unit: { ended: aCdr('acme', `c${n}`) } })
  const torn = '{"key":"k3","unit":{"en'
  await appendFile(join(dataDir, 'overflow.ndjson'), `${line(1)}\nnot JSON\n${line(2)}\n${line(2)}\n${torn}`)
  const store = await openStore(options(dataDir))
  expect((await store.reader.cdrs('acme', { size: 100 })).items.map(({ callId }) => callId)).toEqual(['c2', 'c1'])
  await store.close()
  expect((await stat(join(dataDir, 'overflow.ndjson'))).size).toBe(0)
})

test('closing keeps what still waits', async () => {
  const dataDir = newFolder()
  const store = await openStore({ ...options(dataDir), limits: { gatherMs: 60_000 } })
  const written = store.records.write({ ended: aCdr('acme', 'c1') })
  await store.close()
  expect(await written).toBe(true)
  const again = await openStore(options(dataDir))
  expect((await again.reader.cdrs('acme', { size: 100 })).items).toHaveLength(1)
  await again.close()
})
