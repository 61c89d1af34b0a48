import { afterEach, expect, test } from 'vitest'
import { Failure, silentLog, VirtualClock, type Log } from '../base/index.ts'
import type { Collection, Document } from '../callflow/index.ts'
import { CachedDocuments, MemoryDocumentStore, type DocumentChange, type KeptDocument } from './index.ts'

/** A store that counts what it is asked, answers late, or is away. */
class TiredStore extends MemoryDocumentStore {
  readonly asked: string[] = []
  isAway = false
  before: () => Promise<void> = async () => undefined

  override async find(accountId: string, collection: Collection, id: string): Promise<KeptDocument | undefined> {
    const found = await super.find(accountId, collection, id)
    await this.#ask(`${collection}/${id}`)
    return found
  }

  override async list(accountId: string, collection: Collection): Promise<readonly KeptDocument[]> {
    const all = await super.list(accountId, collection)
    await this.#ask(collection)
    return all
  }

  override async accounts(): Promise<readonly KeptDocument[]> {
    const all = await super.accounts()
    await this.#ask('all accounts')
    return all
  }

  async #ask(what: string): Promise<void> {
    this.asked.push(what)
    if (this.isAway) throw new Failure('DATABASE_UNAVAILABLE', { problem: 'away' })
    await this.before()
  }
}

let close = (): void => undefined
afterEach(() => close())

function open(more: { readonly most?: number } = {}) {
  const clock = new VirtualClock()
  const store = new TiredStore(clock)
  const told: string[] = []
  const log: Log = { ...silentLog, error: (event) => told.push(event), info: (event) => told.push(event) }
  const cache = new CachedDocuments({ store, clock, log, ...more })
  close = () => cache.close()
  const menu = (id: string, name = id): Document => ({ id, name })
  return { clock, store, cache, told, menu }
}

test('a document is read once, also when many ask at the same time, and again after it changed', async () => {
  const { store, cache, menu } = open()
  store.set('A1', 'menus', menu('m1'))
  await Promise.all([cache.get('A1', 'menus', 'm1'), cache.get('A1', 'menus', 'm1'), cache.get('A1', 'menus', 'm2')])
  expect(await cache.get('A1', 'menus', 'm1')).toEqual({ id: 'm1', name: 'm1' })
  expect(await cache.get('A1', 'menus', 'm2')).toBeUndefined()
  expect(store.asked).toEqual(['menus/m1', 'menus/m2'])
  await cache.save('A1', 'menus', menu('m1', 'new'))
  expect(await cache.get('A1', 'menus', 'm1')).toMatchObject({ name: 'new' })
  expect(await cache.get('A2', 'menus', 'm1')).toBeUndefined()
  expect(store.asked.slice(2)).toEqual(['menus/m1', 'menus/m1'])
})

test('of a list, only what changed is read again, and the others stay the same objects', async () => {
  const { store, cache, menu } = open()
  for (const id of ['b', 'a', 'c']) store.set('A1', 'menus', menu(id))
  const before = await cache.list('A1', 'menus')
  expect(before.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  expect(await cache.list('A1', 'menus')).toBe(before)
  store.set('A1', 'menus', menu('b', 'new'))
  await store.remove('A1', 'menus', 'c')
  store.set('A1', 'menus', menu('d'))
  const after = await cache.list('A1', 'menus')
  expect(after.map(({ name }) => name)).toEqual(['a', 'new', 'd'])
  expect(after[0]).toBe(before[0])
  expect(await cache.get('A1', 'menus', 'zzz')).toBeUndefined()
  expect(store.asked).toEqual(['menus', 'menus/b', 'menus/c', 'menus/d'])
})

test('when anything may have changed, all is read again', async () => {
  const { store, cache, menu } = open()
  store.set('A1', 'menus', menu('m1'))
  store.set('A1', 'accounts', { id: 'A1' })
  await cache.list('A1', 'menus')
  expect(await cache.accounts()).toHaveLength(1)
  await store.removeAccount('A1')
  expect(await cache.list('A1', 'menus')).toEqual([])
  expect(await cache.accounts()).toEqual([])
  expect(await cache.get('A1', 'accounts', 'A1')).toBeUndefined()
})

test('what is changed while it is being read is read again by the next', async () => {
  const { store, cache, menu } = open()
  store.set('A1', 'menus', menu('m1', 'old'))
  for (const read of [
    () => cache.get('A1', 'menus', 'm1'),
    async () => (await cache.list('A1', 'menus')).find(({ id }) => id === 'm1'),
  ]) {
    let isOver = false
    store.before = async () => {
      if (!isOver) store.set('A1', 'menus', menu('m1', 'new'))
      isOver = true
    }
    await read()
    expect(await read()).toMatchObject({ name: 'new' })
    store.set('A1', 'menus', menu('m1', 'old'))
  }
})

test('while the store is away, calls get what was known; whoever did is told when it is back', async () => {
  const { clock, store, cache, told, menu } = open()
  const changes: DocumentChange[] = []
  store.set('A1', 'menus', menu('m1', 'old'))
  await cache.list('A1', 'menus')
  cache.onChange((change) => changes.push(change))
  store.set('A1', 'menus', menu('m1', 'new'))
  store.isAway = true
  expect(await cache.list('A1', 'menus')).toEqual([{ id: 'm1', name: 'old' }])
  expect(await cache.get('A1', 'menus', 'm1')).toEqual({ id: 'm1', name: 'old' })
  await expect(cache.get('A1', 'callflows', 'c1')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  await clock.advance(10_000)
  expect(told).toEqual(['documents.store-away'])
  store.isAway = false
  changes.length = 0
  await clock.advance(1_000)
  expect(changes).toEqual([{ accountId: 'A1', collection: 'menus', id: undefined, how: 'edited' }])
  expect(await cache.list('A1', 'menus')).toEqual([{ id: 'm1', name: 'new' }])
  expect(told).toEqual(['documents.store-away', 'documents.store-back'])
})

test('a store that does not answer is waited for half a second, or five when nothing is known', async () => {
  const { clock, store, cache, menu } = open()
  store.set('A1', 'menus', menu('m1', 'old'))
  await cache.get('A1', 'menus', 'm1')
  store.set('A1', 'menus', menu('m1', 'new'))
  store.before = () => new Promise(() => undefined)
  const known = cache.get('A1', 'menus', 'm1')
  const unknown = cache.get('A1', 'menus', 'm2').catch((error: unknown) => error)
  await clock.advance(500)
  expect(await known).toMatchObject({ name: 'old' })
  await clock.advance(4_500)
  expect(await unknown).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
})

test('what was not asked for the longest is forgotten when there is too much', async () => {
  const { store, cache, menu } = open({ most: 4 })
  for (const account of ['A1', 'A2', 'A3']) {
    store.set(account, 'menus', menu('m1'))
    await cache.list(account, 'menus')
    await cache.list('A1', 'menus')
  }
  await cache.list('A2', 'menus')
  expect(store.asked).toHaveLength(4)
})
