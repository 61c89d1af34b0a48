import { flagOf, textOf, textsOf } from '../base/index.ts'
import type { Branch, CallerId, Target } from '../call/index.ts'
import type { Document } from '../callflow/index.ts'
import { callerIdentity, ownIdentity, type CallerIdentity } from './caller-id.ts'
import { headersFor } from './headers.ts'
import { findPhone, isNotToBeDisturbed, nested, ownerOf, preferredText, type Phone } from './phone.ts'
import { requestUserOf } from './request-user.ts'
import type { Manner, Ringing } from './ringing.ts'

/** A device that may ring. */
export async function phoneToRing(id: string, manner: Manner, ringing: Ringing): Promise<Phone | undefined> {
  const phone = await findPhone(id, ringing.call, ringing.documents)
  const why = phone === undefined ? 'unknown' : whyNotRung(phone, manner, ringing)
  if (why === undefined) return phone
  ringing.log.info('endpoints.left-out', { kind: 'device', id, why })
  return undefined
}

/** @source KAZOO kz_endpoint.erl, should_create_endpoint */
function whyNotRung(phone: Phone, { canCallSelf }: Manner, ringing: Ringing): string | undefined {
  const { call } = ringing
  const { device } = phone
  const owner = ownerOf(device)
  if (flagOf(device['enabled']) === false) return 'disabled'
  if (!canCallSelf && device.id === call.caller.authorizingId) return 'it calls'
  if (!canCallSelf && owner !== undefined && owner === call.variables.ownerId) return 'its owner calls'
  if (isNotToBeDisturbed(phone)) return 'do_not_disturb'
  return takesOneCall(phone) && isInUse(device.id, ringing) ? 'in use' : undefined
}

/** `call_waiting` is switched off, for the phone or for its user. */
const takesOneCall = ({ device, owner }: Phone): boolean =>
  [device, owner].some((document) => flagOf(nested(document, 'call_waiting', 'enabled')) === false)

/** Somebody calls from it, or has answered there. */
const isInUse = (deviceId: string, { call, exchange }: Ringing): boolean =>
  exchange
    .calls(call.account.id)
    .some(
      ({ caller, leg }) =>
        caller.authorizingId === deviceId && (leg.direction === 'inbound' || leg.state === 'answered'),
    )

/** The way to a device itself. */
export function branchOf(phone: Phone, manner: Manner, ringing: Ringing): Branch | undefined {
  const { device, owner } = phone
  const { call, log } = ringing
  const target = targetOf(phone, manner, ringing)
  if (target === undefined) {
    log.warn('endpoints.left-out', { kind: 'device', id: device.id, why: 'no sip.username and no sip.route' })
    return undefined
  }
  const identity = manner.callerId ?? callerIdentity(call, ringing.caller, 'internal')
  const name = calleeName(phone)
  const holdMusic = preferredText(phone, 'music_on_hold', 'media_id')
  const ignoresEarlyMedia = flagOf(nested(device, 'media', 'ignore_early_media')) ?? false
  return {
    target,
    callerId: callerIdOf(identity, manner, call.account.realm),
    headers: headersFor(phone, manner, ringing, identity),
    ...codecsOf(device, owner),
    ...encryptionOf(device, owner),
    callee: {
      ...(name === undefined ? {} : { name }),
      number: ownIdentity(phone, 'internal').number ?? call.number,
      endpoint: {
        authorizingId: device.id,
        authorizingType: 'device',
        ownerIds: owner === undefined ? [] : [owner.id],
        ...(holdMusic === undefined ? {} : { holdMusic }),
      },
    },
    delayMs: manner.delayMs,
    timeoutMs: manner.timeoutMs,
    ignoreEarlyMedia: ignoresEarlyMedia || manner.ignoresEarlyMedia === true,
    ...(manner.screen === undefined ? {} : { screen: manner.screen }),
  }
}

function targetOf(phone: Phone, { staticInvite }: Manner, { call }: Ringing): Target | undefined {
  const { device } = phone
  const sip = (key: string): string | undefined => textOf(nested(device, 'sip', key))
  const route = sip('route')
  if (sip('invite_format') === 'route') return route === undefined ? undefined : { kind: 'sip', uri: route }
  const username = sip('username')
  if (username === undefined) return undefined
  const user = staticInvite ?? sip('static_invite') ?? requestUserOf(phone, call.number, call.account.country)
  return {
    kind: 'device',
    accountId: call.account.id,
    deviceId: device.id,
    username,
    realm: sip('realm') ?? call.account.realm,
    ...(user === undefined ? {} : { requestUser: user }),
  }
}

/** What is hidden is not sent at all: phones show more of what they get than they are asked to. */
function callerIdOf(identity: CallerIdentity, { suppressesCallerId }: Manner, realm: string): CallerId {
  const hidesAll = suppressesCallerId === true
  return {
    name: hidesAll || identity.hideName ? '' : identity.name,
    number: hidesAll || identity.hideNumber ? '' : identity.number,
    realm,
    isPrivate: identity.hideNumber,
  }
}

function codecsOf(device: Document, owner: Document | undefined): { readonly codecs?: readonly string[] } {
  const all = [device, owner].map((document) => textsOf(nested(document, 'media', 'audio', 'codecs')))
  const codecs = all.find((some) => some.length > 0)
  return codecs === undefined ? {} : { codecs }
}

/** @source KAZOO kz_endpoint.erl, encryption_method_map; ZRTP is not spoken here */
function encryptionOf(device: Document, owner: Document | undefined): Pick<Branch, 'encryption'> {
  for (const document of [device, owner]) {
    const isEnforced = flagOf(nested(document, 'media', 'encryption', 'enforce_security')) === true
    const methods = textsOf(nested(document, 'media', 'encryption', 'methods'))
    if (isEnforced) return { encryption: 'required' }
    if (methods.includes('srtp')) return { encryption: 'optional' }
  }
  return {}
}

/** How a phone, or rather whoever has it, is called. */
export function calleeName(phone: Phone): string | undefined {
  const { device, owner } = phone
  const person = [owner?.['first_name'], owner?.['last_name']].flatMap((part) => textOf(part) ?? []).join(' ')
  return preferredText(phone, 'caller_id', 'internal', 'name') ?? (person === '' ? textOf(device['name']) : person)
}
