import { sql, type Kysely, type Migration } from 'kysely'
import { idType, type Kind } from '../sql.ts'

/** The first schema. Released migrations are never edited: what must change is changed by a later one. */
export const first = (kind: Kind): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    await documents(db, kind)
    await calls(db, kind)
    await story(db, kind)
    await deliveries(db, kind)
    await processes(db)
  },
})

async function documents(db: Kysely<unknown>, kind: Kind): Promise<void> {
  await db.schema
    .createTable('documents')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('collection', 'text', (column) => column.notNull())
    .addColumn('id', idType(kind), (column) => column.notNull())
    .addColumn('revision', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('modified_at', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('documents_pk', ['account_id', 'collection', 'id'])
    .execute()
  await db.schema.createIndex('documents_by_collection').on('documents').columns(['collection', 'id']).execute()
  await db.schema
    .createTable('tokens')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('id', idType(kind), (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .execute()
  await db.schema.createIndex('tokens_by_account').on('tokens').columns(['account_id', 'created_at', 'id']).execute()
}

async function calls(db: Kysely<unknown>, kind: Kind): Promise<void> {
  await db.schema
    .createTable('live_legs')
    .addColumn('call_id', idType(kind), (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('node', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('cdrs')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('id', idType(kind), (column) => column.notNull())
    .addColumn('interaction_id', 'text', (column) => column.notNull())
    .addColumn('owner_id', 'text')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('cdrs_pk', ['account_id', 'id'])
    .execute()
  await db.schema.createIndex('cdrs_by_time').on('cdrs').columns(['account_id', 'at', 'id']).execute()
  await db.schema
    .createIndex('cdrs_by_owner')
    .on('cdrs')
    .columns(['account_id', 'owner_id', 'at', 'id'])
    .where('owner_id', 'is not', null)
    .execute()
  await db.schema.createIndex('cdrs_by_interaction').on('cdrs').columns(['account_id', 'interaction_id']).execute()
  await db.schema.createIndex('cdrs_by_age').on('cdrs').column('at').execute()
  await db.schema
    .createTable('recordings')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('id', idType(kind), (column) => column.notNull())
    .addColumn('call_id', idType(kind), (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('recordings_pk', ['account_id', 'id'])
    .execute()
  await db.schema.createIndex('recordings_by_time').on('recordings').columns(['account_id', 'at', 'id']).execute()
  await db.schema.createIndex('recordings_by_call').on('recordings').columns(['account_id', 'call_id']).execute()
  await db.schema.createIndex('recordings_by_age').on('recordings').column('at').execute()
}

async function story(db: Kysely<unknown>, kind: Kind): Promise<void> {
  await db.schema
    .createTable('events')
    .addColumn('id', 'bigint', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('call_id', idType(kind), (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addUniqueConstraint('events_of_call', ['account_id', 'call_id', 'sequence'])
    .execute()
  await db.schema.createIndex('events_by_account').on('events').columns(['account_id', 'id']).execute()
  await db.schema
    .createTable('debugged_calls')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('call_id', idType(kind), (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('debugged_calls_pk', ['account_id', 'call_id'])
    .execute()
  await db.schema
    .createIndex('debugged_calls_by_time')
    .on('debugged_calls')
    .columns(['account_id', 'at', 'call_id'])
    .execute()
  await db.schema
    .createTable('debug_entries')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('call_id', idType(kind), (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('key', idType(kind), (column) => column.notNull())
    .addColumn('iteration', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('debug_entries_pk', ['account_id', 'call_id', 'at', 'key'])
    .execute()
  await db.schema.createIndex('debug_entries_by_age').on('debug_entries').column('at').execute()
  await db.schema
    .createTable('attempts')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('id', idType(kind), (column) => column.notNull())
    .addColumn('hook_id', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('attempts_pk', ['account_id', 'id'])
    .execute()
  await db.schema.createIndex('attempts_by_time').on('attempts').columns(['account_id', 'at', 'id']).execute()
  await db.schema
    .createIndex('attempts_by_hook')
    .on('attempts')
    .columns(['account_id', 'hook_id', 'at', 'id'])
    .execute()
  await db.schema.createIndex('attempts_by_age').on('attempts').column('at').execute()
}

async function deliveries(db: Kysely<unknown>, kind: Kind): Promise<void> {
  await db.schema
    .createTable('jobs')
    .addColumn('seq', kind === 'postgres' ? 'bigint' : 'integer', (column) =>
      kind === 'postgres' ? column.generatedByDefaultAsIdentity().primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('order_key', 'text')
    .addColumn('hook_id', 'text')
    .addColumn('is_paused', 'integer', (column) => column.notNull())
    .addColumn('claimed_by', 'text')
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('jobs_to_claim')
    .on('jobs')
    .columns(['due_at', 'seq'])
    .where(sql<boolean>`claimed_by is null and is_paused = 0`)
    .execute()
  const some = (name: string, ...columns: [string, ...string[]]): Promise<void> =>
    db.schema.createIndex(name).on('jobs').columns(columns).where(columns[0], 'is not', null).execute()
  await some('jobs_by_order', 'order_key', 'seq')
  await some('jobs_by_hook', 'hook_id')
  await some('jobs_claimed', 'claimed_by')
  await db.schema.createIndex('jobs_by_account').on('jobs').column('account_id').execute()
  await db.schema
    .createTable('paused_hooks')
    .addColumn('hook_id', 'text', (column) => column.primaryKey())
    .execute()
}

async function processes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('nodes')
    .addColumn('node', 'text', (column) => column.primaryKey())
    .addColumn('beat_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('counters')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .execute()
  const counters = db as Kysely<{ counters: { name: string; value: number } }>
  await counters.insertInto('counters').values({ name: 'events', value: 0 }).execute()
}
