import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { plainAddress, type Log } from '../base/index.ts'
import type { Admission } from './admission.ts'
import type { KeptCertificate } from './certificate.ts'
import { Deadline } from './deadline.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Flow } from './session.ts'
import type { Timers } from './timers.ts'
import type { OpenTransport, Transport } from './transport.ts'
import { isSecure, type TransportName } from './transport-name.ts'

/** The system asks a silent far end this often whether it is still there. */
export const keepAliveMs = 60_000
/** From the connection to the end of its TLS handshake, and of the one of its WebSocket. */
const handshakeMs = 10_000

/** What all connections have in common, whatever carries them. */
export interface ConnectionGround {
  readonly timers: Timers
  readonly log: Log
  readonly admission: Admission
  /** Handshakes cost: so many of one address. */
  readonly handshakes: RateLimit
  /** A connection that brings nothing for so long is closed. */
  readonly idleMs: number
  /** A connection is gone. */
  readonly onClosed: (flow: Flow) => void
}

export interface DoorwayOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly transport: Exclude<TransportName, 'udp'>
  readonly ground: ConnectionGround
  /** Of what is secure. */
  readonly certificate: KeptCertificate | undefined
  /**
   * Somebody is there, TLS is done. To be called at once by whoever takes it on without further handshake.
   *
   * @param ready it is as far as it should be
   */
  readonly onConnection: (socket: Socket, flow: Flow, ready: () => void) => void
}

/** Lets connections in, as many as there may be, and closes those that do not get on. */
export class Doorway {
  readonly #options: DoorwayOptions
  readonly #server: Server
  readonly #secure: TlsServer | undefined
  /** By flow: those whose handshakes are not over. */
  readonly #entering = new Map<string, { readonly socket: Socket; readonly deadline: Deadline; readonly flow: Flow }>()

  /** Rejects with the system's error when the port cannot be had. */
  static async open(options: DoorwayOptions): Promise<Doorway> {
    const doorway = new Doorway(options)
    await doorway.#listen()
    return doorway
  }

  private constructor(options: DoorwayOptions) {
    this.#options = options
    const { certificate, ground, transport } = options
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }, (socket) =>
      this.#enter(socket),
    )
    if (!isSecure(transport) || certificate === undefined) return
    const secure = createTlsServer(certificate.context, (socket) => {
      socket.on('error', (error) => ground.log.debug('sip.connection-failed', { error, transport }))
      this.#pass(socket)
    })
    secure.on('tlsClientError', (error, socket) => {
      ground.log.debug('sip.handshake-failed', { error, transport, address: plainAddress(socket.remoteAddress ?? '') })
    })
    certificate.onRenewed((context) => secure.setSecureContext(context))
    this.#secure = secure
  }

  get address(): AddressInfo {
    // A server that was given a host and a port has an address of this kind.
    return this.#server.address() as AddressInfo
  }

  /** Nobody comes in any more; those who are in stay. Resolves when they are all gone. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const { socket } of this.#entering.values()) socket.destroy()
    })
  }

  #listen(): Promise<void> {
    const { host, port, ground, transport } = this.#options
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        this.#server.on('error', (error) => ground.log.warn('sip.listening-failed', { error, transport }))
        resolve()
      })
    })
  }

  #enter(socket: Socket): void {
    const { ground, transport } = this.#options
    const { log, timers } = ground
    socket.on('error', (error) => log.debug('sip.connection-failed', { error, transport }))
    const flow = flowOf(socket, transport)
    if (flow === undefined) {
      socket.destroy()
      return
    }
    const isTooFast = transport !== 'tcp' && !ground.handshakes.allows(flow.address, timers.now())
    if (isTooFast || !ground.admission.enter(flow.address)) {
      log.warn('sip.connection-refused', { transport, address: flow.address, connections: ground.admission.size })
      socket.destroy()
      return
    }
    const deadline = new Deadline(timers, () => {
      log.debug('sip.handshake-too-slow', { transport, address: flow.address })
      socket.destroy()
    })
    deadline.set(handshakeMs)
    this.#entering.set(keyOf(flow), { socket, deadline, flow })
    socket.once('close', () => {
      deadline.clear()
      this.#entering.delete(keyOf(flow))
      ground.admission.leave(flow.address)
    })
    if (this.#secure === undefined) this.#pass(socket)
    else this.#secure.emit('connection', socket)
  }

  /** @param socket the one that was let in, or the one of TLS on top of it */
  #pass(socket: Socket): void {
    const { onConnection, transport } = this.#options
    const flow = flowOf(socket, transport)
    const entering = flow && this.#entering.get(keyOf(flow))
    if (entering === undefined) {
      socket.destroy()
      return
    }
    onConnection(socket, entering.flow, () => {
      entering.deadline.clear()
      this.#entering.delete(keyOf(entering.flow))
    })
  }
}

/** A transport whose connections come in by `doorway`. */
export function openBehind(
  doorway: Doorway,
  connections: Transport & { readonly size: number; close(): void },
): OpenTransport {
  return {
    transport: connections,
    port: doorway.address.port,
    get connections() {
      return connections.size
    },
    async close() {
      const closed = doorway.close()
      connections.close()
      await closed
    },
  }
}

/** @returns undefined when the far end has gone already */
function flowOf({ remoteAddress, remotePort }: Socket, transport: TransportName): Flow | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  return { transport, address: plainAddress(remoteAddress), port: remotePort }
}

/** Tells the connections of one transport apart: those made to one address for different names are not the same. */
export function keyOf({ address, port, name = '' }: Flow): string {
  return `${address} ${port} ${name}`
}
