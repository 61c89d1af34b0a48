import type { Call } from '../call/index.ts'
import type { Document, Documents } from '../callflow/index.ts'
import { callingPhone } from './phone.ts'
import { restrictionsOf } from './restriction.ts'

/** Those whose restrictions a caller has: the phone, its user and the account; for callers from outside the account's. */
export async function callerRestrictions(call: Call, documents: Documents): Promise<readonly (Document | undefined)[]> {
  const phone = await callingPhone(call, documents)
  return restrictionsOf(phone, await documents.get(call.account.id, 'accounts', call.account.id))
}
