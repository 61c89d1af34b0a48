import { fieldsOf, textOf } from '../base/index.ts'
import type { CallerIdentity } from './caller-id.ts'
import { nested, preferredText, type Phone } from './phone.ts'
import type { Manner, Ringing } from './ringing.ts'

const mostHeaders = 50
const longestValue = 1024

/**
 * The headers of a call to a phone: what its device wants on calls to it, then what the callflow says, and how it is to
 * ring. Which headers a call cannot have is for the driver to know.
 *
 * @source KAZOO kz_endpoint.erl, generate_sip_headers; kz_formatters; RFC 3261 section 20.4 (Alert-Info)
 */
export function headersFor(
  phone: Phone,
  manner: Manner,
  ringing: Ringing,
  identity: CallerIdentity,
): Readonly<Record<string, string>> {
  const custom = fieldsOf(nested(phone.device, 'sip', 'custom_sip_headers'))
  const alert = alertInfo(phone, manner, ringing)
  return Object.fromEntries([
    ...Object.entries(fieldsOf(custom['out'] ?? withoutIn(custom))).flatMap(([name, value]) => headerOf(name, value)),
    ...Object.entries(headersWith(manner.customHeaders ?? {}, ringing, identity)),
    ...(alert === undefined ? [] : headerOf('Alert-Info', alert)),
    ...(answersItself(manner, ringing) ? answeringItself(ringing.call.account.realm) : []),
  ])
}

const answersItself = ({ answersItself: isWanted = false }: Manner, { call }: Ringing): boolean =>
  isWanted || call.variables.autoAnswer !== undefined

/**
 * Has a phone answer by itself, in the two ways that phones understand.
 *
 * @source FreeSWITCH mod_sofia, `sip_auto_answer`; KAZOO kz_endpoint.erl and cf_intercom.erl, cf_page_group.erl
 */
const answeringItself = (realm: string): [string, string][] => [
  ['Call-Info', `<sip:${realm}>;answer-after=0`],
  ['Alert-Info', '<http://www.notused.example>;info=alert-autoanswer;delay=0'],
]

/** Custom headers with the fields of the call that they name; those that cannot be headers are left out. */
export const headersWith = (
  given: Readonly<Record<string, unknown>>,
  ringing: Ringing,
  identity: CallerIdentity,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(filledIn(given, ringing, identity)).flatMap(([name, value]) => headerOf(name, value)),
  )

/** Headers without a direction are for calls to the phone, as in documents of old. */
const withoutIn = ({ in: _, ...out }: Readonly<Record<string, unknown>>): unknown => out

function headerOf(name: string, value: unknown): [string, string][] {
  const text = textOf(value)
  return text === undefined || text.length > longestValue || /\p{Cc}/u.test(text) ? [] : [[name, text]]
}

function filledIn(
  given: Readonly<Record<string, unknown>>,
  { call }: Ringing,
  identity: CallerIdentity,
): Readonly<Record<string, unknown>> {
  const { leg, account, variables } = call
  const fields = new Map(
    Object.entries({
      caller_id_name: identity.hideName ? '' : identity.name,
      caller_id_number: identity.hideNumber ? '' : identity.number,
      from_user: leg.from.user,
      from_realm: leg.from.realm,
      to_user: leg.to.user,
      to_realm: leg.to.realm,
      request_user: leg.request.user,
      request_realm: leg.request.realm,
      call_id: call.id,
      account_id: account.id,
      account_realm: account.realm,
      owner_id: variables.ownerId ?? '',
    }),
  )
  const fill = (value: unknown): unknown =>
    textOf(value)?.replace(/\{(\w+)\}/g, (macro, name: string) => fields.get(name) ?? macro)
  return Object.fromEntries(
    Object.entries(given)
      .slice(0, mostHeaders)
      .map(([name, value]) => [name, fill(value)]),
  )
}

/** How the phone is to ring: as the flow says, else the device, its user or the account. */
function alertInfo(phone: Phone, { ringtones }: Manner, { call, caller }: Ringing): string | undefined {
  const from = caller === undefined ? 'external' : 'internal'
  return call.variables.alertInfo ?? textOf(ringtones?.[from]) ?? preferredText(phone, 'ringtones', from)
}
