import type { Migration } from 'kysely'
import type { Kind } from '../sql.ts'
import { first } from './0001-first.ts'
import { registrations } from './0002-registrations.ts'

/** All migrations, in order of their names. */
export const migrations = (kind: Kind): Readonly<Record<string, Migration>> => ({
  '0001-first': first(kind),
  '0002-registrations': registrations(kind),
})
