import { expect, test } from 'vitest'
import { firstText } from './variable-path.ts'

const tree = { 'Call-Priority': '10', owner: { Tier: 'gold', is_open: true, seats: 4, notes: null }, 'a.b': 'dotted' }

test.each([
  ['call_priority', '10'],
  ['CALL-PRIORITY', '10'],
  ['owner.tier', 'gold'],
  [['owner', 'Tier'], 'gold'],
  [['Tier', 'owner'], undefined], // KAZOO walks a list from its end.
  [['owner', 'is-open'], 'true'],
  [['owner', 'seats'], '4'],
  [['owner', 'notes'], undefined],
  ['owner', undefined],
  ['a.b', 'dotted'],
  ['nothing', undefined],
  ['', undefined],
  ['__proto__', undefined],
  ['constructor', undefined],
] as const)('%j is %j', (variable, text) => {
  expect(firstText([undefined, tree], variable)).toBe(text)
})

test('the first that has it, wins', () => {
  expect(firstText([{ a: 1 }, { a: 2, b: 3 }], 'a')).toBe('1')
  expect(firstText([{ a: 1 }, { a: 2, b: 3 }], 'b')).toBe('3')
})
