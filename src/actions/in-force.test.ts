import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Document } from '../callflow/index.ts'
import { isInForce, wallClock } from './in-force.ts'
import { readTemporalRule } from './temporal-rule.ts'

const zurich = 'Europe/Zurich'
const office: Document = {
  id: 'r1',
  cycle: 'weekly',
  wdays: ['monday', 'tuesday', 'wensday', 'thursday', 'friday'],
  time_window_start: 28_800,
  time_window_stop: 61_200,
  start_date: 62_586_115_200,
}

const at = (rule: Document, iso: string): boolean => isInForce(readTemporalRule(rule), Date.parse(iso), zurich)

test.each([
  ['2026-01-06T09:00:00+01:00', true], // Tuesday
  ['2026-01-06T07:59:59+01:00', false],
  ['2026-01-06T08:00:00+01:00', true],
  ['2026-01-06T17:00:00+01:00', true],
  ['2026-01-06T17:00:00.900+01:00', true],
  ['2026-01-06T17:00:01+01:00', false],
  ['2026-01-07T12:00:00+01:00', true], // "wensday"
  ['2026-01-10T09:00:00+01:00', false], // Saturday
  ['2026-07-07T08:30:00+02:00', true], // summer time
  ['2026-01-05T23:30:00Z', false], // already Tuesday there
])('the office at %s is open: %s', (iso, isOpen) => {
  expect(at(office, iso)).toBe(isOpen)
})

test('a rule that is forced does not look at the clock', () => {
  expect(at({ ...office, enabled: true }, '2026-01-10T09:00:00+01:00')).toBe(true)
  expect(at({ ...office, enabled: false }, '2026-01-06T09:00:00+01:00')).toBe(false)
})

test('a rule that has not begun or is over does not count, forced or not', () => {
  const start_date = 62_167_219_200 + Date.parse('2026-01-07T00:00:00+01:00') / 1000
  expect(at({ ...office, start_date, enabled: true }, '2026-01-06T09:00:00+01:00')).toBe(false)
  expect(at({ ...office, start_date }, '2026-01-07T09:00:00+01:00')).toBe(true)
  expect(at({ ...office, end_date: start_date }, '2026-01-07T09:00:00+01:00')).toBe(false)
})

test('a day that is left out is no such day', () => {
  expect(at({ ...office, exclude: ['2026-01-06'] }, '2026-01-06T09:00:00+01:00')).toBe(false)
  expect(at({ ...office, exclude: ['2026-01-06'] }, '2026-01-07T09:00:00+01:00')).toBe(true)
})

test('a daily rule is in force on the day it starts, whatever its interval', () => {
  const start_date = 62_167_219_200 + Date.parse('2026-01-06T00:00:00+01:00') / 1000
  const rule = { id: 'r', cycle: 'daily', interval: 3, start_date }
  expect(at(rule, '2026-01-06T12:00:00+01:00')).toBe(true)
  expect(at(rule, '2026-01-07T12:00:00+01:00')).toBe(false)
  expect(at(rule, '2026-01-09T12:00:00+01:00')).toBe(true)
})

test('a rule without a cycle, and a time zone that does not exist, are never', () => {
  expect(at({ id: 'r' }, '2026-01-06T12:00:00Z')).toBe(false)
  expect(isInForce(readTemporalRule(office), Date.parse('2026-01-06T12:00:00Z'), 'Mars/Olympus')).toBe(false)
  expect(wallClock(0, 'Mars/Olympus')).toBeUndefined()
})

const junk = fc.oneof(
  fc.anything({ maxDepth: 1 }),
  fc.integer(),
  fc.constantFrom('weekly', 'monthly', 'yearly', 'last', 'monday', '5', 62_586_115_200, [31], ['monday'], [0, 99]),
)
const fields = ['cycle', 'interval', 'days', 'wdays', 'ordinal', 'month', 'start_date', 'end_date', 'exclude'] as const

test('whatever a document says, a rule can be read and asked', () => {
  const anyDocument = fc.record(Object.fromEntries(fields.map((name) => [name, junk])), { requiredKeys: [] })
  fc.assert(
    fc.property(
      anyDocument,
      fc.date({ min: new Date('1970-01-01'), max: new Date('2500-01-01'), noInvalidDate: true }),
      (document, now) => {
        expect(typeof isInForce(readTemporalRule({ ...document, id: 'r' }), now.getTime(), zurich)).toBe('boolean')
      },
    ),
    { numRuns: 300 },
  )
})
