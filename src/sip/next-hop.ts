import { isIP } from 'node:net'
import { parseNameAddress } from './address.ts'
import type { InviteOptions } from './outgoing-port.ts'
import type { Flow } from './session.ts'
import { usualPort, type DialledTransport } from './transport-name.ts'
import { bareHost, parseUri, uriParam } from './uri.ts'

/** Where a SIP URI points to, before anybody has been asked for addresses. */
export interface HopTarget {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number | undefined
  /** As the URI says. */
  readonly transport: DialledTransport | undefined
  /** The URI wants every hop to be secure. */
  readonly isSips?: boolean
}

/** Finds the addresses of a target, the best first (RFC 3263). An empty list or a rejection: there are none. */
export type Resolve = (target: HopTarget) => Promise<readonly Flow[]>

/** What the first route, else the Request-URI, says. @returns undefined for what we cannot reach: tel, WebSockets */
export function hopTargetOf({ uri, routes = [] }: Pick<InviteOptions, 'uri' | 'routes'>): HopTarget | undefined {
  const [route] = routes
  const found = parseUri(route === undefined ? uri : (parseNameAddress(route)?.uri ?? ''))
  if (found?.scheme !== 'sip' && found?.scheme !== 'sips') return undefined
  const { host, port, scheme } = found
  const transport = dialled(uriParam(found, 'transport')?.toLowerCase(), scheme === 'sips')
  if (transport === 'none') return undefined
  // RFC 3261 section 26.2.2: a call to `sips:` goes by TLS to its proxy too, whatever the way to that is called.
  const isSipsCall = isSips({ uri, routes })
  if (isSipsCall && transport !== undefined && transport !== 'tls') return undefined
  return { host: bareHost(host), port, transport, ...(isSipsCall ? { isSips: true } : {}) }
}

/** Must every hop be secure? */
export function isSips({ uri, routes = [] }: Pick<InviteOptions, 'uri' | 'routes'>): boolean {
  const [route = uri] = routes
  return [uri, parseNameAddress(route)?.uri ?? ''].some((text) => parseUri(text)?.scheme === 'sips')
}

/** What the parameter `transport` means; of `sips:`, `tcp` is what TLS runs on (RFC 3261 section 26.2.2). */
function dialled(param: string | undefined, isSipsUri: boolean): DialledTransport | undefined | 'none' {
  if (param === undefined) return undefined
  if (param === 'tls' || (param === 'tcp' && isSipsUri)) return 'tls'
  return (param === 'udp' || param === 'tcp') && !isSipsUri ? param : 'none'
}

/** Asks `resolve` unless the target is an address (RFC 3263 section 4). */
export async function hopsOf(target: HopTarget, resolve: Resolve | undefined): Promise<readonly Flow[]> {
  const { host, isSips: mustBeSecure, transport = mustBeSecure === true ? 'tls' : 'udp' } = target
  if (isIP(host) !== 0) return [{ transport, address: host, port: target.port ?? usualPort(transport) }]
  return resolve === undefined ? [] : resolve(target)
}
