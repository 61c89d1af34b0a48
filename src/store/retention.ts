import type { Database } from './database.ts'

/** Unix milliseconds: what is older goes. */
export interface Retention {
  readonly eventsBefore: number
  readonly debugBefore: number
  /** Of attempts at webhooks, and of deliveries that wait for a webhook that nobody enables again. */
  readonly attemptsBefore: number
  readonly cdrsBefore?: number
  readonly recordingsBefore?: number
}

export interface Removed {
  readonly events: number
  readonly debug: number
  readonly attempts: number
  readonly jobs: number
  readonly cdrs: number
  readonly recordings: number
}

/** Small, so that calls' own writes come between. */
const portion = 500

/** Removes what is older, in portions. */
export async function removeOld({ kysely }: Database, retention: Retention): Promise<Removed> {
  const { eventsBefore, debugBefore, attemptsBefore, cdrsBefore, recordingsBefore } = retention
  const debug = await removeByAge('debug_entries', debugBefore)
  await removeUndebugged()
  return {
    events: await removeEvents(),
    debug,
    attempts: await removeByAge('attempts', attemptsBefore),
    jobs: await removePausedJobs(),
    cdrs: cdrsBefore === undefined ? 0 : await removeByAge('cdrs', cdrsBefore),
    recordings: recordingsBefore === undefined ? 0 : await removeByAge('recordings', recordingsBefore),
  }

  /** Events are numbered in about the order of their times: those before the first young one are old. */
  async function removeEvents(): Promise<number> {
    const young = await kysely
      .selectFrom('events')
      .select('id')
      .where('at', '>=', eventsBefore)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    const firstYoung = young?.id ?? Number.MAX_SAFE_INTEGER
    return inPortions(async () => {
      const old = kysely.selectFrom('events').select('id').where('id', '<', firstYoung).orderBy('id').limit(portion)
      return kysely.deleteFrom('events').where('id', 'in', old).executeTakeFirst()
    })
  }

  function removePausedJobs(): Promise<number> {
    return inPortions(async () => {
      const old = kysely
        .selectFrom('jobs')
        .select('seq')
        .where('is_paused', '=', 1)
        .where('due_at', '<', attemptsBefore)
        .limit(portion)
      return kysely.deleteFrom('jobs').where('seq', 'in', old).executeTakeFirst()
    })
  }

  function removeByAge(table: 'debug_entries' | 'attempts' | 'cdrs' | 'recordings', before: number): Promise<number> {
    return inPortions(async () => {
      const lastOfPortion = await kysely
        .selectFrom(table)
        .select('at')
        .where('at', '<', before)
        .orderBy('at')
        .limit(1)
        .offset(portion - 1)
        .executeTakeFirst()
      const until = lastOfPortion?.at ?? before - 1
      return kysely.deleteFrom(table).where('at', '<=', until).executeTakeFirst()
    })
  }

  async function removeUndebugged(): Promise<void> {
    await kysely
      .deleteFrom('debugged_calls')
      .where('at', '<', debugBefore)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('debug_entries')
              .select('debug_entries.key')
              .whereRef('debug_entries.account_id', '=', 'debugged_calls.account_id')
              .whereRef('debug_entries.call_id', '=', 'debugged_calls.call_id'),
          ),
        ),
      )
      .execute()
  }
}

async function inPortions(remove: () => Promise<{ readonly numDeletedRows: bigint }>): Promise<number> {
  let removed = 0
  for (;;) {
    const { numDeletedRows } = await remove()
    removed += Number(numDeletedRows)
    if (numDeletedRows < BigInt(portion)) return removed
  }
}
