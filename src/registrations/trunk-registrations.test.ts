import { expect, test } from 'vitest'
import { jsonLog, VirtualClock } from '../base/index.ts'
import { MemoryDocuments } from '../documents/index.ts'
import type { RegistrationAnswer, RegistrationOptions } from '../sip/index.ts'
import { TrunkRegistrations } from './index.ts'

type Answer = Partial<RegistrationAnswer> & { readonly status: number }

/** A server whose gateways answer as the test says: the last answer holds for all that follow. */
function scene(...answers: readonly Answer[]) {
  const clock = new VirtualClock()
  const documents = new MemoryDocuments()
  documents.put('master', 'accounts', { id: 'master' })
  documents.put('A1', 'accounts', { id: 'A1' })
  const asked: { readonly at: number; readonly user: string; readonly seconds: number }[] = []
  const known: RegistrationOptions[] = []
  const lines: string[] = []
  const log = jsonLog({ level: 'debug', pii: true, write: (line) => lines.push(line) })
  const left = [...answers]
  const trunks = new TrunkRegistrations({
    documents,
    operatorId: 'master',
    mayDial: async (host) => host !== '10.0.0.1',
    register(options) {
      known.push(options)
      return {
        async ask(seconds, signal) {
          signal.throwIfAborted()
          asked.push({ at: clock.now(), user: options.credentials.username, seconds })
          const answer = (left.length > 1 ? left.shift() : left[0]) ?? { status: 0 }
          if (answer.status === 0) await clock.sleep(Infinity, signal)
          return { reason: 'So', seconds, leastSeconds: undefined, retryAfterSeconds: undefined, ...answer }
        },
      }
    },
    clock,
    log,
    random: () => 0,
  })
  const put = (gateway: object, accountId = 'master', more: object = {}): void =>
    documents.put(accountId, 'resources', {
      id: 'r1',
      gateways: [
        { name: 'Carrier', server: 'one.example', username: 'acme', password: 's', register: true, ...gateway },
      ],
      ...more,
    })
  const at = () => asked.map(({ at: ms }) => ms / 1_000)
  return { clock, trunks, put, asked, known, at, lines }
}

test('a gateway that wants it is registered with, and again before the time is over', async () => {
  const { trunks, put, clock, asked, known, at } = scene({ status: 200, seconds: 600 })
  put({ realm: 'carrier.example', proxy: 'edge.example', register_expires: 1_200, port: 5070 })
  await trunks.begin()
  await clock.settle()
  expect(known).toMatchObject([
    {
      uri: 'sip:one.example:5070',
      address: 'sip:acme@carrier.example',
      routes: ['<sip:edge.example;lr>'],
      credentials: { username: 'acme', password: 's' },
    },
  ])
  expect(asked).toMatchObject([{ seconds: 1_200 }])
  expect(trunks.statuses('master')).toEqual([
    {
      accountId: 'master',
      resourceId: 'r1',
      gateway: 'Carrier',
      server: 'one.example',
      state: 'registered',
      sipStatus: 200,
      reason: 'So',
      until: 600_000,
    },
  ])
  expect(trunks.counters).toEqual({ wanted: 1, registered: 1, failures: 0 })
  await clock.advance(1_100_000)
  expect(at()).toEqual([0, 540, 1_080])
  const [first] = known
  expect(trunks.byContact(first?.contactUser ?? '')).toEqual({ accountId: 'master', resourceId: 'r1' })
  expect(trunks.byContact('gw0')).toBeUndefined()
})

test('a short registration is said again at half its time', async () => {
  const { trunks, put, clock, at } = scene({ status: 200, seconds: 60 })
  put({})
  await trunks.begin()
  await clock.advance(60_000)
  expect(at()).toEqual([0, 30, 60])
})

test('whoever finds it too brief is asked for longer at once', async () => {
  const { trunks, put, clock, asked } = scene({ status: 423, leastSeconds: 7_200 }, { status: 200 })
  put({ register_expires: 300 })
  await trunks.begin()
  await clock.advance(0)
  expect(asked).toMatchObject([
    { at: 0, seconds: 300 },
    { at: 0, seconds: 7_200 },
  ])
})

test('a gateway that finds everything too brief is not asked without end', async () => {
  const { trunks, put, clock, at } = scene({ status: 423, leastSeconds: 300 })
  put({ register_expires: 60 })
  await trunks.begin()
  await clock.advance(6_000)
  expect(at()).toEqual([0, 0, 5])
})

test('one that fails is asked again after longer and longer pauses', async () => {
  const { trunks, put, clock, at, lines } = scene({ status: 408 })
  put({})
  await trunks.begin()
  await clock.advance(1_300_000)
  expect(at()).toEqual([0, 5, 15, 35, 75, 155, 315, 615, 915, 1_215])
  expect(trunks.statuses('master')).toMatchObject([{ state: 'failing', sipStatus: 408, until: 1_515_000 }])
  expect(trunks.counters).toMatchObject({ wanted: 1, registered: 0, failures: 10 })
  expect(lines[0]).toContain('registrations.gateway-failed')
})

test('one that refuses us is asked seldom, so that it does not shut us out', async () => {
  const { trunks, put, clock, at } = scene({ status: 403 })
  put({})
  await trunks.begin()
  await clock.advance(2_000_000)
  expect(at()).toEqual([0, 60, 180, 420, 900, 1_800])
  expect(trunks.statuses('master')).toMatchObject([{ state: 'refused', sipStatus: 403 }])
})

test('Retry-After is obeyed, up to an hour', async () => {
  const { trunks, put, clock, at } = scene(
    { status: 503, retryAfterSeconds: 90 },
    { status: 503, retryAfterSeconds: 999_999 },
    { status: 200 },
  )
  put({})
  await trunks.begin()
  await clock.advance(3_700_000)
  expect(at()).toEqual([0, 90, 3_690])
})

test('a gateway that changes is left and registered with anew; one that goes is left', async () => {
  const { trunks, put, clock, asked } = scene({ status: 200 })
  put({})
  await trunks.begin()
  await clock.settle()
  put({ username: 'other' })
  await clock.settle()
  expect(asked.map(({ user, seconds }) => `${user} ${seconds}`)).toEqual(['acme 3600', 'other 3600', 'acme 0'])
  put({ username: 'other' }, 'master', { rules: ['^.*$'] })
  await clock.settle()
  expect(asked).toHaveLength(3)
  put({ username: 'other', enabled: false })
  await clock.settle()
  expect(asked.at(-1)).toMatchObject({ user: 'other', seconds: 0 })
  expect(trunks.statuses('master')).toEqual([])
})

test('an account’s own gateways must be where calls may go, and must know us by name', async () => {
  const { trunks, put, clock, asked, lines } = scene({ status: 200 })
  put({ server: '10.0.0.1' }, 'A1')
  put({ server: '10.0.0.1', username: undefined }, 'master')
  await trunks.begin()
  await clock.settle()
  expect(asked).toEqual([])
  expect(lines.map((line) => (JSON.parse(line) as { why?: string }).why)).toEqual(['egress', 'it has no username'])
})

test('at the end leave is taken of those who have us; who takes no notice is waited for two seconds', async () => {
  const { trunks, put, clock, asked } = scene({ status: 200 }, { status: 0 })
  put({})
  await trunks.begin()
  await clock.settle()
  let isClosed = false
  void trunks.close().then(() => (isClosed = true))
  await clock.advance(1_999)
  expect([asked.at(-1)?.seconds, isClosed]).toEqual([0, false])
  await clock.advance(1)
  expect(isClosed).toBe(true)
  put({ username: 'other' })
  await clock.settle()
  expect(asked).toHaveLength(2)
})

test('whoever has not been reached is not taken leave of', async () => {
  const { trunks, put, clock, asked } = scene({ status: 0 })
  put({})
  await trunks.begin()
  await clock.settle()
  await trunks.close()
  expect(asked.map(({ seconds }) => seconds)).toEqual([3_600])
})
