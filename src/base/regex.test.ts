import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFailure } from './failure.ts'
import { safeRegex } from './regex.ts'

test('a pattern gives its match, its groups and its named groups', () => {
  const regex = safeRegex('^\\*(?<code>\\d)(?:0(\\d+))?')
  expect(regex.groupCount).toBe(2)
  expect(regex.exec('*5')).toEqual({ text: '*5', groups: ['5', undefined], named: { code: '5' } })
  expect(regex.exec('*5012')).toEqual({ text: '*5012', groups: ['5', '12'], named: { code: '5' } })
  expect(regex.exec('5')).toBeUndefined()
})

test('a pattern matches anywhere unless it is anchored', () => {
  expect(safeRegex('41').test('+4179')).toBe(true)
  expect(safeRegex('^41').test('+4179')).toBe(false)
})

test.each(['(', '(a)\\1', '(?=a)b', 'a'.repeat(1001), '\\d{1,100000}'])('%s is refused by name', (pattern) => {
  let problem: unknown
  try {
    safeRegex(pattern)
  } catch (error) {
    problem = error
  }
  expect(isFailure(problem, 'NUMBER_PATTERN_INVALID')).toBe(true)
})

test('a pattern that takes a backtracking engine for ever takes us no time', () => {
  expect(safeRegex('^(a+)+$').test(`${'a'.repeat(5000)}!`)).toBe(false)
})

test('whatever is given as a pattern, it compiles or is refused by name', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[()[\]{}*+?.|\\^$a1,:<>P=!-]{0,40}$/), (pattern) => {
      try {
        safeRegex(pattern).exec('a1a1')
      } catch (error) {
        expect(isFailure(error, 'NUMBER_PATTERN_INVALID')).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})
