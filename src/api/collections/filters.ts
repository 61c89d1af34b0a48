import type { KeptDocument } from '../../documents/index.ts'
import { fromGregorian } from '../paging.ts'
import { valueAt } from './merge.ts'

type Filter = (kept: KeptDocument) => boolean

const mostFilters = 20

/**
 * What a list is narrowed to. Keys are paths with dots; of one that is given several times all must hold.
 *
 * @source KAZOO crossbar_filter.erl: filter_, filter_not_, has_key, key_missing, has_value, missing_value,
 *   created_from/to, modified_from/to
 */
export function filterOf(query: Readonly<Record<string, unknown>>): Filter | undefined {
  const filters = Object.entries(query)
    .flatMap(([key, value]) =>
      Array.isArray(value) ? value.map((one: unknown) => [key, one] as const) : [[key, value] as const],
    )
    .map(([key, value]) => filterBy(key, String(value)))
    .filter((filter) => filter !== undefined)
    .slice(0, mostFilters)
  return filters.length === 0 ? undefined : (kept) => filters.every((filter) => filter(kept))
}

function filterBy(key: string, value: string): Filter | undefined {
  if (key.startsWith('filter_not_')) return inverse(equals(key.slice('filter_not_'.length), value))
  if (key.startsWith('filter_')) return equals(key.slice('filter_'.length), value)
  const at = (time: (kept: KeptDocument) => number, isRight: (ms: number, limit: number) => boolean): Filter => {
    const limit = fromGregorian(Number(value))
    return (kept) => isRight(time(kept), limit)
  }
  switch (key) {
    case 'has_key':
    case 'has_value':
      return has(value)
    case 'key_missing':
    case 'missing_value':
      return inverse(has(value))
    case 'created_from':
      return at(({ createdAt }) => createdAt, from)
    case 'created_to':
      return at(({ createdAt }) => createdAt, to)
    case 'modified_from':
      return at(({ modifiedAt }) => modifiedAt, from)
    case 'modified_to':
      return at(({ modifiedAt }) => modifiedAt, to)
    default:
      return undefined
  }
}

const from = (ms: number, limit: number): boolean => ms >= limit
/** Seconds are compared: the last one belongs to it. */
const to = (ms: number, limit: number): boolean => ms < limit + 1_000

const inverse =
  (filter: Filter): Filter =>
  (kept) =>
    !filter(kept)

/** Private fields are not there for anybody who asks. */
const isPrivate = (path: string): boolean => path.startsWith('pvt_') || /password/i.test(path)

const has = (path: string): Filter => {
  if (isPrivate(path)) return () => false
  return ({ document }) => valueAt(document, path) !== undefined
}

function equals(path: string, wanted: string): Filter {
  if (isPrivate(path)) return () => false
  return ({ document }) => {
    const value = path === 'id' ? document.id : valueAt(document, path)
    if (Array.isArray(value)) return value.some((item) => String(item) === wanted)
    return (
      (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') && String(value) === wanted
    )
  }
}
