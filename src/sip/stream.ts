import { isIP, connect } from 'node:net'
import { connect as connectTls, createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import type { Certificate, KeptCertificate } from './certificate.ts'
import { Connections, type Dial } from './connections.ts'
import { Doorway, keepAliveMs, openBehind, type ConnectionGround } from './doorway.ts'
import type { OpenTransport } from './transport.ts'

/** Whom we believe when we connect by TLS. */
export interface TlsTrust {
  /** Certificate authorities besides the usual ones, as PEM. */
  readonly authorities: readonly string[]
  /** False: anybody may be whom he says, which is for laboratories. */
  readonly verify: boolean
}

const ofTcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }

/** Listens for TCP connections, and makes them. Rejects with the system's error. */
export async function openTcp(ground: ConnectionGround, host: string, port: number): Promise<OpenTransport> {
  const connections = new Connections(ground, (to, ready) =>
    connect({ host: to.address, port: to.port, ...ofTcp }, ready),
  )
  return listening(connections, ground, { transport: 'tcp', host, port, certificate: undefined })
}

/**
 * TLS on top of TCP (RFC 3261 section 26.3.1): makes connections, and takes them where there is a port and a certificate.
 * Rejects with the system's error.
 */
export async function openTls(
  ground: ConnectionGround,
  trust: TlsTrust,
  { host, port, certificate }: { host: string; port: number | undefined; certificate: KeptCertificate | undefined },
): Promise<OpenTransport> {
  const connections = new Connections(ground, dialTls(trust, certificate))
  if (port !== undefined && certificate !== undefined) {
    return listening(connections, ground, { transport: 'tls', host, port, certificate })
  }
  return {
    transport: connections,
    port: undefined,
    get connections() {
      return connections.size
    },
    close: async () => connections.close(),
  }
}

/** RFC 5922: who is called must show a certificate for the name that was asked for. Ours is shown when it is wanted. */
function dialTls({ authorities, verify }: TlsTrust, certificate: KeptCertificate | undefined): Dial {
  // Made once: to read all authorities takes longer than a handshake.
  const contextWith = (own: Certificate | undefined): SecureContext =>
    createSecureContext({ ...own, ...(authorities.length === 0 ? {} : { ca: [...rootCertificates, ...authorities] }) })
  let secureContext = contextWith(certificate?.context)
  certificate?.onRenewed((renewed) => (secureContext = contextWith(renewed)))
  return (to, ready) => {
    const { address, port, name = address } = to
    const socket = connectTls({
      host: address,
      port,
      ...ofTcp,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      secureContext,
      rejectUnauthorized: verify,
    })
    return socket.once('secureConnect', ready)
  }
}

async function listening(
  connections: Connections,
  ground: ConnectionGround,
  at: {
    readonly transport: 'tcp' | 'tls'
    readonly host: string
    readonly port: number
    readonly certificate: KeptCertificate | undefined
  },
): Promise<OpenTransport> {
  const doorway = await Doorway.open({
    ...at,
    ground,
    onConnection(socket, flow, ready) {
      ready()
      connections.begin(socket, flow)
    },
  })
  return openBehind(doorway, connections)
}
