import { expect, test } from 'vitest'
import { VirtualClock } from '../../base/index.ts'
import { DoubleTold } from './digits.ts'

test('a key told by both ways counts once, whichever comes first', () => {
  const told = new DoubleTold(new VirtualClock())
  expect(told.isNews('1', 'rtp')).toBe(true)
  expect(told.isNews('1', 'info')).toBe(false)
  expect(told.isNews('2', 'info')).toBe(true)
  expect(told.isNews('2', 'rtp')).toBe(false)
})

test('a key pressed twice and told twice counts twice', () => {
  const told = new DoubleTold(new VirtualClock())
  const ways = ['rtp', 'rtp', 'info', 'info'] as const
  expect(ways.map((via) => told.isNews('1', via))).toEqual([true, true, false, false])
})

test('a second later it is another press', async () => {
  const clock = new VirtualClock()
  const told = new DoubleTold(clock)
  told.isNews('1', 'rtp')
  await clock.advance(1_000)
  expect(told.isNews('1', 'info')).toBe(true)
})

test('of a flood of keys so many count as can be pressed in a second', async () => {
  const clock = new VirtualClock()
  const told = new DoubleTold(clock)
  const news = Array.from({ length: 1_000 }, () => told.isNews('1', 'rtp'))
  expect(news.filter(Boolean)).toHaveLength(25)
  await clock.advance(1_000)
  expect(told.isNews('2', 'rtp')).toBe(true)
})
