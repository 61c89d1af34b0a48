import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { Agent } from './agent.ts'
import { resolver, systemNames } from './resolve.ts'
import { defaultSipLimits, type SipServer, type SipServerOptions } from './server-port.ts'
import type { Flow } from './session.ts'
import { openTcp, type TcpTransport } from './tcp.ts'
import { Timers } from './timers.ts'
import type { Transport } from './transport.ts'
import { openUdp, type UdpTransport } from './udp.ts'

/** How often a port that is free for TCP may turn out to be taken for UDP, when any port will do. */
const mostPortTries = 10

/** Binds UDP and TCP on the same port and takes calls. Rejects with the system's error when the port cannot be bound. */
export async function openSipServer(options: SipServerOptions): Promise<SipServer> {
  const limits = { ...defaultSipLimits, ...options.limits }
  const timers = new Timers(options.clock)
  const { udp, tcp } = await openBoth(options, timers)
  const addressTowards = (source: Flow): string => options.publicAddress ?? localAddress(udp.address, source.address)
  const agent = new Agent({
    resolve: resolver(systemNames(isIP(udp.address) === 6 ? 6 : 4)),
    ...options,
    limits,
    timers,
    transport: both(udp, tcp),
    nameTowards: (source) => ({ host: addressTowards(source), port: udp.port, product: options.product }),
  })
  return {
    address: udp.address,
    port: udp.port,
    get counters() {
      return { ...agent.counters, connections: tcp.connections }
    },
    addressTowards,
    invite: (call) => agent.invite(call),
    drain: () => agent.drain(),
    async close() {
      await agent.hangUpAll()
      agent.close()
      timers.close()
      await Promise.all([udp.close(), tcp.close()])
    },
  }
}

async function openBoth(
  options: SipServerOptions,
  timers: Timers,
): Promise<{ readonly udp: UdpTransport; readonly tcp: TcpTransport }> {
  const { host, log, registrar } = options
  const { mostConnections, mostConnectionsPerSource } = { ...defaultSipLimits, ...options.limits }
  const onClosed = (flow: Flow): void => registrar?.bindings.flowClosed(flow)
  for (let attempt = 1; ; attempt++) {
    const limits = { mostConnections, mostConnectionsPerSource }
    const tcp = await openTcp({ host, port: options.port, timers, log, ...limits, onClosed })
    try {
      return { tcp, udp: await openUdp(host, tcp.port, log) }
    } catch (error) {
      await tcp.close()
      if (options.port !== 0 || attempt === mostPortTries) throw error
    }
  }
}

/** One transport out of two, by the flow's. */
function both(udp: Transport, tcp: Transport): Transport {
  return {
    send: (message, to) => (to.transport === 'udp' ? udp : tcp).send(message, to),
    connect: (to) => (to.transport === 'udp' ? udp : tcp).connect(to),
    receive(onMessage) {
      udp.receive(onMessage)
      tcp.receive(onMessage)
    },
  }
}

/** The bound address; when that is every address: the loopback for loopback, else the first that is not internal. */
function localAddress(bound: string, source: string): string {
  if (!isUnspecified(bound)) return bound
  if (isIP(source) !== 0 && ipaddr.process(source).range() === 'loopback') return source
  const family = source.includes(':') ? 'IPv6' : 'IPv4'
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((address) => !address.internal && address.family === family)
  return found?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1')
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}
