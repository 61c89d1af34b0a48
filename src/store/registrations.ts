import type { PhoneName, Registration, RegistrationStore } from '../registrations/index.ts'
import type { Database } from './database.ts'
import type { Listeners } from './listeners.ts'

/** @param changed is told what other processes have changed */
export function newRegistrationStore(database: Database, changed: Listeners<PhoneName | undefined>): RegistrationStore {
  const { kysely } = database
  return {
    async ofPhone({ accountId, username }, nowMs) {
      const rows = await kysely
        .selectFrom('registrations')
        .select('data')
        .where('account_id', '=', accountId)
        .where('username', '=', username)
        .where('expires_at', '>', nowMs)
        .orderBy('key')
        .execute()
      return rows.map(registrationOf)
    },
    async ofAccount(accountId, nowMs, most) {
      const rows = await kysely
        .selectFrom('registrations')
        .select('data')
        .where('account_id', '=', accountId)
        .where('expires_at', '>', nowMs)
        .orderBy('username')
        .orderBy('key')
        .limit(most)
        .execute()
      return rows.map(registrationOf)
    },
    async write({ accountId, username, kept, removed }) {
      await kysely.transaction().execute(async (on) => {
        if (removed.length > 0) {
          await on
            .deleteFrom('registrations')
            .where('account_id', '=', accountId)
            .where('username', '=', username)
            .where('key', 'in', removed)
            .execute()
        }
        for (const one of kept) {
          const row = { expires_at: one.expiresAt, data: JSON.stringify(one) }
          await on
            .insertInto('registrations')
            .values({ account_id: accountId, username, key: one.key, ...row })
            .onConflict((conflict) => conflict.columns(['account_id', 'username', 'key']).doUpdateSet(row))
            .execute()
        }
        await database.tell(on, { is: 'registration', accountId, username })
      })
    },
    async removeExpired(nowMs) {
      const { numDeletedRows } = await kysely
        .deleteFrom('registrations')
        .where('expires_at', '<=', nowMs)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
    onChange: (listener) => changed.add(listener),
  }
}

const registrationOf = ({ data }: { readonly data: string }): Registration => JSON.parse(data) as Registration
