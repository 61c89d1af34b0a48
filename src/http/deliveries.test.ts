import { expect, test } from 'vitest'
import { Failure, silentLog, VirtualClock } from '../base/index.ts'
import { openDeliveries, type Delivery, type Http, type HttpQuestion } from './index.ts'

const delivery: Delivery = { kind: 'cdr', url: 'http://h/cdr', method: 'POST', headers: { a: 'b' }, body: 'x=1' }

/** A web server that answers each question with the next status; 0 cannot be reached. */
function scene(...statuses: number[]) {
  const clock = new VirtualClock()
  const asked: { atMs: number; question: HttpQuestion }[] = []
  const http: Http = async (question) => {
    asked.push({ atMs: clock.now(), question })
    const status = statuses.shift() ?? 200
    if (status === 0) throw new Failure('HTTP_CONNECT', { url: 'http://h/', reason: 'ECONNREFUSED' })
    return { url: question.url, status, headers: {}, cookies: [], body: new Uint8Array(), timing: { totalMs: 0 } }
  }
  const deliveries = openDeliveries({ http, clock, log: silentLog, pausesMs: [1000, 5000], most: 2 })
  return { clock, asked, deliveries }
}

test('a message is tried again with growing pauses and one token until it is taken', async () => {
  const { clock, asked, deliveries } = scene(0, 503, 201)
  const done = deliveries.deliver(delivery)
  await clock.advance(10_000)
  expect(await done).toEqual({ isDelivered: true, attempts: 3, status: 201, code: undefined })
  expect(asked.map(({ atMs }) => atMs)).toEqual([0, 1000, 6000])
  expect(new Set(asked.map(({ question }) => question.headers['idempotency-key'])).size).toBe(1)
  expect(asked[2]?.question).toMatchObject({ url: 'http://h/cdr', method: 'POST', body: 'x=1', headers: { a: 'b' } })
  expect(deliveries.held).toBe(0)
})

test('a message is given up after the last attempt', async () => {
  const { clock, deliveries } = scene(500, 500, 0)
  const done = deliveries.deliver(delivery)
  await clock.advance(10_000)
  expect(await done).toEqual({ isDelivered: false, attempts: 3, status: undefined, code: 'HTTP_CONNECT' })
})

test('a message that was understood and refused is not sent again', async () => {
  const { deliveries } = scene(410)
  expect(await deliveries.deliver(delivery)).toMatchObject({ isDelivered: false, attempts: 1, status: 410 })
})

test('more messages than can be held are refused', async () => {
  const { deliveries, asked } = scene(0, 0)
  void deliveries.deliver(delivery)
  void deliveries.deliver(delivery)
  expect(await deliveries.deliver(delivery)).toMatchObject({ isDelivered: false, attempts: 0 })
  expect(asked).toHaveLength(2)
})

test('draining gives each message one last attempt at once', async () => {
  const { clock, asked, deliveries } = scene(500, 500)
  const done = deliveries.deliver(delivery)
  await clock.settle()
  await deliveries.drain(1000)
  expect(await done).toMatchObject({ isDelivered: false, attempts: 2 })
  expect(asked.map(({ atMs }) => atMs)).toEqual([0, 0])
})

test('draining does not wait for a server that never answers', async () => {
  const clock = new VirtualClock()
  const http: Http = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  const deliveries = openDeliveries({ http, clock, log: silentLog })
  const done = deliveries.deliver(delivery)
  const drained = deliveries.drain(1000)
  await clock.advance(1000)
  await drained
  expect(await done).toMatchObject({ isDelivered: false, attempts: 1 })
})

test('a delivery that bounds its tries is given up after them, and the pause is its own', async () => {
  const { clock, asked, deliveries } = scene(0, 0, 0)
  const done = deliveries.deliver({ ...delivery, tries: { most: 2, pauseMs: 2000 } })
  await clock.advance(10_000)
  expect(await done).toMatchObject({ isDelivered: false, attempts: 2 })
  expect(asked.map(({ atMs }) => atMs)).toEqual([0, 2000])
})
