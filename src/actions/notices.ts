import { Type } from 'typebox'
import { textOf } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import { notedDocuments, type Documents } from '../callflow/index.ts'

/** Something that people of an account should know of a call. */
export interface Notice {
  readonly accountId: string
  /** KAZOO's name of it: `missed_call`, `voicemail_new` … */
  readonly type: string
  readonly callId: string
  /** Names as KAZOO's notifications have them. */
  readonly details: Readonly<Record<string, unknown>>
}

/** Tells people what they should know. Whoever can send e-mail is behind it, or a web server that does. */
export interface Notices {
  /**
   * What is told is told again until it is taken. Never rejects.
   *
   * @returns whether there is anybody who is told
   */
  tell(notice: Notice): Promise<boolean>
}

export interface Recipient {
  readonly type: 'user' | 'email'
  readonly id: string | readonly string[]
}

export const recipientsKey = (options: { readonly default?: [] }) =>
  Type.Array(
    Type.Object({
      type: Type.Enum(['user', 'email'], { description: 'What `id` is' }),
      id: Type.Union(
        [Type.String({ minLength: 1, maxLength: 254 }), Type.Array(Type.String({ maxLength: 254 }), { maxItems: 100 })],
        { description: 'A user, whose `email` is meant, or an address; or several' },
      ),
    }),
    { ...options, maxItems: 100, description: 'Who is told' },
  )

const mostAddresses = 100

/** The e-mail addresses of recipients, each once. Users without one are left out. */
export async function addressesOf(
  recipients: readonly Recipient[],
  call: Call,
  documents: Documents,
): Promise<readonly string[]> {
  const noted = notedDocuments(documents, call)
  const addresses = new Set<string>()
  for (const { type, id } of recipients) {
    for (const one of typeof id === 'string' ? [id] : id) {
      const user = type === 'user' ? await noted.get(call.account.id, 'users', one) : undefined
      const address = type === 'user' ? textOf(user?.['email']) : one
      if (address !== undefined && addresses.size < mostAddresses) addresses.add(address)
    }
  }
  return [...addresses]
}

/** Tells `to` about a call, and the call's story that it did. @returns whether there is anybody who is told */
export function notify(
  { type, to, more = {} }: { type: string; to: readonly string[]; more?: Readonly<Record<string, unknown>> },
  call: Call,
  notices: Notices,
): Promise<boolean> {
  const { callerIdName, callerIdNumber, ownerId, callflowId } = call.variables
  const isTold = notices.tell({
    accountId: call.account.id,
    type,
    callId: call.id,
    details: {
      to,
      call_id: call.id,
      caller_id_name: callerIdName,
      caller_id_number: callerIdNumber,
      from_user: call.leg.from.user,
      from_realm: call.leg.from.realm,
      to_user: call.leg.to.user,
      to_realm: call.leg.to.realm,
      owner_id: ownerId,
      callflow_id: callflowId,
      ...more,
    },
  })
  call.tell({ type: 'notice.told', notice: type, to })
  return isTold
}
