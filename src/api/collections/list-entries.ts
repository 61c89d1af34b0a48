import { Type } from 'typebox'
import { Failure, newId } from '../../base/index.ts'
import type { Document } from '../../callflow/index.ts'
import { accountParams, defineRoute, type Asked, type Route } from '../route.ts'
import type { ApiPorts } from '../ports.ts'
import { defineCollection } from './collection.ts'
import { change, found } from './keep.ts'
import { isObject, merged, type Json } from './merge.ts'
import { AnyObject } from './routes.ts'

const source = 'KAZOO cb_lists.erl'

export const lists = defineCollection({
  collection: 'lists',
  one: 'list',
  source,
  listed: { name: 'name', description: 'description', list_type: 'list_type' },
  example: { name: 'Nobody we know', entries: { one: { number: '+15551230009', displayname: 'Unwanted' } } },
})

const mostEntries = 10_000
const params = accountParams('id')
const entryParams = accountParams('id', 'entryId')
const Entry = Type.Unsafe<Json>({ type: 'object' })

const entriesOf = (list: Document): Json => (isObject(list['entries']) ? list['entries'] : {})

/** An entry as it is told: what was kept, with its id. */
const toldEntry = (id: string, entry: unknown): Json => ({ ...(isObject(entry) ? entry : {}), id })

/** The entry of the path. @throws API_NOT_FOUND */
function entryOf(list: Document, entryId: string): Json {
  const entries = entriesOf(list)
  const entry = Object.hasOwn(entries, entryId) ? entries[entryId] : undefined
  if (!isObject(entry)) throw new Failure('API_NOT_FOUND', { what: `entry ${entryId}` })
  return entry
}

/** Keeps what `changed` makes of the entry of the path; undefined removes it. @returns the entry as it was or is */
async function changeEntry(
  { accountId, params: { id, entryId } }: Asked<{ readonly id: string; readonly entryId: string }>,
  ports: ApiPorts,
  changed: (entry: Json) => Json | undefined,
): Promise<Json> {
  let entry: Json = {}
  await change(lists, ports, { accountId, id, revision: undefined }, (list) => {
    const before = entryOf(list, entryId)
    const after = changed(before)
    entry = after ?? before
    const others = Object.entries(entriesOf(list)).filter(([key]) => key !== entryId)
    return { ...list, entries: Object.fromEntries([...others, ...(after === undefined ? [] : [[entryId, after]])]) }
  })
  return toldEntry(entryId, entry)
}

const url = '/v2/accounts/:accountId/lists/:id/entries'

export const listEntryRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url,
    summary: 'The entries of a list.',
    source,
    scope: 'read',
    params,
    answer: Type.Array(Entry),
    async run({ accountId, params: { id } }, ports) {
      const { document, revision } = await found(ports, lists, { accountId, id })
      return { data: Object.entries(entriesOf(document)).map(([key, entry]) => toldEntry(key, entry)), revision }
    },
  }),
  defineRoute({
    method: 'PUT',
    url,
    summary: 'Adds an entry to a list.',
    source,
    scope: 'admin',
    params,
    body: AnyObject,
    answer: Entry,
    example: { number: '+15551230009' },
    async run({ accountId, params: { id }, body }, ports) {
      const entryId = newId()
      await change(lists, ports, { accountId, id, revision: undefined }, (list) => {
        const entries = entriesOf(list)
        if (Object.keys(entries).length >= mostEntries) {
          const problem = `a list has at most ${mostEntries} entries`
          throw new Failure('API_INVALID', { problems: [{ at: '/entries', rule: 'maxItems', problem }] })
        }
        return { ...list, entries: { ...entries, [entryId]: body } }
      })
      return { data: toldEntry(entryId, body) }
    },
  }),
  defineRoute({
    method: 'DELETE',
    url,
    summary: 'Removes all entries of a list.',
    source,
    scope: 'admin',
    params,
    answer: Type.Array(Entry),
    async run({ accountId, params: { id } }, ports) {
      await change(lists, ports, { accountId, id, revision: undefined }, (list) => ({ ...list, entries: {} }))
      return { data: [] }
    },
  }),
  defineRoute({
    method: 'GET',
    url: `${url}/:entryId`,
    summary: 'An entry of a list.',
    source,
    scope: 'read',
    params: entryParams,
    answer: Entry,
    async run({ accountId, params: { id, entryId } }, ports) {
      const { document } = await found(ports, lists, { accountId, id })
      return { data: toldEntry(entryId, entryOf(document, entryId)) }
    },
  }),
  defineRoute({
    method: 'POST',
    url: `${url}/:entryId`,
    summary: 'Replaces an entry of a list.',
    source,
    scope: 'admin',
    params: entryParams,
    body: AnyObject,
    answer: Entry,
    example: { number: '+15551230010' },
    run: async (asked, ports) => ({ data: await changeEntry(asked, ports, () => asked.body) }),
  }),
  defineRoute({
    method: 'PATCH',
    url: `${url}/:entryId`,
    summary: 'Changes fields of an entry.',
    source,
    scope: 'admin',
    params: entryParams,
    body: AnyObject,
    answer: Entry,
    run: async (asked, ports) => ({ data: await changeEntry(asked, ports, (entry) => merged(entry, asked.body)) }),
  }),
  defineRoute({
    method: 'DELETE',
    url: `${url}/:entryId`,
    summary: 'Removes an entry of a list.',
    source,
    scope: 'admin',
    params: entryParams,
    answer: Entry,
    run: async (asked, ports) => ({ data: await changeEntry(asked, ports, () => undefined) }),
  }),
]
