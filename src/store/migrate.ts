import { Migrator, sql } from 'kysely'
import { asFailure, Failure } from '../base/index.ts'
import type { Database } from './database.ts'
import { migrations } from './migrations/index.ts'

const migrationTableName = 'pivot_migrations'

export interface SchemaState {
  /** Names of migrations that the database has. */
  readonly applied: readonly string[]
  /** Names of migrations that this program has and the database has not. */
  readonly pending: readonly string[]
}

/**
 * What the database has of our schema.
 *
 * @throws DATABASE_TOO_NEW when it has migrations that this program does not know
 */
export async function schemaState({ kysely, kind }: Database): Promise<SchemaState> {
  const known = Object.keys(migrations(kind))
  const tables = await kysely.introspection.getTables({ withInternalKyselyTables: true })
  const rows = tables.some(({ name }) => name === migrationTableName)
    ? await sql<{ name: string }>`select name from ${sql.table(migrationTableName)} order by name`.execute(kysely)
    : { rows: [] }
  const applied = rows.rows.map(({ name }) => name)
  const [unknown] = applied.filter((name) => !known.includes(name))
  if (unknown !== undefined) throw new Failure('DATABASE_TOO_NEW', { schema: unknown })
  return { applied, pending: known.filter((name) => !applied.includes(name)) }
}

/**
 * Brings the schema up to date; several processes may try at once.
 *
 * @returns the names of the migrations that were made
 * @throws DATABASE_TOO_NEW · DATABASE_UNAVAILABLE
 */
export async function migrateSchema(database: Database): Promise<readonly string[]> {
  const { pending } = await schemaState(database)
  if (pending.length === 0) return []
  const migrator = new Migrator({
    db: database.kysely,
    provider: { getMigrations: async () => ({ ...migrations(database.kind) }) },
    migrationTableName,
    migrationLockTableName: 'pivot_migrations_lock',
  })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error !== undefined) throw asFailure(error)
  return results.map(({ migrationName }) => migrationName)
}
