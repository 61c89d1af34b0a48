import { textOf } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import type { Document, Documents } from '../callflow/index.ts'
import { classifyNumber, type NumberClass } from '../number/index.ts'
import { findPhone, nested, type Phone } from './phone.ts'

/**
 * The class of numbers that keeps somebody from calling `number`: one that their device, their user or their account
 * denies. Undefined when they may.
 *
 * @source KAZOO cf_util.erl, should_deny / kz_endpoint.erl, merge_call_restrictions
 */
export function deniedClass(
  number: string,
  country: string,
  whose: readonly (Document | undefined)[],
): NumberClass | undefined {
  const found = classifyNumber(number, country)
  const isDenied = whose.some((document) => textOf(nested(document, 'call_restriction', found, 'action')) === 'deny')
  return isDenied ? found : undefined
}

/** Those whose restrictions a phone has. */
export const restrictionsOf = (
  phone: Phone | undefined,
  account: Document | undefined,
): readonly (Document | undefined)[] => (phone === undefined ? [account] : [phone.owner, phone.device, phone.account])

/** The restriction of a call that has just come, from one of the account's own phones. Undefined when there is none. */
export async function restrictionOf(call: Call, documents: Documents): Promise<NumberClass | undefined> {
  const { authorizingId, authorizingType } = call.caller
  if (authorizingId === undefined || authorizingType !== 'device') return undefined
  const phone = await findPhone(authorizingId, call, documents)
  return deniedClass(call.number, call.account.country, restrictionsOf(phone, undefined))
}
