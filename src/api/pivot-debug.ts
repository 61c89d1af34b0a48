import { Type } from 'typebox'
import type { DebuggedCall, DebugEntry, KeptEvent, RecordReader } from '../records/index.ts'
import { notFound, wanted } from './accept.ts'
import { storyOf } from './call-story.ts'
import { pageOf, TimedQuery, toGregorian } from './paging.ts'
import { accountParams, defineRoute, type Route } from './route.ts'

type Fields = Readonly<Record<string, unknown>>

const Debugged = Type.Object(
  {
    call_id: Type.String(),
    debug_id: Type.String({ description: '`YYYYMM-{call_id}`' }),
    created: Type.Integer({ description: 'Gregorian seconds.' }),
    iteration: Type.Integer({ description: '1' }),
    node: Type.String(),
    uri: Type.String(),
    status_code: Type.Optional(Type.String({ description: 'The status, as text; absent when nothing answered.' })),
    has_schema_errors: Type.Boolean(),
    has_json_errors: Type.Boolean(),
    has_xml_errors: Type.Boolean(),
    attempts: Type.Integer({ description: 'At the first question.' }),
    failure: Type.Optional(Type.String({ description: 'The code of what went wrong with the last of them.' })),
  },
  { description: 'A call that asked web servers with `debug`: its first exchange.' },
)

const Document = Type.Object(
  {
    id: Type.String(),
    call_id: Type.String(),
    debug_id: Type.String(),
    created: Type.Integer(),
    iteration: Type.Integer(),
    attempt: Type.Integer(),
    node: Type.String(),
  },
  {
    additionalProperties: true,
    description:
      'KAZOO keeps a request (uri, method, req_headers, req_body) and a response (resp_status_code, resp_headers, ' +
      'resp_body, json_errors, schema_errors); ours also say timing, final_url, xml_errors, failure and twiml_warnings.',
  },
)

/** @source KAZOO cb_pivot.erl, debug_id/1 */
const debugId = (callId: string, atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 7).replace('-', '')}-${callId}`

/** @source KAZOO cb_pivot.erl: the docs of the first iteration, merged */
function summaryOf({ callId, at, entries }: DebuggedCall): Fields {
  const [first] = entries
  const last = entries.at(-1)
  const record = last?.record ?? {}
  return {
    call_id: callId,
    debug_id: debugId(callId, at),
    created: toGregorian(at),
    iteration: 1,
    node: last?.node ?? '',
    uri: first?.record['uri'] ?? '',
    ...(record['resp_status_code'] === undefined ? {} : { status_code: record['resp_status_code'] }),
    has_schema_errors: record['schema_errors'] !== undefined,
    has_json_errors: record['json_errors'] !== undefined,
    has_xml_errors: record['xml_errors'] !== undefined,
    attempts: entries.length,
    ...(isObject(record['failure']) ? { failure: record['failure']['code'] } : {}),
  }
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const requestKeys = ['uri', 'method', 'req_headers', 'req_body']

/** Both documents of an exchange, the request first; one that nothing answered has no second, as in KAZOO. */
function documentsOf({ callId, at, node, iteration, attempt, record }: DebugEntry, firstAt: number): readonly Fields[] {
  const { call_id: _call, account_id: _account, created: _created, ...fields } = record
  const entries = Object.entries(fields)
  const request = entries.filter(([key]) => requestKeys.includes(key))
  const response = entries.filter(([key]) => !requestKeys.includes(key) && key !== 'iteration' && key !== 'attempt')
  const debug = debugId(callId, firstAt)
  const about = { call_id: callId, debug_id: debug, created: toGregorian(at), iteration, attempt, node }
  const document = (kind: string, more: readonly (readonly [string, unknown])[]): Fields => ({
    id: `${debug}-${iteration}-${attempt}-${kind}`,
    ...about,
    ...Object.fromEntries(more),
  })
  return [document('request', request), ...(response.length === 0 ? [] : [document('response', response)])]
}

const mostEvents = 10_000

/** The warnings that each document was carried out with, on the response that brought it. */
function withWarnings(documents: readonly Fields[], story: readonly KeptEvent[]): readonly Fields[] {
  const warnings = new Map<string, Fields[]>()
  let at = ''
  for (const { event } of story) {
    if (event.type === 'pivot.answered') at = `${event.iteration}-${event.attempt}-response`
    if (event.type !== 'twiml.warned') continue
    const { code, line, column, message } = event
    warnings.set(at, [...(warnings.get(at) ?? []), { code, line, column, message }])
  }
  return documents.map((document) => {
    const { iteration, attempt, id } = document
    const found = warnings.get(`${String(iteration)}-${String(attempt)}-response`)
    return found === undefined || !String(id).endsWith('-response') ? document : { ...document, twiml_warnings: found }
  })
}

/** By call id, or by a debug id: one whose month the call was debugged in. */
async function entriesOf(reader: RecordReader, accountId: string, id: string): Promise<readonly DebugEntry[]> {
  const callId = /^\d{6}-(.+)$/s.exec(id)?.[1]
  const entries = callId === undefined ? [] : await reader.debugEntries(accountId, callId)
  if (entries.some((entry) => debugId(entry.callId, entry.at) === id)) return entries
  return reader.debugEntries(accountId, id)
}

const source = 'KAZOO cb_pivot.erl'
const scope = 'read'
const ndjson = 'application/x-ndjson'

export const pivotDebugRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/pivot/debug',
    summary: 'Lists the calls whose pivot nodes said `debug`, newest first.',
    source,
    scope,
    params: accountParams(),
    query: Type.Object(TimedQuery),
    answer: Type.Array(Debugged),
    async run({ accountId, query }, { reader }) {
      const page = pageOf(query)
      const { items, nextStartKey } = await reader.debuggedCalls(accountId, page)
      return {
        data: items.map(summaryOf),
        page: {
          size: items.length,
          ...(page.startKey === undefined ? {} : { startKey: page.startKey }),
          ...(nextStartKey === undefined ? {} : { nextStartKey }),
        },
      }
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/pivot/debug/:id',
    summary:
      'Every request and response of a call, by its call id or debug id; as `application/x-ndjson` the whole story, ' +
      'which `pivot replay` runs again.',
    source,
    scope,
    produces: [ndjson],
    params: accountParams('id'),
    query: Type.Object({ accept: Type.Optional(Type.String({ maxLength: 128 })) }),
    answer: Type.Array(Document),
    async run(asked, { reader }) {
      const { accountId } = asked
      const { id } = asked.params
      const entries = await entriesOf(reader, accountId, id)
      const [first] = entries
      if (first === undefined) throw notFound(id)
      const { callId } = first
      if (wanted(asked, ['application/json', ndjson]) === ndjson) {
        return {
          raw: storyOf(reader, first, asked.signal),
          contentType: ndjson,
          headers: { 'content-disposition': 'attachment; filename="debug.ndjson"' },
        }
      }
      const documents = entries.flatMap((entry) => documentsOf(entry, first.at))
      const story = await reader.events(accountId, { callId, most: mostEvents })
      return { data: withWarnings(documents, story) }
    },
  }),
]
