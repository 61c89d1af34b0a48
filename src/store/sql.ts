import { sql } from 'kysely'

/** All SQL that the two databases do not have in common, and the statements that are written for speed. */

export type Kind = 'sqlite' | 'postgres'

/** A statement of a batch. */
export interface Step {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export type Value = string | number | null
export type Row = readonly Value[]

interface Bulk {
  readonly table: string
  readonly columns: Readonly<Record<string, 'text' | 'bigint' | 'event id'>>
  /** The columns that tell rows apart. */
  readonly key: readonly string[]
  /** What to do with a row that is there. */
  readonly again: 'keep' | 'replace'
}

/**
 * A statement that inserts any number of rows from one parameter, their JSON. Rows cross to a thread or a server as one
 * text, which costs the thread that carries calls least; SQLite inserts 500,000 small rows a second in this way.
 */
function bulkInsert(kind: Kind, { table, columns, key, again }: Bulk): string {
  const names = Object.keys(columns)
  const values = Object.values(columns).map((type, index) => valueAt(kind, index, type))
  const others = names.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`)
  const conflict =
    again === 'keep' ? 'ON CONFLICT DO NOTHING' : `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${others.join(', ')}`
  // Without WHERE, SQLite takes ON for the beginning of a join.
  return `INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${rowsOf(kind)} WHERE true ${conflict}`
}

/** The rows of the parameter, each as `value`. */
const rowsOf = (kind: Kind): string => (kind === 'sqlite' ? 'json_each(?)' : 'json_array_elements($1::json)')

function valueAt(kind: Kind, index: number, type: 'text' | 'bigint' | 'event id'): string {
  const value = kind === 'sqlite' ? `value->>${index}` : `(value->>${index})::${type === 'text' ? 'text' : 'bigint'}`
  return type === 'event id' ? `(SELECT value FROM counters WHERE name = 'events') - ${value}` : value
}

const text = 'text'
const bigint = 'bigint'

/** The statements of batches; each takes its rows as JSON. */
export function batchSql(kind: Kind) {
  const insert = (table: string, columns: Bulk['columns'], key: readonly string[], again: Bulk['again']): string =>
    bulkInsert(kind, { table, columns, key, again })
  return {
    /**
     * Counts events and returns the last number. The row stays locked until the batch is committed: so numbers become
     * visible in their order and have no gaps, also when several processes write.
     */
    countEvents: `UPDATE counters SET value = value + ${kind === 'sqlite' ? '?' : '$1::bigint'} WHERE name = 'events' RETURNING value`,
    /** The first value of a row says how far the event is from the last one counted. */
    events: insert(
      'events',
      { id: 'event id', account_id: text, call_id: text, sequence: bigint, at: bigint, data: text },
      ['account_id', 'call_id', 'sequence'],
      'keep',
    ),
    liveLegs: insert('live_legs', { call_id: text, account_id: text, node: text, data: text }, ['call_id'], 'replace'),
    cdrs: insert(
      'cdrs',
      { account_id: text, id: text, interaction_id: text, owner_id: text, at: bigint, data: text },
      ['account_id', 'id'],
      'replace',
    ),
    endLegs: `DELETE FROM live_legs WHERE call_id IN (SELECT ${valueAt(kind, 0, 'text')} FROM ${rowsOf(kind)})`,
    jobs: insert(
      'jobs',
      {
        id: text,
        account_id: text,
        order_key: text,
        hook_id: text,
        is_paused: bigint,
        claimed_by: text,
        due_at: bigint,
        attempts: bigint,
        data: text,
      },
      ['id'],
      'keep',
    ),
    /** Jobs that come while their webhook is disabled wait as well. */
    pauseJobs: 'UPDATE jobs SET is_paused = 1 WHERE is_paused = 0 AND hook_id IN (SELECT hook_id FROM paused_hooks)',
    debuggedCalls: insert(
      'debugged_calls',
      { account_id: text, call_id: text, at: bigint },
      ['account_id', 'call_id'],
      'keep',
    ),
    debugEntries: insert(
      'debug_entries',
      { account_id: text, call_id: text, at: bigint, key: text, iteration: bigint, data: text },
      ['account_id', 'call_id', 'at', 'key'],
      'keep',
    ),
    attempts: insert(
      'attempts',
      { account_id: text, id: text, hook_id: text, at: bigint, data: text },
      ['account_id', 'id'],
      'replace',
    ),
    recordings: insert(
      'recordings',
      { account_id: text, id: text, call_id: text, at: bigint, data: text },
      ['account_id', 'id'],
      'replace',
    ),
  } as const
}

export type BatchSql = ReturnType<typeof batchSql>

/** How a shared database tells its other users something. */
export const notifySql = (channel: string): string => `SELECT pg_notify('${channel}', $1)`
export const listenSql = (channel: string): string => `LISTEN ${channel}`

/** Ids are ordered by their bytes, as SQLite does, whatever language the server was set up for. */
export const idType = (kind: Kind) => (kind === 'postgres' ? sql`text collate "C"` : 'text')
