import { sql, type Kysely } from 'kysely'
import type { Job, JobStore, Settled } from '../outbox/index.ts'
import type { Database } from './database.ts'
import type { Listeners } from './listeners.ts'
import { mostInList, portions } from './rows.ts'
import { batchSql, type Row, type Step } from './sql.ts'
import type { Tables } from './tables.ts'

/** The columns of a job, in the order of the batch's statement. */
export const jobRow = (job: Job, node: string | undefined): Row => [
  job.id,
  job.accountId,
  job.orderKey ?? null,
  job.hook?.id ?? null,
  0,
  node ?? null,
  job.dueAt,
  job.attempts,
  JSON.stringify(job),
]

/** The steps that add jobs; nobody is told of those that are claimed. */
export function jobSteps(database: Database, rows: readonly Row[], isClaimed: boolean): readonly Step[] {
  if (rows.length === 0) return []
  const statements = batchSql(database.kind)
  const hooked = rows.some((row) => row[3] !== null)
  const notice = isClaimed ? undefined : database.notice({ is: 'jobs' })
  return [
    { sql: statements.jobs, parameters: [JSON.stringify(rows)] },
    ...(hooked ? [{ sql: statements.pauseJobs, parameters: [] }] : []),
    ...(notice === undefined ? [] : [notice]),
  ]
}

export function newJobStore(database: Database, added: Listeners<void>): JobStore {
  const { kysely, kind } = database
  return {
    async add(jobs, node) {
      for (const some of portions(jobs, mostInList)) {
        const rows = some.map((job) => jobRow(job, node))
        await database.batch(jobSteps(database, rows, node !== undefined))
      }
      if (node === undefined && jobs.length > 0) added.tell()
    },
    async claim(node, most, nowMs) {
      // A common table expression is evaluated once; a subquery could lock more rows than it returns.
      const due = kysely
        .selectFrom('jobs as job')
        .select('job.seq')
        .where('job.claimed_by', 'is', null)
        .where('job.is_paused', '=', sql.lit(0))
        .where('job.due_at', '<=', nowMs)
        .where((eb) =>
          eb.or([
            eb('job.order_key', 'is', null),
            eb.not(
              eb.exists(
                eb
                  .selectFrom('jobs as earlier')
                  .select('earlier.seq')
                  .whereRef('earlier.order_key', '=', 'job.order_key')
                  .whereRef('earlier.seq', '<', 'job.seq'),
              ),
            ),
          ]),
        )
        .orderBy('job.due_at')
        .orderBy('job.seq')
        .limit(most)
        .$if(kind === 'postgres', (query) => query.forUpdate().skipLocked())
      const rows = await kysely
        .with('due', () => due)
        .updateTable('jobs')
        .set({ claimed_by: node })
        .where('seq', 'in', (query) => query.selectFrom('due').select('due.seq'))
        .returning(['seq', 'data', 'due_at', 'attempts'])
        .execute()
      return rows
        .sort((a, b) => a.due_at - b.due_at || a.seq - b.seq)
        .map(({ data, due_at, attempts }) => ({ ...(JSON.parse(data) as Job), dueAt: due_at, attempts }))
    },
    async settle(settled) {
      for (const some of portions(settled, mostInList)) {
        await kysely.transaction().execute((on) => settleSome(on, some))
      }
    },
    async pause(hookId, isPaused) {
      await kysely.transaction().execute(async (on) => {
        if (isPaused) {
          const row = { hook_id: hookId }
          await on
            .insertInto('paused_hooks')
            .values(row)
            .onConflict((conflict) => conflict.doNothing())
            .execute()
        } else await on.deleteFrom('paused_hooks').where('hook_id', '=', hookId).execute()
        await on
          .updateTable('jobs')
          .set({ is_paused: isPaused ? 1 : 0 })
          .where('hook_id', '=', hookId)
          .execute()
        if (!isPaused) await database.tell(on, { is: 'jobs' })
      })
      if (!isPaused) added.tell()
    },
    async forget(hookId) {
      await kysely.deleteFrom('paused_hooks').where('hook_id', '=', hookId).execute()
      const { numDeletedRows } = await kysely.deleteFrom('jobs').where('hook_id', '=', hookId).executeTakeFirst()
      return Number(numDeletedRows)
    },
    async free(alive) {
      const { numUpdatedRows } = await kysely
        .updateTable('jobs')
        .set({ claimed_by: null })
        .where('claimed_by', 'is not', null)
        .$if(alive.length > 0, (query) => query.where('claimed_by', 'not in', alive))
        .executeTakeFirst()
      return Number(numUpdatedRows)
    },
    async count() {
      const { count } = await kysely
        .selectFrom('jobs')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return count
    },
    onAdded: (listener) => added.add(listener),
  }
}

async function settleSome(on: Kysely<Tables>, settled: readonly Settled[]): Promise<void> {
  const over = settled.filter(({ how }) => how !== 'again').map(({ id }) => id)
  if (over.length > 0) await on.deleteFrom('jobs').where('id', 'in', over).execute()
  for (const one of settled) if (one.how === 'again') await tryAgain(on, one)
}

/**
 * Frees a job until its time comes. Jobs behind it in the same order cannot go before it, so they get its time: whoever
 * looks for due jobs does not meet them again and again while a web server is down.
 */
async function tryAgain(
  on: Kysely<Tables>,
  { id, attempts, dueAt }: Settled & { readonly how: 'again' },
): Promise<void> {
  const freed = await on
    .updateTable('jobs')
    .set({ claimed_by: null, attempts, due_at: dueAt })
    .where('id', '=', id)
    .returning(['seq', 'order_key'])
    .executeTakeFirst()
  if (freed === undefined || freed.order_key === null) return
  await on
    .updateTable('jobs')
    .set({ due_at: dueAt })
    .where('order_key', '=', freed.order_key)
    .where('seq', '>', freed.seq)
    .where('due_at', '<', dueAt)
    .execute()
}
