import { expect, test } from 'vitest'
import { mayHunt } from './hunt.ts'

test.each([
  ['1001', '', '', true],
  ['1001', '^1', '', true],
  ['2001', '^1', '', false],
  ['1001', '', '^1', false],
  ['1001', '^1', '^10', false],
  ['1001', '(', '', false], // no pattern: allows nothing
  ['1001', '', '(', true], // no pattern: denies nothing
  [`${'1'.repeat(60)}x`, '^(1+)+$', '', false],
])('%s may be dialled with allow %j and deny %j: %j', (number, allow, deny, may) => {
  expect(mayHunt(number, { allow, deny })).toBe(may)
})
