import { expect, test } from 'vitest'
import { desk } from '../../test/support/phones.ts'
import { jsonLog, VirtualClock } from '../base/index.ts'
import type { Binding, Flow } from '../sip/index.ts'
import { Registrations, type PhoneName, type Registration, type RegistrationChange } from './index.ts'

const udp: Flow = { transport: 'udp', address: '192.0.2.10', port: 5060 }
const tcp: Flow = { transport: 'tcp', address: '192.0.2.10', port: 40_001 }

/** One database, of as many processes as are opened on it. */
class MemoryRegistrations {
  readonly rows = new Map<string, Registration>()
  readonly #listeners = new Map<string, (name: PhoneName | undefined) => void>()
  problem: Error | undefined

  of(node: string) {
    const all = (): readonly Registration[] => {
      if (this.problem !== undefined) throw this.problem
      return [...this.rows.values()]
    }
    return {
      ofPhone: async ({ accountId, username }: PhoneName, nowMs: number) =>
        all().filter((one) => one.accountId === accountId && one.username === username && one.expiresAt > nowMs),
      ofAccount: async (accountId: string, nowMs: number) =>
        all().filter((one) => one.accountId === accountId && one.expiresAt > nowMs),
      write: async ({ accountId, username, kept, removed }: RegistrationChange) => {
        all()
        for (const key of removed) this.rows.delete(`${username} ${key}`)
        for (const one of kept) this.rows.set(`${username} ${one.key}`, one)
        this.tell({ accountId, username }, node)
      },
      removeExpired: async (nowMs: number) => {
        const expired = all().filter(({ expiresAt }) => expiresAt <= nowMs)
        for (const { username, key } of expired) this.rows.delete(`${username} ${key}`)
        return expired.length
      },
      onChange: (listener: (name: PhoneName | undefined) => void) => {
        this.#listeners.set(node, listener)
        return () => void this.#listeners.delete(node)
      },
    }
  }

  tell(name: PhoneName | undefined, from: string): void {
    for (const [node, listener] of this.#listeners) if (node !== from) listener(name)
  }
}

function scene() {
  const clock = new VirtualClock(1_000_000)
  const database = new MemoryRegistrations()
  const lines: string[] = []
  const log = jsonLog({ level: 'info', pii: false, write: (line) => lines.push(line) })
  const open = (node: string, most?: number): Registrations =>
    new Registrations({ store: database.of(node), node, clock, log, ...(most === undefined ? {} : { most }) })
  const bind = (registrations: Registrations, key: string, flow: Flow = udp, seconds = 300, phone = desk) =>
    registrations.change(phone, (present) => {
      const binding: Omit<Binding, 'node'> = {
        key,
        uri: `sip:desk@${key}`,
        params: '',
        flow,
        userAgent: 'Test/1',
        callId: 'c',
        cseq: 1,
        registeredAt: clock.now(),
        expiresAt: clock.now() + seconds * 1_000,
      }
      return { bindings: [...present.filter((one) => one.key !== key), binding], result: undefined }
    })
  const where = async (registrations: Registrations) =>
    (await registrations.contactsOf('A1', 'Desk')).map(({ uri, node }) => `${uri} ${node}`)
  const events = () => lines.map((line) => (JSON.parse(line) as { event: string }).event)
  return { clock, database, open, bind, where, events, lines }
}

test('a phone is reached where it has registered, last first, until it expires', async () => {
  const { clock, database, open, bind, where, events, lines } = scene()
  const one = open('n1')
  await bind(one, 'a')
  await clock.advance(1_000)
  await bind(one, 'b', udp, 60)
  expect(await where(one)).toEqual(['sip:desk@b n1', 'sip:desk@a n1'])
  expect(one.counters).toMatchObject({ registered: 2, added: 2 })
  await clock.advance(60_000)
  expect(await where(one)).toEqual(['sip:desk@a n1'])
  await clock.advance(300_000)
  expect(database.rows.size).toBe(0)
  expect(one.counters).toMatchObject({ registered: 0, expired: 2 })
  expect(events()).toEqual(['added', 'added', 'expired', 'expired'].map((what) => `registrations.${what}`))
  expect(lines.join('')).not.toContain('sip:desk@')
  await one.close()
})

test('many at once for one phone come one after another, and none is lost', async () => {
  const { open, bind, where, database } = scene()
  const one = open('n1')
  await Promise.all(['a', 'b', 'c', 'a'].map((key) => bind(one, key)))
  expect(await where(one)).toHaveLength(3)
  expect(database.rows.size).toBe(3)
  expect(one.counters).toMatchObject({ added: 3, refreshed: 1 })
  await one.close()
})

test('what one process takes the other knows, and after a restart it is still known', async () => {
  const { open, bind, where } = scene()
  const [one, other] = [open('n1'), open('n2')]
  expect(await where(other)).toEqual([])
  await bind(one, 'a')
  expect(await where(other)).toEqual(['sip:desk@a n1'])
  await bind(other, 'b')
  expect((await where(one)).toSorted()).toEqual(['sip:desk@a n1', 'sip:desk@b n2'])
  await Promise.all([one.close(), other.close()])
  const again = open('n3')
  expect(await where(again)).toHaveLength(2)
  await again.close()
})

test('a connection is of the process that has it, and what came by it goes with it', async () => {
  const { open, bind, where, database, clock } = scene()
  const [one, other] = [open('n1'), open('n2')]
  await bind(one, 'a', tcp)
  await bind(one, 'b')
  expect(await where(one)).toHaveLength(2)
  expect(await where(other)).toEqual(['sip:desk@b n1'])
  one.flowClosed(udp)
  one.flowClosed(tcp)
  await clock.settle()
  expect(await where(one)).toEqual(['sip:desk@b n1'])
  expect(database.rows.size).toBe(1)
  await Promise.all([one.close(), other.close()])
})

test('connections that close because the server stops say nothing about phones', async () => {
  const { open, bind, database } = scene()
  const one = open('n1')
  await bind(one, 'a', tcp)
  await one.close()
  one.flowClosed(tcp)
  expect(database.rows.size).toBe(1)
})

test('without a database phones register all the same; it is caught up on at the next time', async () => {
  const { open, bind, where, database, clock, events } = scene()
  const one = open('n1')
  database.problem = new Error('away')
  await bind(one, 'a')
  await bind(one, 'b')
  expect(await where(one)).toHaveLength(2)
  await expect(one.contactsOf('A1', 'somebody-else')).rejects.toThrow('away')
  await expect(one.list('A1')).rejects.toThrow('away')
  database.problem = undefined
  database.tell(undefined, 'somebody')
  await clock.advance(1_000)
  await bind(one, 'a')
  expect(database.rows.size).toBe(2)
  expect(events().filter((event) => event.startsWith('registrations.store'))).toEqual([
    'registrations.store-away',
    'registrations.store-back',
  ])
  await one.close()
})

test('a database that says nothing makes no phone wait for long', async () => {
  const { clock, database, bind } = scene()
  const store = { ...database.of('n1'), ofPhone: () => new Promise<never>(() => undefined) }
  const one = new Registrations({ store, node: 'n1', clock, log: jsonLog({ level: 'silent', pii: false }) })
  const bound = bind(one, 'a')
  await clock.advance(2_000)
  await bound
  await one.close()
})

test('what an account has is listed and forgotten, all or of one phone', async () => {
  const { open, bind, where } = scene()
  const [one, other] = [open('n1'), open('n2')]
  const ear = { ...desk, deviceId: 'd2', username: 'ear' }
  await bind(one, 'a')
  await bind(other, 'b')
  await bind(one, 'c', udp, 300, ear)
  expect((await one.list('A1')).map(({ deviceId, key }) => `${deviceId} ${key}`)).toEqual(['d1 a', 'd1 b', 'd2 c'])
  expect(await one.list('A2')).toEqual([])
  expect(await one.remove('A1', 'DESK')).toBe(2)
  expect(await where(other)).toEqual([])
  expect(await one.remove('A1')).toBe(1)
  expect(await one.remove('A1')).toBe(0)
  expect(await one.contactsOf('A1', 'ear')).toEqual([])
  await Promise.all([one.close(), other.close()])
})

test('memory has a limit; whoever was forgotten is read again', async () => {
  const { open, bind, where } = scene()
  const one = open('n1', 1)
  await bind(one, 'a')
  await bind(one, 'c', udp, 300, { ...desk, deviceId: 'd2', username: 'ear' })
  expect(one.counters.registered).toBe(1)
  expect(await where(one)).toEqual(['sip:desk@a n1'])
  await one.close()
})
