import { expect, test } from 'vitest'
import { VirtualClock } from '../../base/index.ts'
import { DoubleTold } from './digits.ts'

test('a key told by both ways counts once, whichever comes first', () => {
  const told = new DoubleTold(new VirtualClock())
  expect(told.isSecond('1', 'rtp')).toBe(false)
  expect(told.isSecond('1', 'info')).toBe(true)
  expect(told.isSecond('2', 'info')).toBe(false)
  expect(told.isSecond('2', 'rtp')).toBe(true)
})

test('a key pressed twice and told twice counts twice', () => {
  const told = new DoubleTold(new VirtualClock())
  const ways = ['rtp', 'rtp', 'info', 'info'] as const
  expect(ways.map((via) => told.isSecond('1', via))).toEqual([false, false, true, true])
})

test('a second later it is another press', async () => {
  const clock = new VirtualClock()
  const told = new DoubleTold(clock)
  told.isSecond('1', 'rtp')
  await clock.advance(1_000)
  expect(told.isSecond('1', 'info')).toBe(false)
})
