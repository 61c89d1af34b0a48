import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

const tablesOfAccounts = [
  'documents',
  'tokens',
  'jobs',
  'registrations',
  'live_legs',
  'cdrs',
  'recordings',
  'events',
  'debugged_calls',
  'debug_entries',
  'attempts',
] as const satisfies readonly (keyof Tables)[]

/** Removes everything that an account has. */
export async function removeAllOf(on: Kysely<Tables>, accountId: string): Promise<void> {
  await on
    .deleteFrom('paused_hooks')
    .where('hook_id', 'in', (query) =>
      query
        .selectFrom('documents')
        .select('id')
        .where('account_id', '=', accountId)
        .where('collection', '=', 'webhooks'),
    )
    .execute()
  for (const table of tablesOfAccounts) await on.deleteFrom(table).where('account_id', '=', accountId).execute()
}
