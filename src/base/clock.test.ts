import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { within } from './clock.ts'
import { VirtualClock } from './virtual-clock.ts'

const late = new Error('late')

test('work in time gives its result, and leaves nothing on a signal that outlives it', async () => {
  const clock = new VirtualClock()
  const { signal } = new AbortController()
  expect(
    await within(
      { clock, ms: 100, signal },
      () => late,
      async () => 7,
    ),
  ).toBe(7)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('work that takes too long is told to stop', async () => {
  const clock = new VirtualClock()
  const { signal } = new AbortController()
  let isStopped = false
  const result = within(
    { clock, ms: 100, signal },
    () => late,
    (stop) => {
      stop.addEventListener('abort', () => (isStopped = true))
      return new Promise(() => undefined)
    },
  ).catch((error: unknown) => error)
  await clock.advance(100)
  expect(await result).toBe(late)
  expect(isStopped).toBe(true)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('whoever gives up first gives the reason', async () => {
  const clock = new VirtualClock()
  const caller = new AbortController()
  const reasons: unknown[] = []
  const result = within(
    { clock, ms: 100, signal: caller.signal },
    () => late,
    (stop) => {
      stop.addEventListener('abort', () => reasons.push(stop.reason))
      return new Promise(() => undefined)
    },
  ).catch((error: unknown) => error)
  const why = new Error('hung up')
  caller.abort(why)
  expect(await result).toBe(why)
  expect(reasons).toEqual([why])
})
