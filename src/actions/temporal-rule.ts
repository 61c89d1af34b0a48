import { flagOf, integerOf, listOf, textOf, textsOf } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'

export type Ordinal = 'every' | 'first' | 'second' | 'third' | 'fourth' | 'fifth' | 'last'

type Cycle = 'date' | 'daily' | 'weekly' | 'monthly' | 'yearly'

/** When a rule is in force. Seconds of the day; `startsOn` is where its intervals are counted from. */
export interface TemporalRule {
  readonly id: string
  /** Forced on or off; undefined = by time. */
  readonly enabled: boolean | undefined
  readonly cycle: Cycle | undefined
  /** 1 to 1000. */
  readonly interval: number
  /** Days of the month, in the order given. */
  readonly days: readonly number[]
  /** 1 = Monday to 7 = Sunday, in that order. */
  readonly weekdays: readonly number[]
  readonly ordinal: Ordinal
  readonly month: number
  /** Unix milliseconds; undefined = now. */
  readonly startsAt: number | undefined
  readonly endsAt: number | undefined
  readonly windowStart: number
  readonly windowStop: number
  /** ISO dates on which it is not in force. */
  readonly except: readonly string[]
}

const weekdayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const ordinals: readonly Ordinal[] = ['every', 'first', 'second', 'third', 'fourth', 'fifth', 'last']
const cycles: readonly Cycle[] = ['date', 'daily', 'weekly', 'monthly', 'yearly']
const longestInterval = 1000
const secondsPerDay = 86_400
/** Seconds from year 0, which KAZOO counts from, to 1970. */
const gregorianToUnix = 62_167_219_200

/** Reads a temporal rule document. What makes no sense in it counts as not there. @source KAZOO temporal_rules schema */
export function readTemporalRule(document: Document): TemporalRule {
  const interval = integerOf(document['interval']) ?? 1
  const month = integerOf(document['month']) ?? 1
  return {
    id: document.id,
    enabled: flagOf(document['enabled']),
    cycle: oneOf(document['cycle'], cycles),
    interval: Math.min(Math.max(interval, 1), longestInterval),
    days: listOf(document['days']).flatMap((day) => inRange(integerOf(day), 1, 31) ?? []),
    weekdays: weekdaysOf(document['wdays']),
    ordinal: oneOf(document['ordinal'], ordinals) ?? 'first',
    month: inRange(month, 1, 12) ?? 1,
    startsAt: unixMs(document['start_date']),
    endsAt: unixMs(document['end_date']),
    windowStart: inRange(integerOf(document['time_window_start']), 0, secondsPerDay) ?? 0,
    windowStop: inRange(integerOf(document['time_window_stop']), 0, secondsPerDay) ?? secondsPerDay,
    except: textsOf(document['exclude']),
  }
}

function weekdaysOf(value: unknown): readonly number[] {
  const numbers = textsOf(value).flatMap((name) => {
    const known = name.toLowerCase() === 'wensday' ? 'wednesday' : name.toLowerCase() // KAZOO's schema has both.
    const index = weekdayNames.indexOf(known)
    return index < 0 ? [] : [index + 1]
  })
  return [...new Set(numbers)].sort((a, b) => a - b)
}

const oneOf = <T extends string>(value: unknown, known: readonly T[]): T | undefined => {
  const text = textOf(value)?.toLowerCase()
  return known.find((one) => one === text)
}

const inRange = (value: number | undefined, from: number, to: number): number | undefined =>
  value !== undefined && value >= from && value <= to ? value : undefined

const unixMs = (value: unknown): number | undefined => {
  const seconds = integerOf(value)
  return seconds === undefined ? undefined : (Math.max(seconds, 0) - gregorianToUnix) * 1000
}
