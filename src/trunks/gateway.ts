import { fieldsOf, flagOf, integerOf, textOf, textsOf } from '../base/index.ts'
import { formatNumber, type NumberFormat } from '../number/index.ts'

/** A SIP server of a trunk. */
export interface Gateway {
  /** Unique among all gateways of all accounts, and the same after every change of its document. */
  readonly key: string
  readonly name: string
  /** Host name or address. */
  readonly server: string
  /** Without: what the DNS says, else 5060. */
  readonly port: number | undefined
  readonly transport: 'udp' | 'tcp' | 'tls' | undefined
  /** Where calls are sent instead of to the server. */
  readonly proxy: string | undefined
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  /** Of its authentication and of our address there. */
  readonly realm: string | undefined
  readonly registers: boolean
  /** What a registration asks for. */
  readonly expirySeconds: number
  readonly prefix: string
  readonly suffix: string
  readonly format: NumberFormat
  /** A SIP URI that all calls go to, whatever was dialled. */
  readonly route: string | undefined
  /** Names, the best first; empty = ours. */
  readonly codecs: readonly string[]
  readonly callerIdType: 'internal' | 'external' | 'emergency' | undefined
  readonly formatsFromUri: boolean | undefined
  readonly fromUriRealm: string | undefined
  readonly progressMs: number
  readonly headers: Readonly<Record<string, unknown>>
  /** Where calls come from: addresses and networks (`192.0.2.0/24`), besides the server itself. */
  readonly inboundAddresses: readonly string[]
}

const usualProgressSeconds = 8
const usualExpirySeconds = 3_600

/** @returns undefined for one that is switched off, that we cannot call, or that leads back to ourselves */
export function readGateway(value: unknown, key: string): Gateway | undefined {
  const fields = fieldsOf(value)
  const server = textOf(fields['server'])
  const format = formatOf(fields['invite_format'])
  const route = textOf(fields['route'])
  if (flagOf(fields['enabled']) === false || format === undefined) return undefined
  if (server === undefined && (route === undefined || !/^sips?:/i.test(route))) return undefined
  const username = textOf(fields['username'])
  return {
    key,
    name: textOf(fields['name']) ?? server ?? key,
    server: server ?? '',
    port: integerOf(fields['port']),
    transport: transportOf(fields['transport']),
    proxy: textOf(fields['proxy']),
    credentials: username === undefined ? undefined : { username, password: textOf(fields['password']) ?? '' },
    realm: textOf(fields['realm']),
    registers: flagOf(fields['register']) === true,
    expirySeconds: integerOf(fields['register_expires']) ?? usualExpirySeconds,
    prefix: textOf(fields['prefix']) ?? '',
    suffix: textOf(fields['suffix']) ?? '',
    format,
    route: route !== undefined && /^sips?:/i.test(route) ? route : undefined,
    codecs: textsOf(fields['codecs']),
    callerIdType: callerIdTypeOf(fields['caller_id_type']),
    formatsFromUri: flagOf(fields['format_from_uri']),
    fromUriRealm: textOf(fields['from_uri_realm']),
    progressMs: (integerOf(fields['progress_timeout']) ?? usualProgressSeconds) * 1_000,
    headers: fieldsOf(fields['custom_sip_headers']),
    inboundAddresses: textsOf(fields['inbound_addresses']),
  }
}

/** `loopback` brings a call back to KAZOO itself, which there is no need for here. */
function formatOf(value: unknown): NumberFormat | undefined {
  switch (value) {
    case 'loopback':
      return undefined
    case 'username':
    case 'e164':
    case 'npan':
    case '1npan':
    case 'strip_plus':
      return value
    default:
      return 'route'
  }
}

const transportOf = (value: unknown): Gateway['transport'] =>
  value === 'udp' || value === 'tcp' || value === 'tls' ? value : undefined

export const callerIdTypeOf = (value: unknown): Gateway['callerIdType'] =>
  value === 'internal' || value === 'external' || value === 'emergency' ? value : undefined

/**
 * The Request-URI of a call to `number` by way of a gateway.
 *
 * @param number what the rule of the trunk captured
 */
export function uriAt(gateway: Gateway, number: string, country: string): string {
  const { server, port, transport, prefix, suffix, format, route, credentials } = gateway
  if (route !== undefined) return route
  const formatted = format === 'username' ? (credentials?.username ?? number) : formatNumber(number, format, country)
  const user = escaped(`${prefix}${formatted}${suffix}`)
  const place = port === undefined ? hostOf(server) : `${hostOf(server)}:${port}`
  return `sip:${user}@${place}${transport === undefined ? '' : `;transport=${transport}`}`
}

/** Where and as whom to register with a gateway; undefined for one that does not know us by name. */
export function registrarOf({ server, port, transport, proxy, realm, credentials }: Gateway): Registrar | undefined {
  if (credentials === undefined || server === '') return undefined
  const place = port === undefined ? hostOf(server) : `${hostOf(server)}:${port}`
  const edge = proxy === undefined || /^sips?:/i.test(proxy) ? proxy : `sip:${proxy}`
  return {
    uri: `sip:${place}${transport === undefined ? '' : `;transport=${transport}`}`,
    address: `sip:${escaped(credentials.username)}@${realm ?? hostOf(server)}`,
    routes: edge === undefined ? [] : [/;lr\b/i.test(edge) ? `<${edge}>` : `<${edge};lr>`],
    credentials,
  }
}

/** A registrar: its URI, our address of record there, the way to it, and how we prove who we are. */
export interface Registrar {
  readonly uri: string
  readonly address: string
  readonly routes: readonly string[]
  readonly credentials: { readonly username: string; readonly password: string }
}

/** Where calls to a gateway are sent: what a rule for egress is asked about. */
export function hostsOf({ server, proxy, route }: Gateway): readonly string[] {
  const place = proxy ?? route ?? server
  const bare = place.replace(/^sips?:/i, '').replace(/^[^@]*@/, '')
  const host = /^(\[[^\]]*\]|[^:;?]*)/.exec(bare)?.[1] ?? bare
  return [isAddress6(place) ? place : host]
}

const isAddress6 = (host: string): boolean => /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(host)

const hostOf = (server: string): string => (isAddress6(server) ? `[${server}]` : server)

/** What may stand in the user part of a URI (RFC 3261 section 25.1); the rest is escaped. */
const escaped = (user: string): string =>
  encodeURIComponent(user).replaceAll(/%(?:2B|26|3D|24|2C)/g, decodeURIComponent)
