/** A day of the calendar, counted from 1970-01-01. Dates without a time zone are best reckoned with as numbers. */
export type Day = number

export interface CivilDate {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number
  /** 1 = Monday to 7 = Sunday (ISO 8601). */
  readonly weekday: number
}

const dayMs = 86_400_000

/** The day of a date. What is no real date rolls over: 31 April is 1 May, month 13 is next January. */
export function dayOf(year: number, month: number, day: number): Day {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getTime() / dayMs
}

export function civilOf(day: Day): CivilDate {
  const date = new Date(day * dayMs)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: weekdayOf(day),
  }
}

/** 1 = Monday to 7 = Sunday; 1970-01-01 was a Thursday. */
export const weekdayOf = (day: Day): number => ((((day + 3) % 7) + 7) % 7) + 1

/** The Monday of the ISO week that `day` is in. */
export const mondayOf = (day: Day): Day => day - weekdayOf(day) + 1

/** Months since year 0, so that they can be counted. */
export const monthIndexOf = ({ year, month }: CivilDate): number => year * 12 + month - 1

/** The `n`-th such weekday of the month (0 = January of year 0); a fifth that the month has not rolls into the next. */
export function nthWeekday(monthIndex: number, n: number, weekday: number): Day {
  const first = dayOf(Math.floor(monthIndex / 12), (monthIndex % 12) + 1, 1)
  return first + ((weekday - weekdayOf(first) + 7) % 7) + 7 * (n - 1)
}

/** The last such weekday of the month. */
export function lastWeekday(monthIndex: number, weekday: number): Day {
  const fifth = nthWeekday(monthIndex, 5, weekday)
  return monthIndexOf(civilOf(fifth)) === monthIndex ? fifth : fifth - 7
}
