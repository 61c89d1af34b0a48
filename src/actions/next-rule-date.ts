import {
  civilOf,
  dayOf,
  lastWeekday,
  mondayOf,
  monthIndexOf,
  nthWeekday,
  weekdayOf,
  type CivilDate,
  type Day,
} from './civil-date.ts'
import type { Ordinal, TemporalRule } from './temporal-rule.ts'

export type Recurrence = Pick<TemporalRule, 'cycle' | 'interval' | 'days' | 'weekdays' | 'ordinal' | 'month'>

/**
 * The next day, after `after`, that a rule which started on `start` is in force (with the weekly cycle `after` counts as
 * well), or undefined when there is none. Never throws.
 *
 * Differs from KAZOO, where a daily, weekly or monthly rule with an interval above one misses its first day, and where an
 * ordinal with more or less than one weekday crashes: several mean any of them, none means never.
 *
 * @source KAZOO cf_temporal_route.erl, next_rule_date
 */
export function nextRuleDate(rule: Recurrence, start: Day, after: Day): Day | undefined {
  const days = rule.weekdays.length > 0 ? rule.weekdays : everyWeekday
  switch (rule.cycle) {
    case 'date':
      return start
    case 'daily':
      return after < start ? start : start + stepsUpTo(after - start, rule.interval) + rule.interval
    case 'weekly':
      return nextOfWeek(days, rule.interval, start, Math.max(after, start))
    case 'monthly':
      return rule.days.length > 0
        ? nextOfMonth(rule.days, rule.interval, start, Math.max(after, start - 1))
        : earliest(rule.weekdays, (weekday) =>
            nextOrdinalOfMonth(rule.ordinal, weekday, rule.interval, start, Math.max(after, start - 1)),
          )
    case 'yearly':
      return rule.days.length > 0
        ? nextOfYear(rule, start, Math.max(after, start - 1))
        : earliest(rule.weekdays, (weekday) => nextOrdinalOfYear(rule, weekday, start, Math.max(after, start - 1)))
    case undefined:
      return undefined
  }
}

const everyWeekday = [1, 2, 3, 4, 5, 6, 7]

/** The largest multiple of `interval` that is not above `distance`. */
const stepsUpTo = (distance: number, interval: number): number => Math.floor(distance / interval) * interval

function earliest(weekdays: readonly number[], next: (weekday: number) => Day | undefined): Day | undefined {
  const days = weekdays.flatMap((weekday) => next(weekday) ?? [])
  return days.length === 0 ? undefined : Math.min(...days)
}

function nextOfWeek(weekdays: readonly number[], interval: number, start: Day, from: Day): Day {
  const weeks = (mondayOf(from) - mondayOf(start)) / 7
  const steps = stepsUpTo(weeks, interval)
  const later = weekdays.find((weekday) => weekday >= weekdayOf(from))
  if (steps === weeks && later !== undefined) return mondayOf(from) + later - 1
  return mondayOf(start) + 7 * (steps + interval) + (weekdays[0] ?? 1) - 1
}

/** Where the months of a rule stand: whether this one counts, and the index of the next that does. */
function monthsOf(
  interval: number,
  start: Day,
  today: CivilDate,
): { readonly isActive: boolean; readonly next: number } {
  const first = monthIndexOf(civilOf(start))
  const months = monthIndexOf(today) - first
  const steps = stepsUpTo(months, interval)
  return { isActive: steps === months, next: first + steps + interval }
}

function nextOfMonth(days: readonly number[], interval: number, start: Day, after: Day): Day {
  const today = civilOf(after)
  const { isActive, next } = monthsOf(interval, start, today)
  const later = days.find((day) => day > today.day)
  if (isActive && later !== undefined) return dayOf(today.year, today.month, later)
  return dayOf(Math.floor(next / 12), (next % 12) + 1, days[0] ?? 1)
}

/** The first `weekday` after `after`. */
const weekdayAfter = (after: Day, weekday: number): Day => after + 1 + ((weekday - weekdayOf(after + 1) + 7) % 7)

const places = { first: 1, second: 2, third: 3, fourth: 4, fifth: 5 } as const

function nextOrdinalOfMonth(ordinal: Ordinal, weekday: number, interval: number, start: Day, after: Day): Day {
  const today = civilOf(after)
  const { isActive, next } = monthsOf(interval, start, today)
  const thisMonth = monthIndexOf(today)
  const isThisMonth = (day: Day): boolean => monthIndexOf(civilOf(day)) === thisMonth
  switch (ordinal) {
    case 'every': {
      const soon = weekdayAfter(after, weekday)
      return isActive && (interval === 1 || isThisMonth(soon)) ? soon : nthWeekday(next, 1, weekday)
    }
    case 'last': {
      const last = lastWeekday(thisMonth, weekday)
      return isActive && last > after ? last : lastWeekday(next, weekday)
    }
    default: {
      const place = places[ordinal]
      const day = nthWeekday(thisMonth, place, weekday)
      // A fifth that this month has not is a day of the next: only right when the next month counts as well.
      if (isActive && day > after && (interval === 1 || isThisMonth(day))) return day
      return nthWeekday(next, place, weekday)
    }
  }
}

/** Whether a year counts, and the next that does. */
function yearsOf(interval: number, start: Day, year: number): { readonly isActive: boolean; readonly next: number } {
  const first = civilOf(start).year
  const steps = stepsUpTo(year - first, interval)
  return { isActive: steps === year - first, next: first + steps + interval }
}

function nextOfYear({ days, interval, month }: Recurrence, start: Day, after: Day): Day {
  const today = civilOf(after)
  const { isActive, next } = yearsOf(interval, start, today.year)
  const [first = 1] = days
  if (isActive && today.month < month) return dayOf(today.year, month, first)
  const later = today.month === month ? days.find((day) => day > today.day) : undefined
  return isActive && later !== undefined ? dayOf(today.year, month, later) : dayOf(next, month, first)
}

/** A fifth weekday of a month comes back within 28 years; with an interval it may take so many steps. */
const mostYears = 400

function nextOrdinalOfYear(
  { ordinal, interval, month }: Recurrence,
  weekday: number,
  start: Day,
  after: Day,
): Day | undefined {
  const today = civilOf(after)
  const { isActive, next } = yearsOf(interval, start, today.year)
  const inYear = (year: number): Day | undefined => {
    const index = year * 12 + month - 1
    if (ordinal === 'last') return lastWeekday(index, weekday)
    const day = nthWeekday(index, ordinal === 'every' ? 1 : places[ordinal], weekday)
    return monthIndexOf(civilOf(day)) === index ? day : undefined
  }
  if (isActive) {
    const day = ordinal === 'every' && today.month === month ? weekdayAfter(after, weekday) : inYear(today.year)
    if (day !== undefined && day > after && civilOf(day).month === month) return day
  }
  for (let year = next; year < next + mostYears * interval; year += interval) {
    const day = inYear(year)
    if (day !== undefined) return day
  }
  return undefined
}
