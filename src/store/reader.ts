import type { CallEvent, Cdr } from '../call/index.ts'
import type {
  Attempt,
  DebuggedCall,
  DebugEntry,
  KeptEvent,
  KeptRecording,
  Paged,
  RecordReader,
} from '../records/index.ts'
import type { Database } from './database.ts'
import type { Listeners } from './listeners.ts'
import { readPage } from './pages.ts'
import { portions, mostInList } from './rows.ts'

const mostLegs = 1_000 // Of one interaction.
const mostEntries = 10_000 // Of one call: more than a call may ask for documents.

export function newReader({ kysely }: Database, told: Listeners<readonly KeptEvent[]>): RecordReader {
  return {
    async cdr(accountId, id) {
      const row = await kysely
        .selectFrom('cdrs')
        .select('data')
        .where('account_id', '=', accountId)
        .where('id', '=', id)
        .executeTakeFirst()
      return row === undefined ? undefined : (JSON.parse(row.data) as Cdr)
    },
    cdrs(accountId, page, { ownerId } = {}) {
      let query = kysely.selectFrom('cdrs').select(['at', 'id as key', 'data']).where('account_id', '=', accountId)
      if (ownerId !== undefined) query = query.where('owner_id', '=', ownerId)
      return readPage(query, 'id', page, ({ data }) => JSON.parse(data) as Cdr)
    },
    async interaction(accountId, interactionId) {
      const rows = await kysely
        .selectFrom('cdrs')
        .select('data')
        .where('account_id', '=', accountId)
        .where('interaction_id', '=', interactionId)
        .orderBy('at')
        .orderBy('id')
        .limit(mostLegs)
        .execute()
      return rows.map(({ data }) => JSON.parse(data) as Cdr)
    },
    async events(accountId, { afterId, callId, most }) {
      let query = kysely.selectFrom('events').select(['id', 'at', 'data']).where('account_id', '=', accountId)
      if (callId !== undefined) query = query.where('call_id', '=', callId)
      if (afterId !== undefined) query = query.where('id', '>', afterId)
      return (await query.orderBy('id').limit(most).execute()).map(keptEvent)
    },
    async debuggedCalls(accountId, page) {
      const query = kysely
        .selectFrom('debugged_calls')
        .select(['at', 'call_id as key'])
        .where('account_id', '=', accountId)
      const calls = await readPage(query, 'call_id', page, ({ at, key }) => ({ at, callId: key }))
      return withEntries(calls, await firstEntries(accountId, calls.items))
    },
    async debugEntries(accountId, callId) {
      const rows = await kysely
        .selectFrom('debug_entries')
        .select('data')
        .where('account_id', '=', accountId)
        .where('call_id', '=', callId)
        .orderBy('at')
        .orderBy('key')
        .limit(mostEntries)
        .execute()
      return rows.map(({ data }) => JSON.parse(data) as DebugEntry)
    },
    attempts(accountId, page, { hookId } = {}) {
      let query = kysely.selectFrom('attempts').select(['at', 'id as key', 'data']).where('account_id', '=', accountId)
      if (hookId !== undefined) query = query.where('hook_id', '=', hookId)
      return readPage(query, 'id', page, ({ data }) => JSON.parse(data) as Attempt)
    },
    recordings(accountId, page, { callId } = {}) {
      let query = kysely
        .selectFrom('recordings')
        .select(['at', 'id as key', 'data'])
        .where('account_id', '=', accountId)
      if (callId !== undefined) query = query.where('call_id', '=', callId)
      return readPage(query, 'id', page, ({ data }) => JSON.parse(data) as KeptRecording)
    },
    async recording(accountId, id) {
      const row = await kysely
        .selectFrom('recordings')
        .select('data')
        .where('account_id', '=', accountId)
        .where('id', '=', id)
        .executeTakeFirst()
      return row === undefined ? undefined : (JSON.parse(row.data) as KeptRecording)
    },
    async removeRecording(accountId, id) {
      const { numDeletedRows } = await kysely
        .deleteFrom('recordings')
        .where('account_id', '=', accountId)
        .where('id', '=', id)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
    onEvents: (listener) => told.add(listener),
  }

  /** The entries of the first iteration of each call. */
  async function firstEntries(accountId: string, calls: readonly { readonly callId: string }[]) {
    const entries: DebugEntry[] = []
    for (const some of portions(calls, mostInList)) {
      const callIds = some.map(({ callId }) => callId)
      const rows = await kysely
        .selectFrom('debug_entries as entry')
        .select('entry.data')
        .where('entry.account_id', '=', accountId)
        .where('entry.call_id', 'in', callIds)
        .where('entry.iteration', '=', (query) =>
          query
            .selectFrom('debug_entries as other')
            .select(({ fn }) => fn.min<number>('other.iteration').as('first'))
            .whereRef('other.account_id', '=', 'entry.account_id')
            .whereRef('other.call_id', '=', 'entry.call_id'),
        )
        .orderBy('entry.at')
        .orderBy('entry.key')
        .execute()
      for (const { data } of rows) entries.push(JSON.parse(data) as DebugEntry)
    }
    return entries
  }
}

function withEntries(
  { items, ...rest }: Paged<{ readonly at: number; readonly callId: string }>,
  entries: readonly DebugEntry[],
): Paged<DebuggedCall> {
  const ofCall = new Map<string, DebugEntry[]>(items.map(({ callId }) => [callId, []]))
  for (const entry of entries) ofCall.get(entry.callId)?.push(entry)
  return { ...rest, items: items.map((call) => ({ ...call, entries: ofCall.get(call.callId) ?? [] })) }
}

export const keptEvent = ({ id, at, data }: { id: number; at: number; data: string }): KeptEvent => ({
  id,
  at,
  event: JSON.parse(data) as CallEvent,
})
