import { fieldsOf, flagOf, textOf } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import type { Document, Documents } from '../callflow/index.ts'

/** A device, with what its owner and the account say of it. */
export interface Phone {
  readonly device: Document
  readonly owner: Document | undefined
  readonly account: Document | undefined
}

/** The device of this id, or undefined. @param documents as the call reads them */
export async function findPhone(id: string, call: Call, documents: Documents): Promise<Phone | undefined> {
  const accountId = call.account.id
  const device = await documents.get(accountId, 'devices', id)
  if (device === undefined) return undefined
  const ownerId = ownerOf(device)
  const [owner, account] = await Promise.all([
    ownerId === undefined ? undefined : documents.get(accountId, 'users', ownerId),
    documents.get(accountId, 'accounts', accountId),
  ])
  return { device, owner, account }
}

/** Whoever a device is used by: the first who is logged in at it (`hotdesk`), else its owner. */
export const ownerOf = (device: Document): string | undefined => guestsOf(device)[0] ?? textOf(device['owner_id'])

/** The users who are logged in at a device that is not theirs. @source KAZOO kz_endpoint.erl, get_user */
export const guestsOf = (device: Document | undefined): readonly string[] =>
  Object.keys(fieldsOf(nested(device, 'hotdesk', 'users')))

/** The device that calls, when the call comes from one. */
export async function callingPhone(call: Call, documents: Documents): Promise<Phone | undefined> {
  const { authorizingId, authorizingType } = call.caller
  if (authorizingId === undefined || authorizingType !== 'device') return undefined
  return findPhone(authorizingId, call, documents)
}

/** A field of a field. */
export const nested = (document: Document | undefined, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => fieldsOf(inner)[key], document)

/**
 * A setting that account, device and user may have: the user's wins, then the device's.
 *
 * @source KAZOO kz_endpoint.erl, merge_attributes
 */
export const preferredText = ({ device, owner, account }: Phone, ...path: readonly string[]): string | undefined =>
  [owner, device, account].map((document) => textOf(nested(document, ...path))).find((text) => text !== undefined)

/** Whether any of them is not to be disturbed, which goes for all of them. */
export const isNotToBeDisturbed = ({ device, owner, account }: Phone): boolean =>
  [device, owner, account].some((document) => flagOf(nested(document, 'do_not_disturb', 'enabled')) === true)
