import { Type, type Static } from 'typebox'
import type { KeptDocument } from '../../documents/index.ts'
import { mostUnpaged, PageQuery } from '../paging.ts'
import type { ApiPorts } from '../ports.ts'
import type { DataAnswer } from '../route.ts'
import type { Principal } from '../../access/index.ts'
import type { CollectionRules } from './collection.ts'
import { filterOf } from './filters.ts'
import type { Json } from './merge.ts'
import { summaryOf } from './show.ts'

/** Read at a time when a filter leaves some out. */
const chunk = 500

export const ListQuery = Type.Object(
  {
    ...PageQuery,
    fields: Type.Optional(
      Type.String({
        maxLength: 1_024,
        description: 'Fields to tell of each, with commas; default: those of the list.',
      }),
    ),
  },
  {
    description:
      'Filters as KAZOO has them: `filter_KEY=VALUE`, `filter_not_KEY=VALUE`, `has_key=KEY`, `key_missing=KEY`, ' +
      '`created_from`, `created_to`, `modified_from`, `modified_to` (Gregorian seconds). Keys are paths with dots.',
  },
)

/** A page of the documents of an account, in the order of their ids. */
export async function listed(
  rules: CollectionRules,
  ports: ApiPorts,
  asked: { readonly accountId: string; readonly query: Static<typeof ListQuery>; readonly principal: Principal },
): Promise<DataAnswer> {
  const { accountId, query, principal } = asked
  const { page_size, start_key: startKey, paginate } = query
  const size = paginate ? page_size : mostUnpaged
  const fields = query.fields?.split(',').map((field) => field.trim())
  const read = (from: string | undefined, count: number): Promise<readonly KeptDocument[]> =>
    ports.documents.list(accountId, rules.collection, {
      size: count,
      ...(from === undefined ? {} : { startKey: from }),
    })
  const filter = filterOf(query)
  const { page, next } = await filled(read, { size, startKey, filter })
  const live = rules.live?.summaries(accountId, ports)
  const data = page.map((kept) => ({
    ...summaryOf(rules, kept, principal, fields),
    ...(live === undefined ? {} : { _read_only: live(kept.id) }),
  }))
  const more = next === undefined && filter === undefined ? await withoutDocument(rules, accountId, ports) : []
  return {
    data: [...data, ...more],
    page: {
      size: data.length + more.length,
      ...(startKey === undefined ? {} : { startKey }),
      ...(next === undefined ? {} : { nextStartKey: next.id }),
    },
  }
}

/** What goes on without a document: it comes after all that have one. */
async function withoutDocument(
  { collection, live }: CollectionRules,
  accountId: string,
  ports: ApiPorts,
): Promise<readonly Json[]> {
  if (live === undefined) return []
  const told: Json[] = []
  const summary = live.summaries(accountId, ports)
  for (const id of live.ids(accountId, ports)) {
    const kept = await ports.documents.find(accountId, collection, id)
    if (kept === undefined) told.push({ id, _read_only: summary(id) })
  }
  return told
}

interface Wanted {
  readonly size: number
  readonly startKey: string | undefined
  readonly filter: ((kept: KeptDocument) => boolean) | undefined
}

/** Reads on until the page is full and it is known which document begins the next one. */
async function filled(
  read: (from: string | undefined, count: number) => Promise<readonly KeptDocument[]>,
  { size, startKey, filter }: Wanted,
): Promise<{ readonly page: readonly KeptDocument[]; readonly next: KeptDocument | undefined }> {
  const right: KeptDocument[] = []
  const count = filter === undefined ? size + 1 : chunk
  for (let from = startKey; ;) {
    const read_ = await read(from, count)
    const fresh = from === startKey ? read_ : read_.slice(1)
    right.push(...(filter === undefined ? fresh : fresh.filter(filter)))
    const last = read_.at(-1)
    if (right.length > size || read_.length < count || last === undefined) break
    from = last.id
  }
  return { page: right.slice(0, size), next: right[size] }
}
