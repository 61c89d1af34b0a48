import { Failure } from '../../base/index.ts'
import type { DeviceTarget, DialOptions, Party, Target } from '../../call/index.ts'
import { bareHost, hostForUri, parseUri, userOf, type Flow } from '../../sip/index.ts'
import { customHeaders, escapedUser, identityOf, type Identity } from './caller-id.ts'
import type { Law } from './media-port.ts'
import type { Destination } from './outgoing-leg.ts'
import type { SrtpPolicy } from './sdes.ts'

/** An address that a device has registered. */
export interface DeviceContact {
  /** The Request-URI of calls to it. */
  readonly uri: string
  /** Where they are sent: back the way that the REGISTER came, for phones behind NAT (RFC 3581, 5626). */
  readonly flow: Flow
}

/** Where a device is registered now; empty when nowhere. */
export type ContactsOf = (device: DeviceTarget) => Promise<readonly DeviceContact[]>

/** Whom a leg is called to, and everywhere that rings for it. */
export interface Callee {
  readonly to: Party
  /** For the choice of our address, when we have several: where the first one is, as far as it can be told. */
  readonly towards: Flow
  readonly destinations: readonly Destination[]
}

/** More phones than this do not ring for one device. */
const mostContacts = 10

/** @throws DIAL_NOT_REGISTERED · DIAL_TARGET_INVALID */
export async function calleeOf(
  target: Target,
  { callerId, headers }: DialOptions,
  contactsOf: ContactsOf,
  ourHost: string,
): Promise<Callee> {
  // Only whom we have a secret for, or a way set up to, is told who calls when the caller does not want it.
  const isTrusted =
    target.kind === 'sip' && (target.credentials !== undefined || target.proxy !== undefined || target.isTrunk === true)
  const { headers: ofCaller, ...identity } = identityOf(callerId, isTrusted, ourHost)
  const call = { ...identity, headers: [...ofCaller, ...customHeaders(headers)] }
  return target.kind === 'device' ? deviceCallee(target, call, contactsOf) : addressCallee(target, call)
}

async function deviceCallee(device: DeviceTarget, call: Identity, contactsOf: ContactsOf): Promise<Callee> {
  const { username, realm, requestUser } = device
  const contacts = await contactsOf(device)
  const [nearest] = contacts
  if (nearest === undefined) throw new Failure('DIAL_NOT_REGISTERED', { username, realm })
  const to = { uri: `sip:${escapedUser(username)}@${hostForUri(realm)}` }
  const destinations = contacts
    .slice(0, mostContacts)
    // A phone's own connection is the only way to it: nobody can connect to a phone behind NAT.
    .map(({ uri, flow }) => ({
      ...call,
      to,
      uri: requestUser === undefined ? uri : withUser(uri, requestUser),
      flow,
      mustStand: flow.transport !== 'udp',
    }))
  return { to: { user: username, realm }, towards: nearest.flow, destinations }
}

function withUser(uri: string, user: string): string {
  const parsed = parseUri(uri)
  if (parsed === undefined) return uri
  const { scheme, host, port, params } = parsed
  return `${scheme}:${escapedUser(user)}@${host}${port === undefined ? '' : `:${port}`}${params}`
}

function addressCallee(target: Extract<Target, { kind: 'sip' }>, call: Identity): Callee {
  const { uri, proxy, credentials } = target
  const parsed = parseUri(uri)
  if (parsed === undefined || (parsed.scheme !== 'sip' && parsed.scheme !== 'sips'))
    throw new Failure('DIAL_TARGET_INVALID', { uri, problem: 'it must be sip: or sips:' })
  const route = proxy === undefined ? undefined : /^sips?:/i.test(proxy) ? proxy : `sip:${proxy}`
  const next = route === undefined ? parsed : parseUri(route)
  if (next === undefined) throw new Failure('DIAL_TARGET_INVALID', { uri: proxy ?? uri, problem: 'this is no proxy' })
  const destination: Destination = {
    ...call,
    uri,
    ...(route === undefined ? {} : { routes: [/;lr\b/i.test(next.params) ? `<${route}>` : `<${route};lr>`] }),
    ...(credentials === undefined ? {} : { credentials }),
  }
  const realm = bareHost(parsed.host)
  const towards = { transport: 'udp', address: bareHost(next.host), port: next.port ?? 5060 } as const
  return { to: { user: userOf(parsed), realm }, towards, destinations: [destination] }
}

/** How a call is encrypted: what we offer, what we insist on, and whom that leaves. */
export interface Encryption {
  readonly offersSrtp: SrtpPolicy
  readonly srtp: SrtpPolicy
  readonly destinations: readonly Destination[]
}

export interface EncryptionRules {
  readonly srtp: SrtpPolicy
  readonly offersKeysInClear: boolean
}

/**
 * Keys go only where nobody on the way reads them. Who has to be called with them and cannot is not called; a mere wish is
 * dropped.
 * @throws DIAL_INSECURE
 */
export function encryptionOf(
  wanted: DialOptions['encryption'],
  destinations: readonly Destination[],
  { srtp, offersKeysInClear }: EncryptionRules,
): Encryption {
  const isRequired = wanted === 'required' || srtp === 'required'
  const safe = destinations.filter((destination) => offersKeysInClear || isSafe(destination))
  if (isRequired && srtp === 'off') throw new Failure('DIAL_INSECURE', { problem: 'SRTP is off' })
  if (isRequired && safe.length === 0)
    throw new Failure('DIAL_INSECURE', { problem: 'the keys would not be sent over TLS' })
  if (isRequired) return { offersSrtp: 'required', srtp: 'required', destinations: safe }
  const isOffered = wanted === 'optional' && srtp === 'optional' && safe.length === destinations.length
  return { offersSrtp: isOffered ? 'optional' : 'off', srtp, destinations }
}

/** May a caller who wants to hear our offer have it? One without keys is none where these are required. */
export const mayOffer = ({ srtp, offersKeysInClear }: EncryptionRules, { transport }: Flow): boolean =>
  srtp !== 'required' || offersKeysInClear || secureTransports.includes(transport)

const secureTransports: readonly string[] = ['tls', 'wss']

/** By its connection, or by what its address says; an address that names nothing is looked up, and may lead anywhere. */
export function isSafe({ uri, routes, flow }: Pick<Destination, 'uri' | 'routes' | 'flow'>): boolean {
  if (flow !== undefined) return secureTransports.includes(flow.transport)
  const next = routes?.[0] ?? uri
  return /^<?sips:/i.test(next) || /;transport=(tls|wss)\b/i.test(next)
}

/** Ours of the codecs wanted, in their order; all of ours when there are none among them. */
export function lawsOf(codecs: readonly string[] = []): readonly Law[] {
  const wanted = codecs.flatMap((name) => lawByName.get(name.toUpperCase()) ?? [])
  return wanted.length === 0 ? [...lawByName.values()] : [...new Set(wanted)]
}

const lawByName = new Map<string, Law>([
  ['PCMU', 'pcmu'],
  ['PCMA', 'pcma'],
])
