import fc from 'fast-check'
import { expect, test } from 'vitest'
import { civilOf, dayOf, weekdayOf, type Day } from './civil-date.ts'
import { nextRuleDate, type Recurrence } from './next-rule-date.ts'

const day = (iso: string): Day => Date.parse(`${iso}T00:00:00Z`) / 86_400_000
const iso = (day: Day | undefined): string | undefined =>
  day === undefined ? undefined : new Date(day * 86_400_000).toISOString().slice(0, 10)

const usual: Recurrence = { cycle: 'daily', interval: 1, days: [], weekdays: [], ordinal: 'first', month: 1 }
const [mon, tue, wed, , fri, sat, sun] = [1, 2, 3, 4, 5, 6, 7]

type Row = readonly [rule: Partial<Recurrence>, start: string, after: string, next: string | undefined]

const table: readonly Row[] = [
  [{ cycle: 'date' }, '2026-12-25', '2026-01-01', '2026-12-25'],
  [{ cycle: undefined }, '2026-12-25', '2026-01-01', undefined],

  [{ cycle: 'daily' }, '2011-01-01', '2011-06-01', '2011-06-02'],
  [{ cycle: 'daily', interval: 4 }, '2011-01-05', '2011-01-06', '2011-01-09'],
  [{ cycle: 'daily', interval: 4 }, '2011-01-05', '2011-01-09', '2011-01-13'],
  [{ cycle: 'daily', interval: 4 }, '2011-01-05', '2011-01-04', '2011-01-05'], // KAZOO misses the first day.

  [{ cycle: 'weekly', weekdays: [mon, wed, fri], interval: 2 }, '2011-01-01', '2011-01-10', '2011-01-10'],
  [{ cycle: 'weekly', weekdays: [mon, wed, fri], interval: 2 }, '2011-01-01', '2011-01-15', '2011-01-24'],
  [{ cycle: 'weekly', weekdays: [mon] }, '2011-01-04', '2011-01-03', '2011-01-10'],
  [{ cycle: 'weekly', weekdays: [sat] }, '2011-01-01', '2011-01-02', '2011-01-08'],
  [{ cycle: 'weekly', weekdays: [mon, fri] }, '2011-01-03', '2011-01-05', '2011-01-07'],
  [{ cycle: 'weekly', weekdays: [] }, '2011-01-01', '2011-01-09', '2011-01-09'],
  [{ cycle: 'weekly', weekdays: [sun], interval: 2 }, '2026-01-05', '2026-01-04', '2026-01-11'],

  [{ cycle: 'monthly', days: [1, 15] }, '2011-01-01', '2011-03-10', '2011-03-15'],
  [{ cycle: 'monthly', days: [1, 15] }, '2011-01-01', '2011-03-15', '2011-04-01'],
  [{ cycle: 'monthly', days: [1] }, '2011-01-01', '2011-12-01', '2012-01-01'],
  [{ cycle: 'monthly', days: [31] }, '2011-01-01', '2011-04-10', '2011-05-01'], // 31 April
  [{ cycle: 'monthly', days: [5], interval: 3 }, '2011-01-01', '2011-01-05', '2011-04-05'],
  [{ cycle: 'monthly', days: [5], interval: 3 }, '2011-01-01', '2011-02-01', '2011-04-05'],
  [{ cycle: 'monthly', days: [1], interval: 2 }, '2011-05-01', '2011-04-30', '2011-05-01'], // KAZOO misses it.
  [{ cycle: 'monthly', days: [20, 5] }, '2011-01-01', '2011-03-03', '2011-03-20'], // in the order given
  [{ cycle: 'monthly', ordinal: 'first', weekdays: [mon] }, '2011-01-01', '2011-01-02', '2011-01-03'],
  [{ cycle: 'monthly', ordinal: 'first', weekdays: [mon] }, '2011-01-01', '2011-01-03', '2011-02-07'],
  [{ cycle: 'monthly', ordinal: 'third', weekdays: [tue] }, '2011-01-01', '2011-06-01', '2011-06-21'],
  [{ cycle: 'monthly', ordinal: 'last', weekdays: [fri] }, '2011-01-01', '2011-06-01', '2011-06-24'],
  [{ cycle: 'monthly', ordinal: 'last', weekdays: [fri] }, '2011-01-01', '2011-06-24', '2011-07-29'],
  [{ cycle: 'monthly', ordinal: 'last', weekdays: [fri], interval: 3 }, '2011-01-01', '2011-02-01', '2011-04-29'],
  [{ cycle: 'monthly', ordinal: 'every', weekdays: [wed] }, '2011-01-01', '2011-01-26', '2011-02-02'],
  [{ cycle: 'monthly', ordinal: 'every', weekdays: [wed], interval: 2 }, '2011-01-01', '2011-01-26', '2011-03-02'],
  [{ cycle: 'monthly', ordinal: 'every', weekdays: [wed], interval: 2 }, '2011-01-01', '2011-01-20', '2011-01-26'],
  [{ cycle: 'monthly', ordinal: 'fifth', weekdays: [mon] }, '2011-01-01', '2011-01-31', '2011-03-07'], // February has four.
  [{ cycle: 'monthly', ordinal: 'fifth', weekdays: [mon] }, '2011-01-01', '2011-02-01', '2011-03-07'],
  [{ cycle: 'monthly', ordinal: 'fifth', weekdays: [mon], interval: 2 }, '2011-02-01', '2011-02-01', '2011-05-02'],
  [{ cycle: 'monthly', ordinal: 'first', weekdays: [mon, tue] }, '2011-01-01', '2011-01-31', '2011-02-01'], // any of them
  [{ cycle: 'monthly', ordinal: 'first', weekdays: [] }, '2011-01-01', '2011-01-31', undefined], // KAZOO crashes.

  [{ cycle: 'yearly', days: [25], month: 12 }, '2011-01-01', '2011-06-01', '2011-12-25'],
  [{ cycle: 'yearly', days: [25], month: 12 }, '2011-01-01', '2011-12-25', '2012-12-25'],
  [{ cycle: 'yearly', days: [24, 25], month: 12 }, '2011-01-01', '2011-12-24', '2011-12-25'],
  [{ cycle: 'yearly', days: [1], month: 3, interval: 2 }, '2011-01-01', '2011-04-01', '2013-03-01'],
  [{ cycle: 'yearly', days: [1], month: 3, interval: 2 }, '2011-01-01', '2012-01-01', '2013-03-01'],
  [{ cycle: 'yearly', days: [29], month: 2 }, '2011-01-01', '2011-01-15', '2011-03-01'], // no leap year
  [{ cycle: 'yearly', ordinal: 'first', weekdays: [mon], month: 9 }, '2011-01-01', '2011-02-01', '2011-09-05'],
  [{ cycle: 'yearly', ordinal: 'last', weekdays: [mon], month: 5 }, '2011-01-01', '2011-05-30', '2012-05-28'],
  [{ cycle: 'yearly', ordinal: 'every', weekdays: [fri], month: 4 }, '2011-01-01', '2011-04-02', '2011-04-08'],
  [{ cycle: 'yearly', ordinal: 'every', weekdays: [fri], month: 4 }, '2011-01-01', '2011-04-29', '2012-04-06'],
  [{ cycle: 'yearly', ordinal: 'fifth', weekdays: [mon], month: 2 }, '2011-01-01', '2011-01-01', '2016-02-29'],
]

test.each(table)('%j from %s: after %s comes %s', (rule, start, after, next) => {
  expect(iso(nextRuleDate({ ...usual, ...rule }, day(start), day(after)))).toBe(next)
})

const days = fc.integer({ min: day('1900-01-01'), max: day('2200-01-01') })

const anyRule = fc.record({
  cycle: fc.constantFrom('daily', 'weekly', 'monthly', 'yearly'),
  interval: fc.integer({ min: 1, max: 1000 }),
  days: fc.array(fc.integer({ min: 1, max: 31 }), { maxLength: 4 }),
  weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 7 }).map((some) => some.sort((a, b) => a - b)),
  ordinal: fc.constantFrom('every', 'first', 'second', 'third', 'fourth', 'fifth', 'last'),
  month: fc.integer({ min: 1, max: 12 }),
} satisfies { [K in keyof Recurrence]: fc.Arbitrary<Recurrence[K]> })

test('a rule never throws, and its next day is neither before it started nor before the day asked for', () => {
  fc.assert(
    fc.property(anyRule, days, days, (rule, start, after) => {
      const next = nextRuleDate(rule, start, after)
      if (next === undefined) return
      const from = rule.cycle === 'weekly' ? Math.max(start, after) : Math.max(start, after + 1)
      expect(next).toBeGreaterThanOrEqual(from)
    }),
    { numRuns: 800 },
  )
})

test('a rule by weekdays falls on one of them', () => {
  fc.assert(
    fc.property(anyRule, days, days, (rule, start, after) => {
      if (rule.cycle === 'daily' || rule.weekdays.length === 0 || (rule.cycle !== 'weekly' && rule.days.length > 0))
        return
      const next = nextRuleDate(rule, start, after)
      if (next !== undefined) expect(rule.weekdays).toContain(weekdayOf(next))
    }),
    { numRuns: 800 },
  )
})

test('a daily rule falls on multiples of its interval', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), days, days, (interval, start, after) => {
      const next = nextRuleDate({ ...usual, interval }, start, after)
      expect(((next ?? NaN) - start) % interval).toBe(0)
    }),
  )
})

test('days count as the calendar does', () => {
  fc.assert(
    fc.property(days, (day) => {
      const { year, month, day: ofMonth } = civilOf(day)
      expect(dayOf(year, month, ofMonth)).toBe(day)
    }),
  )
})
