import type { SelectQueryBuilder } from 'kysely'
import type { Page, Paged } from '../records/index.ts'
import type { Tables } from './tables.ts'

/** Tables whose rows are read page by page, by their time and then their id. */
type PagedTable = 'cdrs' | 'attempts' | 'recordings' | 'debugged_calls'

/** Where a page begins: the time and the id of its first row. */
export const keyOf = (at: number, id: string): string => `${at}.${id}`

/** @returns undefined for anything that no page ever said */
function readKey(startKey: string): { readonly at: number; readonly id: string } | undefined {
  const [, at, id] = /^(\d{1,15})\.(.+)$/s.exec(startKey) ?? []
  return at === undefined || id === undefined ? undefined : { at: Number(at), id }
}

/**
 * Reads a page: one row more than it holds says where the next begins.
 *
 * @param query selects the rows of one account
 * @param idColumn what orders rows of the same time
 */
export async function readPage<T extends PagedTable, Row extends { readonly at: number; readonly key: string }, Item>(
  query: SelectQueryBuilder<Tables, T, Row>,
  idColumn: 'id' | 'call_id',
  page: Page,
  itemOf: (row: Row) => Item,
): Promise<Paged<Item>> {
  const { from, to, startKey, size, isAscending = false } = page
  const direction = isAscending ? 'asc' : 'desc'
  // Kysely does not know columns of a table that is a parameter: all of PagedTable have these.
  let rows = query as unknown as SelectQueryBuilder<Tables, 'cdrs', Row>
  const id = idColumn as 'id'
  if (from !== undefined) rows = rows.where('at', '>=', from)
  if (to !== undefined) rows = rows.where('at', '<=', to)
  if (startKey !== undefined) {
    const start = readKey(startKey)
    if (start === undefined) return { items: [] }
    const since = isAscending ? '>=' : '<='
    rows = rows.where((eb) => eb(eb.refTuple('at', id), since, eb.tuple(start.at, start.id)))
  }
  const found = await rows
    .orderBy('at', direction)
    .orderBy(id, direction)
    .limit(size + 1)
    .execute()
  const next = found[size]
  const items = found.slice(0, size).map((row) => itemOf(row as Row))
  return next === undefined ? { items } : { items, nextStartKey: keyOf(next.at, next.key) }
}
