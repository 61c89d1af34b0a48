import { expect, test } from 'vitest'
import { silentLog, type Log } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import { hidingPrivate, importDocuments, MemoryDocumentStore, type DocumentEntry } from './index.ts'

const menu = (document: Document): DocumentEntry => ({ accountId: 'A1', collection: 'menus', document })
const account: DocumentEntry = { accountId: 'A1', collection: 'accounts', document: { id: 'A1' } }

function open() {
  const kept = new MemoryDocumentStore()
  const store = hidingPrivate(kept)
  const told: string[] = []
  const log: Log = { ...silentLog, warn: (event) => told.push(event) }
  const importFrom = (from: string, ...entries: readonly DocumentEntry[]) =>
    importDocuments([account, ...entries], kept, { from, log })
  const menus = async () => (await store.list('A1', 'menus')).map(({ document }) => document)
  return { kept, store, told, importFrom, menus }
}

test('what was edited survives the next start, until the file changes', async () => {
  const { store, told, importFrom, menus } = open()
  expect(await importFrom('/etc/pivot', menu({ id: 'm', name: 'file' }))).toMatchObject({ created: 2 })
  expect(await menus()).toEqual([{ id: 'm', name: 'file' }])
  await store.replace('A1', 'menus', { id: 'm', name: 'edited', pvt_import: 'mine' })
  expect(await importFrom('/etc/pivot', menu({ id: 'm', name: 'file' }))).toEqual({
    created: 0,
    replaced: 0,
    removed: 0,
  })
  expect(await menus()).toEqual([{ id: 'm', name: 'edited' }])
  expect(told).toEqual([])
  expect(await importFrom('/etc/pivot', menu({ id: 'm', name: 'new' }))).toMatchObject({ replaced: 1 })
  expect(await menus()).toEqual([{ id: 'm', name: 'new' }])
  expect(told).toEqual(['documents.edits-replaced'])
})

test('the order of keys is no change', async () => {
  const { kept, told, importFrom } = open()
  await importFrom('/etc/pivot', menu({ id: 'm', name: 'x', media: { a: 1, b: 2 } }))
  const before = await kept.find('A1', 'menus', 'm')
  await importFrom('/etc/pivot', menu({ name: 'x', media: { b: 2, a: 1 }, id: 'm' }))
  expect((await kept.find('A1', 'menus', 'm'))?.revision).toBe(before?.revision)
  expect(told).toEqual([])
})

test('what is no longer in the folder goes, unless it was edited or never came from it', async () => {
  const { store, importFrom, menus } = open()
  await importFrom('/etc/pivot', menu({ id: 'gone' }), menu({ id: 'edited' }), menu({ id: 'stays' }))
  await importFrom('/srv/other', menu({ id: 'other' }))
  await store.put('A1', 'menus', { id: 'edited', name: 'by hand' })
  await store.create('A1', 'menus', { id: 'made' })
  expect(await importFrom('/etc/pivot', menu({ id: 'stays' }))).toMatchObject({ removed: 1 })
  expect((await menus()).map(({ id }) => id)).toEqual(['edited', 'made', 'other', 'stays'])
})

test('the demo replaces nothing that was edited, and makes room for a folder', async () => {
  const { store, importFrom, menus } = open()
  await importFrom('demo', menu({ id: 'one', port: 1 }), menu({ id: 'two', port: 1 }))
  await store.put('A1', 'menus', { id: 'one', name: 'mine' })
  await importFrom('demo', menu({ id: 'one', port: 2 }), menu({ id: 'two', port: 2 }))
  expect(await menus()).toEqual([
    { id: 'one', name: 'mine' },
    { id: 'two', port: 2 },
  ])
  await importFrom('/etc/pivot')
  expect(await menus()).toEqual([{ id: 'one', name: 'mine' }])
})
