import { Admission } from './admission.ts'
import { KeptCertificate } from './certificate.ts'
import type { ConnectionGround } from './doorway.ts'
import { RateLimit } from './rate-limit.ts'
import { defaultSipLimits, type SipPorts, type SipServerOptions, type TransportCounters } from './server-port.ts'
import type { Flow } from './session.ts'
import { openTcp, openTls } from './stream.ts'
import type { Timers } from './timers.ts'
import { usualPort, type TransportName } from './transport-name.ts'
import type { OpenTransport, Transport } from './transport.ts'
import { openUdp, type UdpTransport } from './udp.ts'
import { openWebSocket } from './websocket.ts'

/** How often a port that is free for TCP may turn out to be taken for UDP, when any port will do. */
const mostPortTries = 10

/** Everything that messages come and go by. */
export interface OpenTransports {
  /** As bound. */
  readonly address: string
  readonly ports: SipPorts
  /** All of them as one, by the flow's. */
  readonly transport: Transport
  readonly counters: Readonly<Record<TransportName, TransportCounters>>
  /** Of all kinds, those whose handshakes are not over included, now. */
  readonly connections: number
  /** `onClosed` is told of connections that are gone from now on. */
  watch(onClosed: (flow: Flow) => void): void
  /** Which port of ours belongs in Via and Contact. */
  portFor(transport: TransportName): number
  close(): Promise<void>
}

/** Rejects with the system's error when a port cannot be bound, and when the certificate is no good. */
export async function openTransports(options: SipServerOptions, timers: Timers): Promise<OpenTransports> {
  const opened = new Opened()
  try {
    return await openAll(
      options,
      groundOf(options, timers, (flow) => opened.onClosed(flow)),
      opened,
    )
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function openAll(options: SipServerOptions, ground: ConnectionGround, opened: Opened): Promise<OpenTransports> {
  const { clock, host, log, tls, webSockets } = options
  const { udp, tcp } = await openBoth(options, ground)
  opened.add('udp', udp)
  opened.add('tcp', tcp)
  const certificate = tls?.certificate && (await KeptCertificate.open(tls.certificate, clock, log))
  if (certificate !== undefined) opened.closers.push(() => certificate.close())
  const { authorities = [], verify = true, port } = tls ?? {}
  opened.add('tls', await openTls(ground, { authorities, verify }, { host, port, certificate }))
  const { port: wsPort, securePort, origins = [] } = webSockets ?? {}
  const web = { host, origins }
  if (wsPort !== undefined) {
    opened.add('ws', await openWebSocket(ground, { ...web, transport: 'ws', port: wsPort, certificate: undefined }))
  }
  if (securePort !== undefined && certificate !== undefined) {
    opened.add('wss', await openWebSocket(ground, { ...web, transport: 'wss', port: securePort, certificate }))
  }
  const { address, port: udpPort } = udp
  return {
    address,
    ports: { udp: udpPort, tls: opened.portOf('tls'), ws: opened.portOf('ws'), wss: opened.portOf('wss') },
    transport: opened,
    get counters() {
      return opened.counters
    },
    get connections() {
      return ground.admission.size
    },
    portFor: (transport) => opened.portOf(transport) ?? usualPort(transport),
    watch: (onClosed) => void (opened.onClosed = onClosed),
    close: () => opened.close(),
  }
}

function groundOf({ log, limits }: SipServerOptions, timers: Timers, onClosed: (flow: Flow) => void): ConnectionGround {
  const all = { ...defaultSipLimits, ...limits }
  return {
    timers,
    log,
    admission: new Admission({ most: all.mostConnections, mostPerSource: all.mostConnectionsPerSource }),
    handshakes: new RateLimit(all.handshakesPerSecondPerSource),
    idleMs: all.connectionIdleMs,
    onClosed,
  }
}

/** UDP and TCP on the same port. */
async function openBoth(
  { host, log, port }: SipServerOptions,
  ground: ConnectionGround,
): Promise<{ readonly udp: UdpTransport; readonly tcp: OpenTransport }> {
  for (let attempt = 1; ; attempt++) {
    const tcp = await openTcp(ground, host, port)
    try {
      return { tcp, udp: await openUdp(host, tcp.port ?? port, log) }
    } catch (error) {
      await tcp.close()
      if (port !== 0 || attempt === mostPortTries) throw error
    }
  }
}

interface Counted {
  readonly open: OpenTransport
  received: number
  sent: number
}

/** Those that are open, as one. */
class Opened implements Transport {
  readonly closers: (() => void)[] = []
  onClosed: (flow: Flow) => void = () => undefined
  readonly #all = new Map<TransportName, Counted>()

  add(name: TransportName, open: OpenTransport): void {
    this.#all.set(name, { open, received: 0, sent: 0 })
  }

  portOf(name: TransportName): number | undefined {
    return this.#all.get(name)?.open.port
  }

  get counters(): Record<TransportName, TransportCounters> {
    const of = (name: TransportName): TransportCounters => {
      const { open, received = 0, sent = 0 } = this.#all.get(name) ?? {}
      return { received, sent, connections: open?.connections ?? 0 }
    }
    return { udp: of('udp'), tcp: of('tcp'), tls: of('tls'), ws: of('ws'), wss: of('wss') }
  }

  send(message: Buffer, to: Flow): boolean {
    const found = this.#all.get(to.transport)
    if (found === undefined) return false
    found.sent++
    return found.open.transport.send(message, to)
  }

  connect(to: Flow): Promise<boolean> {
    return this.#all.get(to.transport)?.open.transport.connect(to) ?? Promise.resolve(false)
  }

  receive(onMessage: (message: Buffer, from: Flow) => void): void {
    for (const counted of this.#all.values()) {
      counted.open.transport.receive((message, from) => {
        counted.received++
        onMessage(message, from)
      })
    }
  }

  async close(): Promise<void> {
    for (const close of this.closers) close()
    await Promise.all([...this.#all.values()].map(({ open }) => open.close()))
  }
}
