import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VirtualClock } from '../../../base/index.ts'
import { PortPool } from './port-pool.ts'

test('every port is even, in range, and used once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1024, max: 2000 }), fc.integer({ min: 0, max: 40 }), (first, more) => {
      const pool = new PortPool(new VirtualClock(), { first, last: first + more }, 0)
      const taken: number[] = []
      for (let port = pool.take(); port !== undefined; port = pool.take()) taken.push(port)
      const even = Array.from({ length: more + 1 }, (_, i) => first + i).filter((port) => port % 2 === 0)
      expect(taken.sort((a, b) => a - b)).toEqual(even)
    }),
  )
})

test('a port rests before it is used again', async () => {
  const clock = new VirtualClock()
  const pool = new PortPool(clock, { first: 4000, last: 4001 }, 2_000)
  expect(pool.take()).toBe(4000)
  expect(pool.hasFree).toBe(false)
  pool.release(4000)
  expect(pool.take()).toBeUndefined()
  await clock.advance(2_000)
  expect(pool.hasFree).toBe(true)
  expect(pool.take()).toBe(4000)
})

test('0 to 0 leaves the choice to the system', () => {
  const pool = new PortPool(new VirtualClock(), { first: 0, last: 0 }, 2_000)
  expect([pool.take(), pool.take(), pool.hasFree]).toEqual([0, 0, true])
})
