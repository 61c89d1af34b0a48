import type { Kysely, Migration } from 'kysely'
import { idType, type Kind } from '../sql.ts'

/** Where phones can be reached. */
export const registrations = (kind: Kind): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('registrations')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('username', idType(kind), (column) => column.notNull())
      .addColumn('key', idType(kind), (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('registrations_pk', ['account_id', 'username', 'key'])
      .execute()
    await db.schema.createIndex('registrations_by_age').on('registrations').column('expires_at').execute()
  },
})
