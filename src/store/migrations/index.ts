import type { Migration } from 'kysely'
import type { Kind } from '../sql.ts'
import { first } from './0001-first.ts'

/** All migrations, in order of their names. */
export const migrations = (kind: Kind): Readonly<Record<string, Migration>> => ({
  '0001-first': first(kind),
})
