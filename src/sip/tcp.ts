import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Log } from '../base/index.ts'
import { Framer } from './framing.ts'
import type { Flow } from './session.ts'
import type { Timer, Timers } from './timers.ts'
import type { OnMessage, Transport } from './transport.ts'

/** A message that has begun must be whole after this; a new connection must say something in it. */
const partialMs = 32_000
/** What waits to be sent to somebody who does not read. */
const mostUnsentBytes = 1024 * 1024
/** A far end that does not answer at all is given up long before timer B, so that another address can be tried. */
const connectMs = 5_000
/** The system asks a silent far end this often whether it is still there. */
const keepAliveMs = 60_000

export interface TcpOptions {
  readonly host: string
  readonly port: number
  readonly timers: Timers
  readonly log: Log
  readonly mostConnections: number
  readonly mostConnectionsPerSource: number
  /** A connection is gone. */
  readonly onClosed?: ((flow: Flow) => void) | undefined
}

export interface TcpTransport extends Transport {
  readonly address: string
  readonly port: number
  readonly connections: number
  close(): Promise<void>
}

/** Listens for TCP connections; answers and our own requests go back on them. Rejects with the system's error. */
export async function openTcp(options: TcpOptions): Promise<TcpTransport> {
  const connections = new Connections(options)
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }, (socket) =>
    connections.add(socket),
  )
  await listening(server, options)
  server.on('error', (error) => options.log.warn('sip.tcp-failed', { error }))
  // A server that was given a host and a port has an address of this kind.
  const { address, port } = server.address() as AddressInfo
  return {
    address,
    port,
    get connections() {
      return connections.size
    },
    send: (message, to) => connections.send(message, to),
    connect: (to) => connections.connect(to),
    receive: (onMessage) => connections.receive(onMessage),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        connections.close()
      }),
  }
}

function listening(server: Server, { host, port }: TcpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** The connection table, by the far end's address and port. */
class Connections {
  readonly #options: TcpOptions
  readonly #sockets = new Map<string, Socket>()
  readonly #perSource = new Map<string, number>()
  /** Connections of ours that are being made. */
  readonly #connecting = new Map<string, Promise<boolean>>()
  readonly #begun = new Set<Socket>()
  #onMessage: OnMessage | undefined

  constructor(options: TcpOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#sockets.size
  }

  receive(onMessage: OnMessage): void {
    this.#onMessage = onMessage
  }

  add(socket: Socket): void {
    const { remoteAddress: address, remotePort: port } = socket
    const { log, mostConnections, mostConnectionsPerSource, timers } = this.#options
    socket.on('error', (error) => log.debug('sip.connection-failed', { error }))
    if (address === undefined || port === undefined) {
      socket.destroy()
      return
    }
    const ofSource = this.#perSource.get(address) ?? 0
    if (this.#sockets.size >= mostConnections || ofSource >= mostConnectionsPerSource) {
      log.warn('sip.connection-refused', { address, connections: this.#sockets.size })
      socket.destroy()
      return
    }
    const flow: Flow = { transport: 'tcp', address, port }
    this.#sockets.set(keyOf(flow), socket)
    this.#perSource.set(address, ofSource + 1)
    const deadline = new Deadline(timers, () => socket.destroy())
    deadline.set()
    socket.on('data', (chunk) => this.#onData(chunk, socket, flow, deadline))
    socket.on('close', () => {
      deadline.clear()
      this.#remove(flow)
      this.#options.onClosed?.(flow)
    })
  }

  send(message: Buffer, to: Flow): boolean {
    const socket = this.#sockets.get(keyOf(to))
    return socket !== undefined && write(socket, message)
  }

  /** Concurrent callers share one connection. */
  connect(to: Flow): Promise<boolean> {
    const key = keyOf(to)
    if (this.#sockets.get(key)?.writable === true) return Promise.resolve(true)
    const begun = this.#connecting.get(key) ?? this.#connect(to).finally(() => this.#connecting.delete(key))
    this.#connecting.set(key, begun)
    return begun
  }

  #connect({ address: host, port }: Flow): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
      const timer = this.#options.timers.set(connectMs, () => socket.destroy())
      const settle = (isThere: boolean): void => {
        this.#options.timers.clear(timer)
        this.#begun.delete(socket)
        resolve(isThere)
      }
      this.#begun.add(socket)
      socket.once('connect', () => {
        this.add(socket)
        settle(!socket.destroyed)
      })
      socket.once('error', (error) => this.#options.log.debug('sip.not-connected', { error, address: host }))
      socket.once('close', () => settle(false))
    })
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.destroySoon()
    for (const socket of this.#begun) socket.destroy()
  }

  readonly #framers = new WeakMap<Socket, Framer>()

  #onData(chunk: Buffer, socket: Socket, flow: Flow, deadline: Deadline): void {
    const framer = this.#framers.get(socket) ?? new Framer()
    this.#framers.set(socket, framer)
    const { messages, pings, isBroken } = framer.push(chunk)
    for (let ping = 0; ping < pings; ping++) write(socket, pong)
    for (const message of messages) this.#onMessage?.(message, flow)
    if (isBroken) socket.destroySoon()
    if (!framer.isWaiting) deadline.clear()
    else if (messages.length > 0 || !deadline.isSet) deadline.set()
  }

  #remove(flow: Flow): void {
    this.#sockets.delete(keyOf(flow))
    const left = (this.#perSource.get(flow.address) ?? 1) - 1
    if (left === 0) this.#perSource.delete(flow.address)
    else this.#perSource.set(flow.address, left)
  }
}

class Deadline {
  readonly #timers: Timers
  readonly #pass: () => void
  #timer: Timer | undefined

  constructor(timers: Timers, pass: () => void) {
    this.#timers = timers
    this.#pass = pass
  }

  get isSet(): boolean {
    return this.#timer !== undefined
  }

  set(): void {
    this.clear()
    this.#timer = this.#timers.set(partialMs, this.#pass)
  }

  clear(): void {
    this.#timers.clear(this.#timer)
    this.#timer = undefined
  }
}

/** @returns false when it cannot be sent; a far end that does not read is cut off */
function write(socket: Socket, bytes: Buffer): boolean {
  if (!socket.writable) return false
  socket.write(bytes)
  if (socket.writableLength > mostUnsentBytes) socket.destroy()
  return true
}

/** RFC 5626 section 4.4.1. */
const pong = Buffer.from('\r\n')

function keyOf({ address, port }: Flow): string {
  return `${address} ${port}`
}
