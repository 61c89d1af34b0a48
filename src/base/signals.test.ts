import { expect, test } from 'vitest'
import { Batch, follow, unlessAborted } from './index.ts'

const gone = new Error('gone')

test('work that is done in time is what is waited for, whatever aborts later', async () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const work = unlessAborted(Promise.resolve('done'), one.signal, other.signal)
  await expect(work).resolves.toBe('done')
  other.abort(gone)
})

test('whichever signal aborts first says why', async () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const work = unlessAborted(new Promise(() => undefined), one.signal, other.signal)
  other.abort(gone)
  one.abort(new Error('too late'))
  await expect(work).rejects.toBe(gone)
})

test('work that fails after the signal has aborted is nobody’s any more', async () => {
  const stop = new AbortController()
  stop.abort(gone)
  await expect(unlessAborted(Promise.reject(new Error('work')), stop.signal)).rejects.toBe(gone)
})

test('a controller follows a signal until it is told to leave', () => {
  const leader = new AbortController()
  const [follower, left] = [new AbortController(), new AbortController()]
  follow(leader.signal, follower)
  follow(leader.signal, left)()
  leader.abort(gone)
  expect(follower.signal.reason).toBe(gone)
  expect(left.signal.aborted).toBe(false)
})

test('a controller that follows an aborted signal aborts at once', () => {
  const controller = new AbortController()
  follow(AbortSignal.abort(gone), controller)
  expect(controller.signal.reason).toBe(gone)
})

test('what is said in one turn of the event loop goes together', async () => {
  const deliveries: (readonly number[])[] = []
  const batch = new Batch<number>((items) => deliveries.push(items))
  batch.add(1)
  await Promise.resolve()
  batch.add(2)
  expect(deliveries).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  batch.add(3)
  batch.flush()
  expect(deliveries).toEqual([[1, 2], [3]])
})
