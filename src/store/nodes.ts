import type { LegRecord } from '../call/index.ts'
import type { Nodes } from '../records/index.ts'
import type { Database } from './database.ts'

/** A process that has not been heard of for so long is gone. */
const goneAfterMs = 15_000
const forgottenAfterMs = 86_400_000

/** Times are those of the processes: machines that share a database keep their clocks together (NTP). */
export function newNodes({ kysely, kind }: Database): Nodes {
  return {
    async beat(node, nowMs) {
      await kysely
        .insertInto('nodes')
        .values({ node, beat_at: nowMs })
        .onConflict((conflict) => conflict.column('node').doUpdateSet({ beat_at: nowMs }))
        .execute()
      await kysely
        .deleteFrom('nodes')
        .where('beat_at', '<', nowMs - forgottenAfterMs)
        .execute()
      const rows = await kysely
        .selectFrom('nodes')
        .select('node')
        .where('beat_at', '>', nowMs - goneAfterMs)
        .orderBy('node')
        .execute()
      return rows.map((row) => row.node)
    },
    async leave(node) {
      await kysely.deleteFrom('nodes').where('node', '=', node).execute()
    },
    async takeOrphans(alive, node, most) {
      const orphans = kysely
        .selectFrom('live_legs')
        .select('call_id')
        .$if(alive.length > 0, (query) => query.where('node', 'not in', alive))
        .limit(most)
        .$if(kind === 'postgres', (query) => query.forUpdate().skipLocked())
      const rows = await kysely
        .with('orphans', () => orphans)
        .updateTable('live_legs')
        .set({ node })
        .where('call_id', 'in', (query) => query.selectFrom('orphans').select('orphans.call_id'))
        .returning('data')
        .execute()
      return rows.map(({ data }) => JSON.parse(data) as LegRecord)
    },
  }
}
