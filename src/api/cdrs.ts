import { Type, type Static } from 'typebox'
import type { Cdr } from '../call/index.ts'
import type { Page, RecordReader } from '../records/index.ts'
import { notFound, wanted } from './accept.ts'
import { cdrDetails, cdrSummary } from './cdr-fields.ts'
import { csvOf, type Row } from './csv.ts'
import { mostUnpaged, pageOf, TimedQuery } from './paging.ts'
import { accountParams, defineRoute, type Answer, type Asked, type Route } from './route.ts'

const Query = Type.Object({
  ...TimedQuery,
  utc_offset: Type.Optional(
    Type.Number({ minimum: -86_400, maximum: 86_400, description: 'Seconds that are added to `datetime`.' }),
  ),
  file_name: Type.Optional(Type.String({ maxLength: 200, description: 'What a table is to be saved as.' })),
  accept: Type.Optional(Type.String({ maxLength: 128, description: 'Instead of the header Accept.' })),
})

const Summary = Type.Object(
  {
    id: Type.String(),
    call_id: Type.String(),
    interaction_id: Type.String(),
    timestamp: Type.String({ description: 'Gregorian seconds of the beginning of the leg.' }),
    duration_seconds: Type.Number(),
    billing_seconds: Type.Number(),
    hangup_cause: Type.String(),
  },
  { additionalProperties: true, description: 'A leg by the columns of KAZOO’s table.' },
)

const Details = Type.Object(
  { id: Type.String(), call_id: Type.String(), interaction_id: Type.String(), hangup_cause: Type.String() },
  {
    additionalProperties: true,
    description: 'A leg with all that is known of it, by the names of KAZOO’s schema cdrs.',
  },
)

type Read = (
  reader: RecordReader,
  page: Page,
) => Promise<{ readonly items: readonly Cdr[]; readonly nextStartKey?: string }>
type Listing = Asked<unknown, Static<typeof Query>>

/** A list as JSON, one page of it; as a table all of it. */
async function list(asked: Listing, reader: RecordReader, read: Read): Promise<Answer> {
  const { query } = asked
  const page = pageOf(query)
  const row = (cdr: Cdr): Row => cdrSummary(cdr, query.utc_offset)
  if (wanted(asked, ['application/json', 'text/csv']) === 'text/csv') {
    const pages = pagesOf(reader, query.paginate ? { ...page, size: tablePage } : page, read, asked.signal)
    return { raw: csvOf(rowsOf(pages, row)), contentType: 'text/csv; charset=utf-8', headers: savedAs(asked) }
  }
  const { items, nextStartKey } = await read(reader, page)
  return {
    data: items.map(row),
    page: {
      size: items.length,
      ...(page.startKey === undefined ? {} : { startKey: page.startKey }),
      ...(nextStartKey === undefined ? {} : { nextStartKey }),
    },
  }
}

const tablePage = 500
const mostTablePages = 20_000

async function* pagesOf(reader: RecordReader, first: Page, read: Read, signal: AbortSignal) {
  let page = first
  for (let count = 0; count < mostTablePages && !signal.aborted; count++) {
    const { items, nextStartKey } = await read(reader, page)
    yield items
    if (nextStartKey === undefined) return
    page = { ...page, startKey: nextStartKey }
  }
}

async function* rowsOf(pages: AsyncIterable<readonly Cdr[]>, row: (cdr: Cdr) => Row) {
  for await (const cdrs of pages) yield cdrs.map(row)
}

/** @source KAZOO crossbar doc cdrs: X-File-Name and file_name */
function savedAs(asked: Listing): Readonly<Record<string, string>> {
  const name = (asked.query.file_name ?? asked.header('x-file-name') ?? 'cdrs.csv')
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 200)
  return { 'content-disposition': `attachment; filename="${name}"` }
}

const ofAccount =
  (accountId: string): Read =>
  (reader, page) =>
    reader.cdrs(accountId, page)

const ofUser =
  (accountId: string, ownerId: string): Read =>
  (reader, page) =>
    reader.cdrs(accountId, page, { ownerId })

/** The first leg of each interaction that is on the page: legs are kept one after another, and the first is the caller's. */
const firstLegs =
  (read: Read): Read =>
  async (reader, page) => {
    const { items, ...more } = await read(reader, page)
    const first = new Map<string, Cdr>()
    for (const cdr of items) {
      const known = first.get(cdr.interactionId)
      if (known === undefined || cdr.createdAt < known.createdAt) first.set(cdr.interactionId, cdr)
    }
    return { items: [...first.values()], ...more }
  }

const source = 'KAZOO cb_cdrs.erl'
const produces = ['text/csv']
const scope = 'read'

export const cdrRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/cdrs',
    summary: 'Lists the legs that have ended, newest first; as a table with `Accept: text/csv`.',
    source,
    scope,
    produces,
    params: accountParams(),
    query: Query,
    answer: Type.Array(Summary),
    run: (asked, { reader }) => list(asked, reader, ofAccount(asked.accountId)),
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/users/:userId/cdrs',
    summary: 'Lists the legs of a user.',
    source,
    scope,
    produces,
    params: accountParams('userId'),
    query: Query,
    answer: Type.Array(Summary),
    run: (asked, { reader }) => list(asked, reader, ofUser(asked.accountId, asked.params.userId)),
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/cdrs/interaction',
    summary: 'Lists one leg of each interaction: the first.',
    source,
    scope,
    produces,
    params: accountParams(),
    query: Query,
    answer: Type.Array(Summary),
    run: (asked, { reader }) => list(asked, reader, firstLegs(ofAccount(asked.accountId))),
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/users/:userId/cdrs/interaction',
    summary: 'Lists one leg of each interaction of a user.',
    source,
    scope,
    produces,
    params: accountParams('userId'),
    query: Query,
    answer: Type.Array(Summary),
    run: (asked, { reader }) => list(asked, reader, firstLegs(ofUser(asked.accountId, asked.params.userId))),
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/cdrs/legs/:interactionId',
    summary: 'All legs of an interaction, oldest first, whole. The id of one of its legs will do.',
    source,
    scope,
    params: accountParams('interactionId'),
    answer: Type.Array(Details),
    async run({ accountId, params: { interactionId } }, { reader }) {
      const leg = /^\d{6}-/.test(interactionId) ? await reader.cdr(accountId, interactionId) : undefined
      const legs = await reader.interaction(accountId, leg?.interactionId ?? interactionId)
      if (legs.length === 0) throw notFound(interactionId)
      return { data: legs.slice(0, mostUnpaged).map(cdrDetails) }
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/cdrs/:cdrId',
    summary: 'A leg with all that is known of it.',
    source,
    scope,
    params: accountParams('cdrId'),
    answer: Details,
    async run({ accountId, params: { cdrId } }, { reader }) {
      const cdr = await reader.cdr(accountId, cdrId)
      if (cdr === undefined) throw notFound(cdrId)
      return { data: cdrDetails(cdr) }
    },
  }),
]
