import { lookup, Resolver } from 'node:dns/promises'
import { Failure, never, randomBetween, within, type Clock } from '../base/index.ts'
import type { HopTarget, Resolve } from './next-hop.ts'
import type { Flow } from './session.ts'
import { usualPort, type DialledTransport } from './transport-name.ts'

/** A NAPTR record (RFC 3403), as far as RFC 3263 has a use for it. */
export interface NamePointer {
  /** `s`: `replacement` has service records. */
  readonly flags: string
  /** `SIP+D2U`, `SIP+D2T`, `SIPS+D2T`; others are not ours. */
  readonly service: string
  readonly replacement: string
  readonly order: number
  readonly preference: number
}

export interface ServiceRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** Whoever knows names; a rejection means that there is nothing. */
export interface NameServer {
  pointers(name: string): Promise<readonly NamePointer[]>
  services(name: string): Promise<readonly ServiceRecord[]>
  addresses(name: string): Promise<readonly string[]>
}

/** Two tries of this long for records; for addresses the limits of the system. */
const dnsMs = 2_000
/** For everything that one call asks. */
const resolveMs = 8_000
const mostHops = 8

/**
 * The system's own: NAPTR and SRV of the DNS, addresses of the DNS and of /etc/hosts.
 * @param family of the addresses; a socket of one does not reach the other. 0: ours reaches both
 */
export function systemNames(family: 0 | 4 | 6): NameServer {
  const resolver = new Resolver({ timeout: dnsMs, tries: 2 })
  return {
    pointers: (name) => resolver.resolveNaptr(name),
    services: (name) => resolver.resolveSrv(name),
    addresses: async (name) => (await lookup(name, { all: true, family })).map(({ address }) => address),
  }
}

/** How each transport is called in the DNS (RFC 3263 section 4.1), in the order that we want them in. */
const called: { readonly [T in DialledTransport]: { readonly service: string; readonly prefix: string } } = {
  udp: { service: 'SIP+D2U', prefix: '_sip._udp' },
  tcp: { service: 'SIP+D2T', prefix: '_sip._tcp' },
  tls: { service: 'SIPS+D2T', prefix: '_sips._tcp' },
}
const transports: readonly DialledTransport[] = ['udp', 'tcp', 'tls']

/** Where service records are asked for. */
interface Place {
  readonly transport: DialledTransport
  readonly name: string
}

/**
 * RFC 3263 section 4: what NAPTR records say where the URI says no transport; SRV records where it says no port; then
 * addresses, at most 8. All that is found is there to be tried in turn (section 4.3).
 *
 * @throws SIP_DNS_TIMEOUT
 */
export function resolver(names: NameServer, clock: Clock): Resolve {
  return (target) =>
    within(
      { clock, ms: resolveMs, signal: never },
      () => new Failure('SIP_DNS_TIMEOUT', { host: target.host, timeoutMs: resolveMs }),
      () => hopsOf(names, target),
    )
}

async function hopsOf(names: NameServer, target: HopTarget): Promise<readonly Flow[]> {
  const { host, isSips, transport = isSips === true ? 'tls' : 'udp', port } = target
  if (port !== undefined) return hopsAt(names, host, { transport, port, host })
  const found = await Promise.all((await placesOf(names, target)).map((place) => offersAt(names, place)))
  const offers = found.flat()
  if (offers.length === 0) return hopsAt(names, host, { transport, port: usualPort(transport), host })
  const hops: Flow[] = []
  for (const { transport: theirs, record } of offers) {
    if (hops.length >= mostHops) break
    // RFC 2782: a dot says that there is no such service here.
    if (record.name === '' || record.name === '.') continue
    const at = { transport: theirs, port: record.port, host }
    hops.push(...(await hopsAt(names, record.name, at).catch(() => [])))
  }
  return hops.slice(0, mostHops)
}

/** Where to ask for service records, the most wanted first. */
async function placesOf(names: NameServer, { host, transport, isSips }: HopTarget): Promise<readonly Place[]> {
  const usable = transports.filter((one) =>
    transport === undefined ? isSips !== true || one === 'tls' : one === transport,
  )
  const pointers = transport === undefined ? await orNone(names.pointers(host)) : []
  const pointed = pointers
    .toSorted((one, other) => one.order - other.order || one.preference - other.preference)
    .flatMap(({ flags, service, replacement }) => {
      const known = usable.find((one) => called[one].service === service.toUpperCase())
      return known === undefined || flags.toLowerCase() !== 's' ? [] : [{ transport: known, name: replacement }]
    })
    .slice(0, mostHops)
  return pointed.length > 0 ? pointed : usable.map((one) => ({ transport: one, name: `${called[one].prefix}.${host}` }))
}

async function offersAt(
  names: NameServer,
  { transport, name }: Place,
): Promise<readonly { readonly transport: DialledTransport; readonly record: ServiceRecord }[]> {
  return inOrder(await orNone(names.services(name))).map((record) => ({ transport, record }))
}

/** Most names have no such records, and some servers do not answer for them at all. */
async function orNone<T>(found: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await found
  } catch {
    return []
  }
}

/** @param host of the URI: a certificate is made out to it, not to what the DNS says (RFC 5922 section 4) */
async function hopsAt(
  names: NameServer,
  name: string,
  { transport, port, host }: { readonly transport: DialledTransport; readonly port: number; readonly host: string },
): Promise<readonly Flow[]> {
  const addresses = await names.addresses(name)
  const secured = transport === 'tls' ? { name: host.toLowerCase() } : {}
  return addresses.slice(0, mostHops).map((address) => ({ transport, address, port, ...secured }))
}

/** RFC 2782: by priority; among equals each is first as often as its weight says. */
function inOrder(records: readonly ServiceRecord[]): readonly ServiceRecord[] {
  const left = records.toSorted((one, other) => one.priority - other.priority || one.weight - other.weight)
  const ordered: ServiceRecord[] = []
  while (left.length > 0) {
    const equals = left.filter(({ priority }) => priority === left[0]?.priority)
    let point = randomBetween(0, equals.reduce((sum, { weight }) => sum + weight, 0) + 1)
    const at = equals.findIndex(({ weight }) => (point -= weight) <= 0)
    ordered.push(...left.splice(Math.max(at, 0), 1))
  }
  return ordered
}
