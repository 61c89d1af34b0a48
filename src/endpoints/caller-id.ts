import { textOf } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import type { Document } from '../callflow/index.ts'
import { nested, preferredText, type Phone } from './phone.ts'

/** As whom a call is made. */
export interface CallerIdentity {
  readonly name: string
  readonly number: string
  readonly hideName: boolean
  readonly hideNumber: boolean
}

export type CallerIdKind = 'internal' | 'external' | 'emergency'

/**
 * Who a leg that is dialled for `call` appears to come from. Callers from outside stay who they are; a phone of the
 * account is who its documents say, unless `dynamic_cid` or `disa` have said otherwise. Then what `prepend_cid` and `set_cid` want.
 *
 * @param phone the phone that calls
 * @source KAZOO kz_attributes.erl, caller_id; kz_privacy.erl
 */
export function callerIdentity(call: Call, phone: Phone | undefined, kind: CallerIdKind): CallerIdentity {
  const { variables } = call
  const own = variables.keepsCallerId ? undefined : (variables.dynamicCallerId ?? documented(phone, kind))
  const name = variables.prependName + (own?.name ?? variables.callerIdName)
  const number = variables.prependNumber + (own?.number ?? variables.callerIdNumber)
  return {
    name: variables.rewriteName === '' ? name : variables.rewriteName,
    number: variables.rewriteNumber === '' ? number : variables.rewriteNumber,
    ...privacyOf(call, phone),
  }
}

const documented = (phone: Phone | undefined, kind: CallerIdKind): ReturnType<typeof ownIdentity> | undefined =>
  phone === undefined ? undefined : ownIdentity(phone, kind)

/** What the documents of a phone say: the user's word counts more, in an emergency the device's. */
export function ownIdentity(
  phone: Phone,
  kind: CallerIdKind,
): { readonly name: string | undefined; readonly number: string | undefined } {
  const say = (key: string): string | undefined => {
    const atDevice = kind === 'emergency' ? textOf(nested(phone.device, 'caller_id', kind, key)) : undefined
    return atDevice ?? preferredText(phone, 'caller_id', kind, key)
  }
  return { name: say('name'), number: say('number') ?? (kind === 'internal' ? extensionOf(phone) : undefined) }
}

/** The extension that others watch (`1001`, `1001@a1.example`). */
const extensionOf = ({ device, owner }: Phone): string | undefined => {
  const presence = [device, owner].map((document) => textOf(document?.['presence_id'])).find((id) => id !== undefined)
  return presence?.split('@', 1)[0]
}

type Hidden = Pick<CallerIdentity, 'hideName' | 'hideNumber'>

const hides: Readonly<Record<string, Hidden>> = {
  full: { hideName: true, hideNumber: true },
  name: { hideName: true, hideNumber: false },
  number: { hideName: false, hideNumber: true },
}
const nothing: Hidden = { hideName: false, hideNumber: false }

/** What the action `privacy` hides; else what the calling phone always hides. */
function privacyOf({ variables: { privacy } }: Call, phone: Phone | undefined): Hidden {
  if (privacy !== undefined && !privacy.merge) return { hideName: privacy.hideName, hideNumber: privacy.hideNumber }
  const always = hiddenBy(phone?.device) ?? hiddenBy(phone?.owner) ?? nothing
  return {
    hideName: always.hideName || privacy?.hideName === true,
    hideNumber: always.hideNumber || privacy?.hideNumber === true,
  }
}

function hiddenBy(document: Document | undefined): Hidden | undefined {
  const mode = textOf(nested(document, 'caller_id_options', 'outbound_privacy'))
  return mode === undefined || mode === 'none' ? undefined : hides[mode]
}
