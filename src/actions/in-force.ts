import { DateTime } from 'luxon'
import { dayOf, type Day } from './civil-date.ts'
import { nextRuleDate } from './next-rule-date.ts'
import type { TemporalRule } from './temporal-rule.ts'

/** A moment as the clock on the wall shows it. */
export interface WallClock {
  readonly day: Day
  readonly secondOfDay: number
}

/** The clock on the wall of `timezone` (an IANA name) at `nowMs`, or undefined when there is no such time zone. */
export function wallClock(nowMs: number, timezone: string): WallClock | undefined {
  const local = DateTime.fromMillis(nowMs, { zone: timezone })
  if (!local.isValid) return undefined
  return {
    day: dayOf(local.year, local.month, local.day),
    secondOfDay: local.hour * 3600 + local.minute * 60 + local.second,
  }
}

/**
 * Whether `rule` is in force at `nowMs`: forced, or by its cycle and its window, both ends of which belong to it. Wall
 * clock time, without daylight saving arithmetic.
 *
 * @source KAZOO cf_temporal_route.erl, process_rules
 */
export function isInForce(rule: TemporalRule, nowMs: number, timezone: string): boolean {
  const now = wallClock(nowMs, timezone)
  const start = wallClock(rule.startsAt ?? nowMs, timezone)
  if (now === undefined || start === undefined) return false
  if ((rule.startsAt ?? nowMs) > nowMs || (rule.endsAt !== undefined && rule.endsAt < nowMs)) return false
  if (rule.enabled !== undefined) return rule.enabled
  const base = nextRuleDate(rule, start.day, rule.cycle === 'weekly' ? now.day : now.day - 1)
  if (base === undefined || rule.except.includes(isoOf(base))) return false
  const second = (now.day - base) * 86_400 + now.secondOfDay
  return rule.windowStart <= second && second <= rule.windowStop
}

const isoOf = (day: Day): string => new Date(day * 86_400_000).toISOString().slice(0, 10)
