import type { Generated } from 'kysely'

/** The tables as both databases have them: ids and JSON are text, times Unix milliseconds, booleans 0 and 1. */
export interface Tables {
  documents: DocumentsTable
  live_legs: { call_id: string; account_id: string; node: string; data: string }
  cdrs: CdrsTable
  events: { id: number; account_id: string; call_id: string; sequence: number; at: number; data: string }
  debugged_calls: { account_id: string; call_id: string; at: number }
  debug_entries: DebugEntriesTable
  attempts: { account_id: string; id: string; hook_id: string; at: number; data: string }
  recordings: { account_id: string; id: string; call_id: string; at: number; data: string }
  jobs: JobsTable
  registrations: { account_id: string; username: string; key: string; expires_at: number; data: string }
  paused_hooks: { hook_id: string }
  tokens: TokensTable
  nodes: { node: string; beat_at: number }
  counters: { name: string; value: number }
}

interface DocumentsTable {
  account_id: string
  collection: string
  id: string
  revision: string
  created_at: number
  modified_at: number
  data: string
}

interface CdrsTable {
  account_id: string
  id: string
  interaction_id: string
  owner_id: string | null
  /** When the leg began. */
  at: number
  data: string
}

interface DebugEntriesTable {
  account_id: string
  call_id: string
  at: number
  /** Orders entries of the same millisecond, and makes an entry that is written twice one. */
  key: string
  iteration: number
  data: string
}

interface JobsTable {
  /** The order in which jobs were added. */
  seq: Generated<number>
  id: string
  account_id: string
  order_key: string | null
  hook_id: string | null
  is_paused: number
  claimed_by: string | null
  due_at: number
  attempts: number
  data: string
}

interface TokensTable {
  hash: string
  id: string
  account_id: string
  user_id: string | null
  name: string
  scopes: string
  created_at: number
  expires_at: number | null
}
