import { isIP } from 'node:net'
import { parseNameAddress } from './address.ts'
import type { InviteOptions } from './outgoing-port.ts'
import type { Flow } from './session.ts'
import { bareHost, parseUri, uriParam } from './uri.ts'

/** Where a SIP URI points to, before anybody has been asked for addresses. */
export interface HopTarget {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number | undefined
  /** As the URI says. */
  readonly transport: Flow['transport'] | undefined
}

/** Finds the addresses of a target, the best first (RFC 3263). An empty list or a rejection: there are none. */
export type Resolve = (target: HopTarget) => Promise<readonly Flow[]>

/** What the first route, else the Request-URI, says. @returns undefined for what we cannot reach: sips, tel, TLS */
export function hopTargetOf({ uri, routes = [] }: Pick<InviteOptions, 'uri' | 'routes'>): HopTarget | undefined {
  const [route] = routes
  const found = parseUri(route === undefined ? uri : (parseNameAddress(route)?.uri ?? ''))
  if (found?.scheme !== 'sip') return undefined
  const transport = uriParam(found, 'transport')?.toLowerCase()
  if (transport !== undefined && transport !== 'udp' && transport !== 'tcp') return undefined
  return { host: bareHost(found.host), port: found.port, transport }
}

/** Asks `resolve` unless the target is an address (RFC 3263 section 4). */
export async function hopsOf(target: HopTarget, resolve: Resolve | undefined): Promise<readonly Flow[]> {
  const { host, port = 5060, transport = 'udp' } = target
  if (isIP(host) !== 0) return [{ transport, address: host, port }]
  return resolve === undefined ? [] : resolve(target)
}
