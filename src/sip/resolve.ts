import { lookup, Resolver } from 'node:dns/promises'
import { randomBetween } from '../base/index.ts'
import type { HopTarget, Resolve } from './next-hop.ts'
import type { Flow } from './session.ts'

export interface ServiceRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** Whoever knows names; a rejection means that there is nothing. */
export interface NameServer {
  services(name: string): Promise<readonly ServiceRecord[]>
  addresses(name: string): Promise<readonly string[]>
}

/** Two tries of this long for service records; for addresses the limits of the system. */
const dnsMs = 2_000
const mostHops = 8

/**
 * The system's own: SRV of the DNS, addresses of the DNS and of /etc/hosts.
 * @param family of the addresses; a socket of one does not reach the other
 */
export function systemNames(family: 4 | 6): NameServer {
  const resolver = new Resolver({ timeout: dnsMs, tries: 2 })
  return {
    services: (name) => resolver.resolveSrv(name),
    addresses: async (name) => (await lookup(name, { all: true, family })).map(({ address }) => address),
  }
}

/**
 * RFC 3263 section 4 without NAPTR: SRV records where there is neither a port nor an address, over UDP unless the URI
 * says TCP, then addresses; at most 8 hops.
 */
export function resolver(names: NameServer): Resolve {
  return async (target) => {
    const { host, port, transport = 'udp' } = target
    const records = port === undefined ? await servicesOf(names, target) : []
    if (records.length === 0) return hopsAt(names, host, transport, port ?? 5060)
    const hops: Flow[] = []
    for (const { name, port: theirs } of inOrder(records)) {
      if (hops.length >= mostHops) break
      hops.push(...(await hopsAt(names, name, transport, theirs).catch(() => [])))
    }
    return hops.slice(0, mostHops)
  }
}

async function servicesOf(
  names: NameServer,
  { host, transport = 'udp' }: HopTarget,
): Promise<readonly ServiceRecord[]> {
  try {
    return await names.services(`_sip._${transport}.${host}`)
  } catch {
    return [] // Most names have none, and some servers do not answer for them at all.
  }
}

async function hopsAt(names: NameServer, name: string, transport: Flow['transport'], port: number): Promise<Flow[]> {
  const addresses = await names.addresses(name)
  return addresses.slice(0, mostHops).map((address) => ({ transport, address, port }))
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
