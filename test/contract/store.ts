import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/index.ts'
import { collections } from '../../src/callflow/index.ts'
import type { DocumentChange } from '../../src/documents/index.ts'
import type { KeptEvent } from '../../src/records/index.ts'
import type { Registration } from '../../src/registrations/index.ts'
import type { Store } from '../../src/store/index.ts'
import { aCallsEnd, aCdr, aDebugEntry, aJob, aLeg, anEvent } from './store-samples.ts'

/** What every store does, whatever database is below it. `open` gives a new, empty one. */
export function everyStore(name: string, open: () => Promise<Store>): void {
  const kept = (title: string, work: (store: Store) => Promise<void>): void =>
    test(title, async () => {
      const store = await open()
      try {
        await work(store)
      } finally {
        await store.close()
      }
    })

  describe(`${name}: documents`, () => {
    kept('are created, read, replaced and removed, each time with another revision', async ({ documents }) => {
      const document = { id: 'm1', name: 'Menü 😀', deep: { unknown: [1, null, 'x'] } }
      const created = await documents.create('acme', 'menus', document)
      expect(created).toMatchObject({ accountId: 'acme', collection: 'menus', id: 'm1', document })
      expect(created.revision).toMatch(/^1-[0-9a-f]{32}$/)
      expect(await documents.find('acme', 'menus', 'm1')).toEqual(created)

      const replaced = await documents.replace('acme', 'menus', { id: 'm1', name: 'b' }, created.revision)
      expect(replaced.revision).toMatch(/^2-/)
      expect(replaced.createdAt).toBe(created.createdAt)
      expect((await documents.put('acme', 'menus', { id: 'm1', name: 'c' })).revision).toMatch(/^3-/)
      expect((await documents.put('acme', 'menus', { id: 'm2' })).revision).toMatch(/^1-/)
      expect((await documents.remove('acme', 'menus', 'm1')).document).toEqual({ id: 'm1', name: 'c' })
      expect(await documents.find('acme', 'menus', 'm1')).toBeUndefined()
    })

    kept('refuse what does not fit what is there', async ({ documents }) => {
      const { revision } = await documents.create('acme', 'menus', { id: 'm1' })
      await expect(documents.create('acme', 'menus', { id: 'm1' })).rejects.toMatchObject({ code: 'DOCUMENT_EXISTS' })
      await documents.replace('acme', 'menus', { id: 'm1' })
      const conflict = { code: 'DOCUMENT_CONFLICT' }
      await expect(documents.replace('acme', 'menus', { id: 'm1' }, revision)).rejects.toMatchObject(conflict)
      await expect(documents.remove('acme', 'menus', 'm1', revision)).rejects.toMatchObject(conflict)
      const missing = { code: 'DOCUMENT_NOT_FOUND' }
      await expect(documents.replace('acme', 'menus', { id: 'm9' })).rejects.toMatchObject(missing)
      await expect(documents.remove('acme', 'menus', 'm9')).rejects.toMatchObject(missing)
      await expect(documents.removeAccount('nobody')).rejects.toMatchObject(missing)
    })

    kept('changed by many at once: of those who name a revision one wins', async ({ documents }) => {
      const { revision } = await documents.create('acme', 'menus', { id: 'm1' })
      const replace = (n: number) => documents.replace('acme', 'menus', { id: 'm1', n }, revision)
      const settled = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => replace(n)))
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      await Promise.all(Array.from({ length: 8 }, (_, n) => documents.put('acme', 'menus', { id: 'm1', n })))
      expect((await documents.find('acme', 'menus', 'm1'))?.revision).toMatch(/^10-/)
    })

    kept('are listed in the order of ids, all or by page, and counted', async ({ documents }) => {
      for (const id of ['c', 'a', 'B', 'd']) await documents.create('acme', 'users', { id })
      await documents.create('acme', 'devices', { id: 'x' })
      const ids = async (page?: { startKey?: string; size: number }) =>
        (await documents.list('acme', 'users', page)).map(({ id }) => id)
      expect(await ids()).toEqual(['B', 'a', 'c', 'd'])
      expect(await ids({ size: 2 })).toEqual(['B', 'a'])
      expect(await ids({ startKey: 'b', size: 2 })).toEqual(['c', 'd'])
      expect(await documents.count('acme', 'users')).toBe(4)
    })

    kept('of one account are nothing to another, in every collection', async ({ documents }) => {
      for (const collection of collections) {
        await documents.create('acme', collection, { id: 'same', of: 'acme' })
        expect(await documents.find('other', collection, 'same')).toBeUndefined()
        expect(await documents.list('other', collection)).toEqual([])
        await expect(documents.remove('other', collection, 'same')).rejects.toThrow()
        await expect(documents.replace('other', collection, { id: 'same' })).rejects.toThrow()
        await documents.put('other', collection, { id: 'same', of: 'other' })
        expect((await documents.find('acme', collection, 'same'))?.document).toEqual({ id: 'same', of: 'acme' })
      }
    })

    kept('tell of their changes, once they are made', async ({ documents }) => {
      const changes: DocumentChange[] = []
      const stop = documents.onChange((change) => changes.push(change))
      documents.onChange(() => {
        throw new Error('a listener with a defect')
      })
      await documents.create('acme', 'menus', { id: 'm1' })
      await documents.put('acme', 'menus', { id: 'm1' })
      await documents.remove('acme', 'menus', 'm1')
      await documents.remove('acme', 'menus', 'm1').catch(() => undefined)
      const change = { accountId: 'acme', collection: 'menus', id: 'm1' }
      expect(changes).toEqual(['created', 'edited', 'deleted'].map((how) => ({ ...change, how })))
      stop()
      await documents.create('acme', 'menus', { id: 'm1' })
      expect(changes).toHaveLength(3)
    })

    kept('an account goes with everything it has', async ({ documents, records, reader, jobs, tokens, nodes }) => {
      for (const id of ['acme', 'other']) {
        await documents.create(id, 'accounts', { id })
        await documents.create(id, 'menus', { id: 'm' })
        await tokens.add(aToken(`hash-${id}`, { accountId: id }))
        await records.write({ ...aCallsEnd(id, `call-${id}`), debug: [aDebugEntry(id, `call-${id}`, 1, 1)] })
        await records.write({ live: aLeg(id, `live-${id}`), attempts: [anAttempt(id, 'x', 1)] })
        await jobs.add([aJob(`j-${id}`, { accountId: id })], undefined)
      }
      expect((await documents.accounts()).map(({ id }) => id)).toEqual(['acme', 'other'])
      await documents.removeAccount('acme')
      expect((await documents.accounts()).map(({ id }) => id)).toEqual(['other'])
      expect(await documents.list('acme', 'menus')).toEqual([])
      expect(await tokens.find('hash-acme')).toBeUndefined()
      expect((await reader.cdrs('acme', { size: 10 })).items).toEqual([])
      expect(await reader.events('acme', { most: 10 })).toEqual([])
      expect((await reader.debuggedCalls('acme', { size: 10 })).items).toEqual([])
      expect((await reader.attempts('acme', { size: 10 })).items).toEqual([])
      expect(await reader.events('other', { most: 99 })).toHaveLength(20)
      expect((await jobs.claim('n', 10, 5_000)).map(({ accountId }) => accountId)).not.toContain('acme')
      expect((await nodes.takeOrphans([], 'n', 10)).map(({ callId }) => callId)).toEqual(['live-other'])
    })
  })

  describe(`${name}: records`, () => {
    kept('a leg is live until its CDR takes its place', async ({ records, reader, nodes }) => {
      await records.write({ live: aLeg('acme', 'c1') })
      await records.write({ live: aLeg('acme', 'c1', { answeredAt: 1_700 }) })
      await records.write({ live: aLeg('acme', 'c2') })
      const cdr = aCdr('acme', 'c1', { recordings: ['http://r'] })
      // The same twice, as from the journal, is one; and one batch may hold both.
      expect(await Promise.all([records.write({ ended: cdr }), records.write({ ended: cdr })])).toEqual([true, true])
      expect(await reader.cdr('acme', cdr.id)).toEqual(JSON.parse(JSON.stringify(cdr)))
      expect(await reader.cdr('other', cdr.id)).toBeUndefined()
      expect((await reader.cdrs('acme', { size: 10 })).items).toHaveLength(1)
      expect((await nodes.takeOrphans([], 'n', 10)).map(({ callId }) => callId)).toEqual(['c2'])
    })

    kept('CDRs are read by page, time, owner and interaction', async ({ records, reader }) => {
      const cdr = (n: number, ownerId: string | undefined) =>
        aCdr('acme', `c${n}`, { createdAt: Math.floor(n / 2), ownerId, interactionId: `i${n % 3}` })
      for (let n = 0; n < 10; n++) void records.write({ ended: cdr(n, n % 2 === 0 ? 'u1' : undefined) })
      await records.write({ ended: aCdr('other', 'x') })
      const read = async (isAscending: boolean) => {
        const ids: string[] = []
        let startKey: string | undefined
        do {
          const page = await reader.cdrs('acme', {
            size: 3,
            isAscending,
            ...(startKey === undefined ? {} : { startKey }),
          })
          ids.push(...page.items.map(({ callId }) => callId))
          startKey = page.nextStartKey
        } while (startKey !== undefined)
        return ids
      }
      const ascending = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9']
      expect(await read(true)).toEqual(ascending)
      expect(await read(false)).toEqual(ascending.toReversed())
      const { items } = await reader.cdrs('acme', { from: 1, to: 2, size: 10 }, { ownerId: 'u1' })
      expect(items.map(({ callId }) => callId)).toEqual(['c4', 'c2'])
      expect((await reader.cdrs('acme', { startKey: 'not ours', size: 3 })).items).toEqual([])
      expect((await reader.interaction('acme', 'i1')).map(({ callId }) => callId)).toEqual(['c1', 'c4', 'c7'])
      expect(await reader.interaction('other', 'i1')).toEqual([])
    })

    kept('events have one order and are told in it', async ({ records, reader }) => {
      const told: KeptEvent[] = []
      reader.onEvents((events) => void told.push(...events))
      const write = (callId: string, ...sequences: number[]) =>
        records.write({ events: sequences.map((sequence) => anEvent('acme', callId, sequence)) })
      await Promise.all([write('c1', 1, 2), write('c2', 1), write('c1', 3)])
      await write('c2', 2)
      const events = await reader.events('acme', { most: 10 })
      expect(events.map(({ event }) => `${event.callId} ${event.sequence}`)).toEqual([
        'c1 1',
        'c1 2',
        'c2 1',
        'c1 3',
        'c2 2',
      ])
      expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5])
      expect(told).toEqual(events)
      expect((await reader.events('acme', { callId: 'c2', most: 10 })).map(({ id }) => id)).toEqual([3, 5])
      expect((await reader.events('acme', { afterId: 3, most: 1 })).map(({ id }) => id)).toEqual([4])
      expect(await reader.events('other', { most: 10 })).toEqual([])
    })

    kept('debug entries are read by call, with the first iteration in the list', async ({ records, reader }) => {
      const entries = [
        aDebugEntry('acme', 'c1', 1, 10),
        aDebugEntry('acme', 'c1', 1, 10),
        aDebugEntry('acme', 'c1', 2, 20),
      ]
      for (const entry of entries) void records.write({ debug: [entry] })
      await records.write({ debug: [aDebugEntry('acme', 'c2', 3, 15)] })
      expect(await reader.debugEntries('acme', 'c1')).toEqual(entries)
      expect(await reader.debugEntries('other', 'c1')).toEqual([])
      const { items, nextStartKey = '' } = await reader.debuggedCalls('acme', { size: 1 })
      expect(items).toEqual([{ callId: 'c2', at: 15, entries: [aDebugEntry('acme', 'c2', 3, 15)] }])
      const rest = await reader.debuggedCalls('acme', { size: 1, startKey: nextStartKey })
      expect(rest).toEqual({ items: [{ callId: 'c1', at: 10, entries: entries.slice(0, 2) }] })
    })

    kept('attempts and recordings are read by page and removed', async ({ records, reader }) => {
      await records.write({
        attempts: [anAttempt('acme', 'h1', 1), anAttempt('acme', 'h2', 2), anAttempt('acme', 'h1', 3)],
        recordings: [aRecording('acme', 'r1', 'c1'), aRecording('acme', 'r2', 'c2')],
      })
      const { items } = await reader.attempts('acme', { size: 5 }, { hookId: 'h1' })
      expect(items.map(({ at }) => at)).toEqual([3, 1])
      expect((await reader.recordings('acme', { size: 5 }, { callId: 'c2' })).items).toEqual([
        aRecording('acme', 'r2', 'c2'),
      ])
      expect(await reader.recording('acme', 'r1')).toEqual(aRecording('acme', 'r1', 'c1'))
      expect(await reader.recording('other', 'r1')).toBeUndefined()
      expect(await reader.removeRecording('other', 'r1')).toBe(false)
      expect(await reader.removeRecording('acme', 'r1')).toBe(true)
      expect((await reader.recordings('acme', { size: 5 })).items).toHaveLength(1)
    })

    kept('what is old goes, in any number', async (store) => {
      const { records, reader } = store
      const many = Array.from({ length: 1_203 }, (_, n) => n)
      await records.write({
        events: many.map((n) => ({ ...anEvent('acme', 'c', n + 1), at: n })),
        attempts: many.map((n) => anAttempt('acme', 'h', n)),
        debug: [aDebugEntry('acme', 'c1', 1, 5), aDebugEntry('acme', 'c1', 2, 2_000), aDebugEntry('acme', 'c2', 1, 6)],
      })
      await records.write({ ended: aCdr('acme', 'c', { createdAt: 1 }) })
      const removed = await store.removeOld({ eventsBefore: 1_200, debugBefore: 100, attemptsBefore: 1_200 })
      expect(removed).toEqual({ events: 1_200, debug: 2, attempts: 1_200, jobs: 0, cdrs: 0, recordings: 0 })
      expect((await reader.events('acme', { most: 10 })).map(({ at }) => at)).toEqual([1_200, 1_201, 1_202])
      expect((await reader.attempts('acme', { size: 10 })).items).toHaveLength(3)
      expect((await reader.debuggedCalls('acme', { size: 10 })).items.map(({ callId }) => callId)).toEqual(['c1'])
      await store.removeOld({
        eventsBefore: 9_999,
        debugBefore: 0,
        attemptsBefore: 0,
        cdrsBefore: 2,
        recordingsBefore: 2,
      })
      expect((await reader.cdrs('acme', { size: 10 })).items).toEqual([])
      // Numbers go on, though none is left.
      await records.write({ events: [anEvent('acme', 'd', 1)] })
      expect((await reader.events('acme', { most: 10 })).map(({ id }) => id)).toEqual([1_204])
    })

    kept('deliveries that wait for a webhook too long are removed, the others stay', async (store) => {
      const { jobs } = store
      const hook = { id: 'off', event: 'channel_destroy', eventId: 'e' }
      await jobs.add([aJob('waits', { hook, dueAt: 5 }), aJob('young', { hook, dueAt: 50 }), aJob('other')], undefined)
      await jobs.pause('off', true)
      expect(await store.removeOld({ eventsBefore: 0, debugBefore: 0, attemptsBefore: 10 })).toMatchObject({ jobs: 1 })
      await jobs.pause('off', false)
      expect((await jobs.claim('n', 10, 2_000)).map(({ id }) => id).sort()).toEqual(['other', 'young'])
    })

    kept('a unit that the database refuses keeps nothing from the others', async ({ records, reader }) => {
      // A sequence that is no number is a defect of the writer's caller; no type says so at run time.
      const broken = {
        events: [anEvent('acme', 'c', 'x' as unknown as number)],
        attempts: [{ ...anAttempt('a', 'h', 1), id: undefined as unknown as string }],
      }
      const good = [records.write({ ended: aCdr('acme', 'c1') }), records.write({ ended: aCdr('acme', 'c2') })]
      expect(await Promise.all([good[0], records.write(broken), good[1]])).toEqual([true, false, true])
      expect((await reader.cdrs('acme', { size: 10 })).items).toHaveLength(2)
      expect(records.counters()).toMatchObject({ dropped: 1, queued: 0 })
    })
  })

  describe(`${name}: jobs`, () => {
    kept('are claimed when due, oldest first, and once', async ({ jobs, records }) => {
      const added: string[] = []
      jobs.onAdded(() => added.push('added'))
      await jobs.add([aJob('late', { dueAt: 9_000 }), aJob('b', { dueAt: 2_000 })], undefined)
      await records.write({ jobs: [aJob('a', { callId: 'c', headers: { x: 'ü' } })] })
      await jobs.add([aJob('mine')], 'n1')
      expect(added).toHaveLength(2)
      expect((await jobs.claim('n2', 1, 5_000)).map(({ id }) => id)).toEqual(['a'])
      const [b, ...none] = await jobs.claim('n2', 10, 5_000)
      expect(b).toEqual(aJob('b', { dueAt: 2_000 }))
      expect(none).toEqual([])
      expect(await jobs.count()).toBe(4)
    })

    kept('the same job twice is one', async ({ jobs, records }) => {
      await Promise.all([records.write({ jobs: [aJob('a')] }), records.write({ jobs: [aJob('a')] })])
      await jobs.add([aJob('a'), aJob('a')], undefined)
      expect(await jobs.count()).toBe(1)
    })

    kept('of one order go one after the other', async ({ jobs }) => {
      const ordered = (id: string) => aJob(id, { orderKey: 'k' })
      await jobs.add([ordered('1'), ordered('2'), ordered('3'), aJob('free')], undefined)
      const claim = async (now: number) => (await jobs.claim('n', 10, now)).map(({ id }) => id)
      expect(await claim(1_000)).toEqual(['1', 'free'])
      expect(await claim(1_000)).toEqual([])
      await jobs.settle([
        { id: '1', how: 'again', attempts: 1, dueAt: 5_000 },
        { id: 'free', how: 'given-up' },
      ])
      expect(await claim(4_999)).toEqual([])
      expect(await jobs.claim('n', 10, 5_000)).toEqual([{ ...ordered('1'), attempts: 1, dueAt: 5_000 }])
      await jobs.settle([{ id: '1', how: 'delivered' }])
      expect(await claim(5_000)).toEqual(['2'])
      await jobs.settle([{ id: '2', how: 'given-up' }])
      expect(await claim(5_000)).toEqual(['3'])
    })

    kept('four who claim at once get each job once', async ({ jobs }) => {
      const many = Array.from({ length: 200 }, (_, n) => aJob(`j${n}`, n % 2 === 0 ? { orderKey: `k${n % 20}` } : {}))
      await jobs.add(many, undefined)
      const got: string[] = []
      const work = async (node: string): Promise<void> => {
        while ((await jobs.count()) > 0) {
          const claimed = await jobs.claim(node, 7, 5_000)
          const keys = claimed.flatMap(({ orderKey = [] }) => orderKey)
          expect(new Set(keys).size).toBe(keys.length)
          got.push(...claimed.map(({ id }) => id))
          await jobs.settle(claimed.map(({ id }) => ({ id, how: 'delivered' })))
        }
      }
      await Promise.all(['n1', 'n2', 'n3', 'n4'].map(work))
      expect(got.toSorted()).toEqual(many.map(({ id }) => id).toSorted())
      const ofKey = got.filter((id) => many.some((job) => job.id === id && job.orderKey === 'k0'))
      expect(ofKey).toEqual(many.filter(({ orderKey }) => orderKey === 'k0').map(({ id }) => id))
    })

    kept('of a webhook that is disabled wait, also those that come later', async ({ jobs }) => {
      const hooked = (id: string) => aJob(id, { hook: { id: 'h', event: 'channel_destroy', eventId: '0123456789' } })
      await jobs.add([hooked('1')], undefined)
      await jobs.pause('h', true)
      await jobs.pause('h', true)
      await jobs.add([hooked('2'), aJob('3')], undefined)
      expect((await jobs.claim('n', 10, 5_000)).map(({ id }) => id)).toEqual(['3'])
      await jobs.pause('h', false)
      expect((await jobs.claim('n', 10, 5_000)).map(({ id }) => id)).toEqual(['1', '2'])
      expect(await jobs.forget('h')).toBe(2)
    })

    kept('and live legs of a process that is gone are taken by another', async ({ jobs, nodes, records }) => {
      const now = systemClock.now()
      expect(await nodes.beat('old', now - 16_000)).toEqual(['old'])
      await jobs.add([aJob('1')], 'old')
      await jobs.add([aJob('2')], 'n1')
      await records.write({ live: aLeg('acme', 'c1') })
      const alive = await nodes.beat('n1', now)
      expect(alive).toEqual(['n1'])
      expect(await nodes.beat('n2', now)).toEqual(['n1', 'n2'])
      expect(await jobs.free(alive)).toBe(1)
      expect((await jobs.claim('n1', 10, 5_000)).map(({ id }) => id)).toEqual(['1'])
      const [first, second] = await Promise.all([
        nodes.takeOrphans(alive, 'n1', 9),
        nodes.takeOrphans(['n1', 'n2'], 'n2', 9),
      ])
      expect([...first, ...second].map(({ callId }) => callId)).toEqual(['c1'])
      expect(await nodes.takeOrphans(['n1', 'n2'], 'n2', 9)).toEqual([])
      await nodes.leave('n1')
      expect(await nodes.beat('n2', now)).toEqual(['n2'])
    })
  })

  describe(`${name}: registrations`, () => {
    kept('are of a phone and a key, are replaced, removed, and expire', async ({ registrations }) => {
      const name = { accountId: 'acme', username: 'desk' }
      const desk = aRegistration('desk', 'a')
      const soon = aRegistration('desk', 'b', { expiresAt: 2_000 })
      await registrations.write({ ...name, kept: [soon, desk], removed: [] })
      expect(await registrations.ofPhone(name, 0)).toEqual([desk, soon])
      expect(await registrations.ofPhone(name, 2_000)).toEqual([desk])
      expect(await registrations.ofPhone({ ...name, accountId: 'other' }, 0)).toEqual([])
      const again = { ...desk, cseq: 8, node: 'n2' }
      await registrations.write({ ...name, kept: [again], removed: ['b', 'nothing'] })
      expect(await registrations.ofPhone(name, 0)).toEqual([again])
      expect(await registrations.removeExpired(4_999)).toBe(0)
      expect(await registrations.removeExpired(5_000)).toBe(1)
      expect(await registrations.ofPhone(name, 0)).toEqual([])
    })

    kept('of an account are listed by username, and go with it', async ({ documents, registrations }) => {
      await documents.create('acme', 'accounts', { id: 'acme' })
      for (const username of ['b', 'a', 'B']) {
        const kept = [aRegistration(username, 'k')]
        await registrations.write({ accountId: 'acme', username, kept, removed: [] })
      }
      const names = async (most: number) =>
        (await registrations.ofAccount('acme', 0, most)).map(({ username }) => username)
      expect(await names(10)).toEqual(['B', 'a', 'b'])
      expect(await names(2)).toEqual(['B', 'a'])
      expect(await registrations.ofAccount('acme', 5_000, 10)).toEqual([])
      await documents.removeAccount('acme')
      expect(await names(10)).toEqual([])
    })
  })

  describe(`${name}: tokens`, () => {
    kept('are found by their hash, listed and removed by their account, and expire', async ({ tokens }) => {
      await tokens.add(aToken('h1'))
      await tokens.add(aToken('h2', { id: 't2', createdAt: 2, expiresAt: 50, userId: 'u' }))
      expect(await tokens.find('h2')).toEqual(aToken('h2', { id: 't2', createdAt: 2, expiresAt: 50, userId: 'u' }))
      expect((await tokens.list('acme')).map(({ hash }) => hash)).toEqual(['h1', 'h2'])
      expect(await tokens.list('other')).toEqual([])
      expect(await tokens.remove('other', 'h1')).toBe(false)
      expect(await tokens.removeExpired(49)).toBe(0)
      expect(await tokens.removeExpired(50)).toBe(1)
      expect(await tokens.remove('acme', 'h1')).toBe(true)
      expect(await tokens.find('h1')).toBeUndefined()
    })
  })
}

const aRegistration = (username: string, key: string, fields: Partial<Registration> = {}): Registration => ({
  accountId: 'acme',
  deviceId: `device-${username}`,
  username,
  key,
  uri: `sip:${username}@10.0.0.5`,
  params: ';+sip.instance="<urn:x>"',
  flow: { transport: 'udp', address: '192.0.2.10', port: 5060 },
  userAgent: "Zoë's phone",
  node: 'n1',
  callId: 'c',
  cseq: 7,
  registeredAt: 1_000,
  expiresAt: 5_000,
  ...fields,
})

const aToken = (hash: string, fields = {}) => ({
  hash,
  id: hash,
  accountId: 'acme',
  userId: undefined,
  name: 'a token',
  scopes: ['read' as const],
  createdAt: 1,
  expiresAt: undefined,
  ...fields,
})

const anAttempt = (accountId: string, hookId: string, at: number) => ({
  id: `attempt-${hookId}-${String(at)}`,
  accountId,
  hookId,
  at,
  result: 'success' as const,
  record: { response_code: 200 },
})

const aRecording = (accountId: string, id: string, callId: string) => ({
  id,
  accountId,
  callId,
  interactionId: 'i',
  format: 'wav' as const,
  durationMs: 5,
  at: 1,
  url: 'http://r',
})
