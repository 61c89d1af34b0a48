import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { Agent } from './agent.ts'
import { knownNames } from './known-names.ts'
import { openTransports } from './open-transports.ts'
import { resolver, systemNames } from './resolve.ts'
import { defaultSipLimits, type SipServer, type SipServerOptions } from './server-port.ts'
import type { Flow } from './session.ts'
import { Timers } from './timers.ts'

/**
 * Binds UDP and TCP on the same port, and what else is wanted, and takes calls. Rejects with the system's error when a port
 * cannot be bound or the certificate cannot be used.
 */
export async function openSipServer(options: SipServerOptions): Promise<SipServer> {
  const limits = { ...defaultSipLimits, ...options.limits }
  const timers = new Timers(options.clock)
  const transports = await openTransports(options, timers)
  const { address, ports } = transports
  const addressTowards = (source: Flow): string => options.publicAddress ?? localAddress(address, source.address)
  const agent = new Agent({
    resolve: resolver(knownNames(systemNames(familyOf(address)), options.clock), options.clock),
    ...options,
    limits,
    timers,
    transport: transports.transport,
    nameTowards: (source) => ({
      host: addressTowards(source),
      port: transports.portFor(source.transport),
      product: options.product,
    }),
  })
  transports.watch((flow) => agent.onClosed(flow))
  return {
    address,
    port: ports.udp,
    ports,
    get counters() {
      const { connections, counters } = transports
      return { ...agent.counters, connections, transports: counters }
    },
    addressTowards,
    invite: (call) => agent.invite(call),
    tellMessages: (to, contacts, summary) => agent.tellMessages(to, contacts, summary),
    registration: (options) => agent.registration(options),
    drain: () => agent.drain(),
    async close() {
      await agent.hangUpAll()
      agent.close()
      timers.close()
      await transports.close()
    },
  }
}

/** Which addresses can be reached: `::` takes both families, any other address its own. */
function familyOf(bound: string): 0 | 4 | 6 {
  if (bound === '::') return 0
  return isIP(bound) === 6 ? 6 : 4
}

/** The bound address; when that is every address: the loopback for loopback, else the first that is not internal. */
function localAddress(bound: string, source: string): string {
  if (!isUnspecified(bound)) return bound
  if (isIP(source) !== 0 && ipaddr.process(source).range() === 'loopback') return source
  const family = source.includes(':') ? 'IPv6' : 'IPv4'
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((address) => !address.internal && address.family === family && !isLinkLocal(address.address))
  return found?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1')
}

/** Of IPv6: means nothing without the interface that it belongs to. */
const isLinkLocal = (address: string): boolean => ipaddr.process(address).range() === 'linkLocal'

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}
