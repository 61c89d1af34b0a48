import { expect, test } from 'vitest'
import { MemoryJobs } from '../../test/support/memory-jobs.ts'
import { Failure, silentLog, VirtualClock } from '../base/index.ts'
import type { Http, HttpQuestion } from '../http/index.ts'
import { jobOf, openOutbox, type Job, type OutboxOptions } from './index.ts'

interface Asked {
  readonly atMs: number
  readonly url: string
  readonly key: string | undefined
  readonly signal: AbortSignal
}

type Answer = number | 'silent' | { readonly status: number; readonly headers: Readonly<Record<string, string>> }

/** A web server, a database, and processes that carry jobs from one to the other. */
function scene(answer: (asked: Asked) => Answer = () => 200) {
  const clock = new VirtualClock()
  const jobs = new MemoryJobs()
  const asked: Asked[] = []
  const underway = { now: 0, most: 0 }
  const answered = async (given: Exclude<Answer, 'silent'>, { url }: HttpQuestion) => {
    const { status, headers } = typeof given === 'number' ? { status: given, headers: {} } : given
    if (status === 0) throw new Failure('HTTP_CONNECT', { url, reason: 'ECONNREFUSED' })
    return { url, status, headers, cookies: [], body: new Uint8Array(), timing: { totalMs: 0 } }
  }
  const http: Http = async (question) => {
    const { url, headers, signal } = question
    const one = { atMs: clock.now(), url, key: headers['idempotency-key'], signal }
    asked.push(one)
    underway.most = Math.max(underway.most, ++underway.now)
    try {
      const given = answer(one)
      if (given === 'silent') await clock.sleep(3_600_000, signal)
      else await clock.sleep(10, signal)
      return await answered(given === 'silent' ? 0 : given, question)
    } finally {
      underway.now--
    }
  }
  const open = (node: string, more: Partial<OutboxOptions> = {}) =>
    openOutbox({ jobs, http, clock, log: silentLog, node, jitter: (ms) => ms, ...more })
  let count = 0
  const job = (path: string, more: Partial<Job> = {}): Job => ({
    ...jobOf(
      { kind: 'test', url: `http://h/${path}`, method: 'POST', headers: {}, body: 'x=1' },
      { accountId: 'A1', nowMs: clock.now() },
    ),
    id: `job-${++count}`,
    ...more,
  })
  /** Written with the CDR, say, and taken over. */
  const write = async (outbox: ReturnType<typeof open>, node: string, ...written: Job[]): Promise<void> => {
    await jobs.add(written, node)
    outbox.adopt(written)
  }
  const paths = (): string[] => asked.map(({ url }) => url.slice('http://h/'.length))
  return { clock, jobs, asked, underway, open, job, write, paths }
}

const down = (from: number, until: number) => (one: Asked) => (one.atMs >= from && one.atMs < until ? 0 : 200)

test('a job is carried as soon as it is adopted, with its id, and is gone from the database after it', async () => {
  const { clock, jobs, asked, open, job, write } = scene()
  const outbox = open('n1')
  await write(outbox, 'n1', job('a'))
  await clock.advance(100)
  expect(asked).toMatchObject([{ atMs: 0, url: 'http://h/a', key: 'job-1' }])
  expect(await jobs.count()).toBe(0)
  expect(outbox.held).toBe(0)
})

test('pauses grow, the id stays, and after a day the job is given up', async () => {
  const { clock, jobs, asked, open, job, write } = scene(() => ({ status: 429, headers: {} }))
  const outbox = open('n1', { limits: { pollMs: 60_000 } })
  await write(outbox, 'n1', job('a'))
  await clock.advance(25 * 3_600_000)
  const at = asked.map(({ atMs }) => Math.round(atMs / 1000))
  expect(at.slice(0, 6)).toEqual([0, 1, 6, 36, 156, 756])
  expect(at.length).toBeGreaterThan(45)
  expect(new Set(asked.map(({ key }) => key))).toEqual(new Set(['job-1']))
  expect(await jobs.count()).toBe(0)
})

test.each([
  ['five seconds are honoured', '5', 5_000],
  ['nothing is a second', '0', 1_000],
  ['a week is an hour', '604800', 3_600_000],
])('Retry-After: %s', async (_what, text, pauseMs) => {
  const { clock, asked, open, job, write } = scene(({ atMs }) =>
    atMs === 0 ? { status: 503, headers: { 'retry-after': text } } : 200,
  )
  await write(open('n1'), 'n1', job('a'))
  await clock.advance(pauseMs + 100_000)
  expect((asked[1]?.atMs ?? 0) - 10).toBeGreaterThanOrEqual(pauseMs)
  expect((asked[1]?.atMs ?? 0) - 10).toBeLessThanOrEqual(pauseMs + 5_000)
})

test('what was understood and refused is not sent again', async () => {
  const { clock, jobs, asked, open, job, write } = scene(() => 410)
  await write(open('n1'), 'n1', job('a'))
  await clock.advance(3_600_000)
  expect(asked).toHaveLength(1)
  expect(await jobs.count()).toBe(0)
})

test('quick tries come first, two seconds apart', async () => {
  const { clock, asked, open, job, write } = scene(() => 429)
  const hook = { id: 'H1', event: 'channel_create', eventId: 'e', quickTries: 3 }
  await write(open('n1'), 'n1', job('a', { hook }))
  await clock.advance(12_000)
  expect(asked.map(({ atMs }) => Math.round(atMs / 1000))).toEqual([0, 2, 4, 5, 10])
})

test('a receiver that is down for a minute gets everything within seconds of coming back', async () => {
  const { clock, jobs, asked, open, job, write } = scene(down(0, 60_000))
  const outbox = open('n1')
  for (let second = 0; second < 60; second++) {
    await write(outbox, 'n1', ...Array.from({ length: 20 }, () => job('cdr')))
    await clock.advance(1_000)
  }
  expect(asked.length).toBeLessThan(30)
  await clock.advance(10_000)
  expect(await jobs.count()).toBe(0)
  expect(new Set(asked.map(({ key }) => key)).size).toBe(1200)
})

test('a host that is down is asked after 1, 2, 4 … 30 seconds, by one job at a time', async () => {
  const { clock, asked, underway, open, job, write } = scene(() => 0)
  await write(open('n1'), 'n1', ...Array.from({ length: 40 }, () => job('a')))
  await clock.advance(500)
  const burst = asked.length
  await clock.advance(130_000)
  expect(burst).toBe(20) // Sixteen at once, and as many more as were let in before the fifth had failed.
  expect(underway.most).toBe(16)
  const probes = asked.slice(burst).map(({ atMs }) => Math.round(atMs / 1000))
  expect(probes).toEqual([1, 3, 7, 15, 31, 61, 91, 121])
})

test('one host that is down, or that answers nothing at all, does not hold up another, nor another account', async () => {
  const { clock, paths, open, job, write } = scene(({ url }) => (url.includes('slow') ? 'silent' : 200))
  const outbox = open('n1', { limits: { mostUnderway: 20, mostUnderwayPerHost: 4 } })
  const slow = Array.from({ length: 30 }, () => job('slow'))
  await write(outbox, 'n1', ...slow, job('mine', { url: 'http://other/mine' }), job('yours', { accountId: 'A2' }))
  await clock.advance(100)
  expect(outbox.underway).toBe(4)
  expect(paths()).toContain('yours')
  expect(paths()).toHaveLength(6)
})

test('the jobs of a call are told in order, and the second waits until the first is over', async () => {
  const { clock, paths, open, job, write } = scene(({ url, atMs }) => (url.endsWith('/1') && atMs < 2_000 ? 429 : 200))
  const outbox = open('n1')
  await write(outbox, 'n1', job('1', { orderKey: 'C1' }))
  await write(outbox, 'n1', job('2', { orderKey: 'C1' }), job('other', { orderKey: 'C2' }))
  await clock.advance(500)
  await write(outbox, 'n1', job('3', { orderKey: 'C1' }))
  await clock.advance(60_000)
  expect(paths()).toEqual(['1', 'other', '1', '1', '2', '3'])
})

test('order is kept when the first job has been left to the database', async () => {
  const { clock, paths, open, job, write } = scene()
  const outbox = open('n1', { limits: { mostHeld: 1 } })
  const first = job('first')
  await write(outbox, 'n1', first, job('1', { orderKey: 'C1' }))
  await clock.advance(100)
  await write(outbox, 'n1', job('2', { orderKey: 'C1' }))
  await clock.advance(60_000)
  expect(paths()).toEqual(['first', '1', '2'])
})

test('two processes share the jobs of the database, and none is told twice', async () => {
  const { clock, jobs, asked, open, job } = scene()
  const [one, two] = [open('n1', { limits: { mostHeld: 5 } }), open('n2', { limits: { mostHeld: 5 } })]
  const all = Array.from({ length: 100 }, (_, index) => job('x', { orderKey: `C${index % 10}` }))
  await jobs.add(all, undefined)
  await clock.advance(60_000)
  expect(asked).toHaveLength(100)
  for (let key = 0; key < 10; key++) {
    const mine = all.filter(({ orderKey }) => orderKey === `C${key}`).map(({ id }) => id)
    expect(asked.map((one) => one.key ?? '').filter((id) => mine.includes(id))).toEqual(mine)
  }
  expect(one.held + two.held).toBe(0)
})

test('a crash between the attempt and its word in the database: it is told again, by the same id', async () => {
  const { clock, jobs, asked, open, job, write } = scene()
  const outbox = open('n1')
  await write(outbox, 'n1', job('a'))
  await clock.advance(10) // Answered, and not yet settled when the process dies: its last word never arrives.
  jobs.isAway = true
  await clock.advance(5_000)
  expect(await jobs.count()).toBe(1)
  const saved = new MemoryJobs()
  await saved.add(jobs.jobs, 'n1')
  open('n2', { jobs: saved })
  expect(await saved.free(['n2'])).toBe(1)
  await clock.advance(5_000)
  expect(asked.map(({ key }) => key)).toEqual(['job-1', 'job-1'])
  expect(await saved.count()).toBe(0)
})

test('a database that is away delays the last word, and nothing else', async () => {
  const { clock, jobs, asked, open, job, write } = scene()
  const outbox = open('n1')
  await write(outbox, 'n1', job('a'))
  jobs.isAway = true
  await clock.advance(10_000)
  jobs.isAway = false
  await clock.advance(2_000)
  expect(asked).toHaveLength(1)
  expect(await jobs.count()).toBe(0)
})

test('a delivery is kept before it is carried, and its promise tells how it went', async () => {
  const { clock, jobs, asked, open } = scene(({ atMs }) => (atMs < 1_000 ? 0 : 201))
  const outbox = open('n1')
  const delivery = { kind: 'callback', url: 'http://h/cb', method: 'GET', headers: {} } as const
  const done = outbox.deliver(delivery)
  await clock.settle()
  expect(await jobs.count()).toBe(1)
  const given = outbox.deliver({ ...delivery, tries: { most: 1, pauseMs: 1 } })
  await clock.advance(2_000)
  expect(await done).toEqual({ isDelivered: true, attempts: 2, status: 201, code: undefined })
  expect(await given).toEqual({ isDelivered: false, attempts: 1, status: undefined, code: 'HTTP_CONNECT' })
  expect(asked).toHaveLength(3)
})

test('a delivery is carried even when it cannot be kept', async () => {
  const { clock, jobs, open } = scene()
  const outbox = open('n1')
  jobs.isAway = true
  const done = outbox.deliver({ kind: 'callback', url: 'http://h/cb', method: 'GET', headers: {} })
  await clock.advance(100)
  expect(await done).toMatchObject({ isDelivered: true })
})

test('closing makes the attempts that are due, and leaves the others to the next start, in order', async () => {
  const { clock, jobs, paths, open, job, write } = scene(({ url }) => (url.endsWith('later') ? 429 : 200))
  const outbox = open('n1', { limits: { mostUnderwayPerHost: 1 } })
  await write(outbox, 'n1', job('later', { orderKey: 'C1' }), job('behind', { orderKey: 'C1' }))
  await clock.advance(100)
  await write(outbox, 'n1', job('due'), job('due'))
  const closed = outbox.close(1_000)
  await clock.advance(1_000)
  await closed
  expect(paths()).toEqual(['later', 'due', 'due'])
  expect(jobs.jobs.map(({ url, attempts }) => [url, attempts])).toEqual([
    ['http://h/later', 1],
    ['http://h/behind', 0],
  ])
  expect(jobs.claimedBy).toEqual([undefined, undefined])
})

test('closing does not wait for a server that never answers', async () => {
  const { clock, jobs, open, job, write } = scene(() => 'silent')
  const outbox = open('n1')
  await write(outbox, 'n1', job('a'))
  const late = outbox.deliver({ kind: 'callback', url: 'http://h/cb', method: 'GET', headers: {} })
  await clock.settle()
  const closed = outbox.close(1_000)
  await clock.advance(1_100)
  await closed
  expect(jobs.jobs.map(({ attempts }) => attempts)).toEqual([0, 0])
  expect(jobs.claimedBy).toEqual([undefined, undefined])
  expect(await late).toMatchObject({ isDelivered: false })
})

test('the jobs of a webhook that is disabled wait, and go on when it is enabled', async () => {
  const { clock, jobs, paths, open, job, write } = scene()
  const outbox = open('n1')
  const hook = { id: 'H1', event: 'channel_create', eventId: 'e' }
  await outbox.pause('H1', true)
  await write(outbox, 'n1', job('paused', { hook }), job('other'))
  await clock.advance(60_000)
  expect(paths()).toEqual(['other'])
  await outbox.pause('H1', false)
  await clock.advance(100)
  expect(paths()).toEqual(['other', 'paused'])
  expect(await jobs.count()).toBe(0)
})

test('a day of being disabled does not make a job too old to be tried again', async () => {
  let isUp = false
  const { clock, jobs, paths, open, job, write } = scene(() => (isUp ? 200 : 0))
  const hook = { id: 'H1', event: 'channel_create', eventId: 'e' }
  const outbox = open('n1', { limits: { pollMs: 60_000 } })
  await write(outbox, 'n1', job('a', { hook }))
  await clock.advance(1_000)
  await outbox.pause('H1', true)
  await clock.advance(2 * 86_400_000)
  await outbox.pause('H1', false)
  await clock.advance(5_000)
  isUp = true
  await clock.advance(120_000)
  expect(paths().length).toBeGreaterThan(2)
  expect(await jobs.count()).toBe(0)
})

test('the jobs of a webhook that is removed are forgotten', async () => {
  const { clock, jobs, asked, open, job, write } = scene(() => 0)
  const outbox = open('n1')
  const hook = { id: 'H1', event: 'channel_create', eventId: 'e' }
  await write(outbox, 'n1', job('a', { hook }), job('b', { hook }))
  await clock.advance(5)
  await outbox.forget('H1')
  await clock.advance(600_000)
  expect(asked.length).toBe(2)
  expect(await jobs.count()).toBe(0)
  expect(outbox.held).toBe(0)
})

test('what is sent can be made anew for each attempt, and each attempt is told', async () => {
  const told: unknown[] = []
  const { clock, paths, open, job, write } = scene(({ url }) => (url.endsWith('/1') ? 429 : 200))
  let count = 0
  const outbox = open('n1', {
    prepare: async (one) => ({ ...one, url: `http://h/${++count}` }),
    onAttempt: ({ attempts, pauseMs, sent, attempted }) => told.push([attempts, pauseMs, sent.url, attempted.result]),
  })
  await write(outbox, 'n1', job('stale'))
  await clock.advance(5_000)
  expect(paths()).toEqual(['1', '2'])
  expect(told).toEqual([
    [1, 1_000, 'http://h/1', 'busy'],
    [2, undefined, 'http://h/2', 'delivered'],
  ])
})

test('no more is held than may be: the rest stays in the database and is carried later', async () => {
  const { clock, jobs, asked, open, job, write } = scene(down(0, 20_000))
  const outbox = open('n1', { limits: { mostHeld: 50, mostHeldPerHost: 30 } })
  await write(outbox, 'n1', ...Array.from({ length: 200 }, () => job('a')))
  await clock.settle()
  expect(outbox.held).toBeLessThanOrEqual(50)
  await clock.advance(120_000)
  expect(await jobs.count()).toBe(0)
  expect(new Set(asked.map(({ key }) => key)).size).toBe(200)
})

test('a job that was adopted and can be claimed as well is told once', async () => {
  const { clock, jobs, asked, open, job } = scene()
  const outbox = open('n1')
  const written = [job('a'), job('b')]
  await jobs.add(written, undefined)
  outbox.adopt(written)
  await clock.advance(12)
  outbox.wake() // Told, and the database does not know yet.
  await clock.advance(10_000)
  expect(asked).toHaveLength(2)
  expect(await jobs.count()).toBe(0)
})
