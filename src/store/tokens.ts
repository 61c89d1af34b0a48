import type { Selectable } from 'kysely'
import type { Scope, Token, TokenStore } from '../access/index.ts'
import type { Database } from './database.ts'
import type { Tables } from './tables.ts'

export function newTokenStore({ kysely }: Database): TokenStore {
  return {
    async add({ hash, id, accountId, userId, name, scopes, createdAt, expiresAt }) {
      await kysely
        .insertInto('tokens')
        .values({
          hash,
          id,
          account_id: accountId,
          user_id: userId ?? null,
          name,
          scopes: JSON.stringify(scopes),
          created_at: createdAt,
          expires_at: expiresAt ?? null,
        })
        // The same token again, as when its addition was answered too late, is the same.
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute()
    },
    async find(hash) {
      const row = await kysely.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst()
      return row === undefined ? undefined : tokenOf(row)
    },
    async list(accountId) {
      const rows = await kysely
        .selectFrom('tokens')
        .selectAll()
        .where('account_id', '=', accountId)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map(tokenOf)
    },
    async remove(accountId, id) {
      const { numDeletedRows } = await kysely
        .deleteFrom('tokens')
        .where('account_id', '=', accountId)
        .where('id', '=', id)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
    async removeExpired(nowMs) {
      const { numDeletedRows } = await kysely.deleteFrom('tokens').where('expires_at', '<=', nowMs).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

const tokenOf = (row: Selectable<Tables['tokens']>): Token => ({
  hash: row.hash,
  id: row.id,
  accountId: row.account_id,
  userId: row.user_id ?? undefined,
  name: row.name,
  scopes: JSON.parse(row.scopes) as Scope[],
  createdAt: row.created_at,
  expiresAt: row.expires_at ?? undefined,
})
