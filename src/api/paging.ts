import { Type, type Static, type TObject } from 'typebox'
import type { Page } from '../records/index.ts'

/** Seconds from the year 0 to 1970: KAZOO counts Gregorian seconds. */
const gregorianSeconds = 62_167_219_200

/** @param ms Unix milliseconds */
export const toGregorian = (ms: number): number => Math.floor(ms / 1000) + gregorianSeconds

/** @returns Unix milliseconds */
export const fromGregorian = (seconds: number): number => (seconds - gregorianSeconds) * 1000

/** What `paginate=false` answers at most. */
export const mostUnpaged = 10_000

/** @source KAZOO crossbar_view.erl: page_size, start_key, created_from, created_to, paginate, ascending */
export const PageQuery = {
  page_size: Type.Integer({ minimum: 1, maximum: 1_000, default: 50, description: 'How many at most.' }),
  start_key: Type.Optional(Type.String({ maxLength: 512, description: '`next_start_key` of the page before.' })),
  paginate: Type.Boolean({ default: true, description: `false: all, at most ${mostUnpaged}.` }),
}

/** Query parameters of lists of what happened at a time. */
export const TimedQuery = {
  ...PageQuery,
  created_from: Type.Optional(Type.Integer({ minimum: 0, description: 'Gregorian seconds, including.' })),
  created_to: Type.Optional(Type.Integer({ minimum: 0, description: 'Gregorian seconds, including.' })),
  ascending: Type.Boolean({ default: false, description: 'Oldest first.' }),
}

/** How a list of records is asked for, from the query. */
export function pageOf(query: Static<TObject<typeof TimedQuery>>): Page {
  const { page_size: size, start_key: startKey, paginate, created_from: from, created_to: to, ascending } = query
  return {
    size: paginate ? size : mostUnpaged,
    isAscending: ascending,
    ...(startKey === undefined ? {} : { startKey }),
    ...(from === undefined ? {} : { from: fromGregorian(from) }),
    ...(to === undefined ? {} : { to: fromGregorian(to) + 999 }),
  }
}
