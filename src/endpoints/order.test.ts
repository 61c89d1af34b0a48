import { expect, test } from 'vitest'
import { heavierFirst } from './order.ts'

test('the heavier is first as often as its share of the weight says', () => {
  const items = [
    { name: 'light', weight: 10 },
    { name: 'heavy', weight: 30 },
  ]
  const rounds = 4_000
  let heavy = 0
  for (let round = 0; round < rounds; round++) if (heavierFirst(items)[0]?.name === 'heavy') heavy++
  // Three quarters; 0.05 is more than seven standard deviations.
  expect(Math.abs(heavy / rounds - 0.75)).toBeLessThan(0.05)
})

test('everybody has a place', () => {
  const items = [{ weight: 1 }, { weight: 100 }, { weight: 20 }]
  expect(heavierFirst(items, () => 0.5).map(({ weight }) => weight)).toEqual([100, 20, 1])
})
