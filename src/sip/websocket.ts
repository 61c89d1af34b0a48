import { isUtf8 } from 'node:buffer'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { KeptCertificate } from './certificate.ts'
import { mostUnsentBytes, pong } from './connections.ts'
import { Idleness } from './deadline.ts'
import { Doorway, keyOf, openBehind, type ConnectionGround } from './doorway.ts'
import { mostMessageBytes } from './message.ts'
import type { Flow } from './session.ts'
import type { OnMessage, OpenTransport, Transport } from './transport.ts'

const subprotocol = 'sip'
const mostHeaderBytes = 8_192
/** RFC 6455 section 7.4.1: our end is going away. */
const goingAway = 1001

export interface WebSocketOptions {
  readonly transport: 'ws' | 'wss'
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Of wss. */
  readonly certificate: KeptCertificate | undefined
  /** Whose pages may connect (`https://phone.example`); `*`: everybody's. What is no browser says no origin and may always. */
  readonly origins: readonly string[]
}

/**
 * SIP over WebSocket (RFC 7118): one message a frame. Clients connect to us, never we to them; whatever is for them goes
 * by their connection, because the `.invalid` host in their Contact leads nowhere. Rejects with the system's error.
 */
export async function openWebSocket(ground: ConnectionGround, options: WebSocketOptions): Promise<OpenTransport> {
  const sockets = new WebSockets(ground, options)
  const { transport, host, port, certificate } = options
  const doorway = await Doorway.open({
    transport,
    host,
    port,
    certificate,
    ground,
    onConnection: (socket, flow, ready) => sockets.begin(socket, flow, ready),
  })
  return openBehind(doorway, sockets)
}

/** Somebody whose request for a WebSocket is waited for. */
interface Guest {
  readonly flow: Flow
  readonly socket: Socket
  readonly ready: () => void
}

class WebSockets implements Transport {
  readonly #ground: ConnectionGround
  readonly #origins: ReadonlySet<string>
  readonly #open = new Map<string, { readonly web: WebSocket; readonly socket: Socket }>()
  readonly #guests = new WeakMap<Duplex, Guest>()
  readonly #http = createServer({ maxHeaderSize: mostHeaderBytes }, (_request, response) => upgradeRequired(response))
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: mostMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: () => subprotocol,
  })
  #onMessage: OnMessage | undefined

  constructor(ground: ConnectionGround, { origins }: WebSocketOptions) {
    this.#ground = ground
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()))
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  get size(): number {
    return this.#open.size
  }

  receive(onMessage: OnMessage): void {
    this.#onMessage = onMessage
  }

  begin(socket: Socket, flow: Flow, ready: () => void): void {
    this.#guests.set(socket, { flow, socket, ready })
    this.#http.emit('connection', socket)
  }

  send(message: Buffer, to: Flow): boolean {
    const found = this.#open.get(keyOf(to))
    return found !== undefined && write(found.web, message)
  }

  connect(to: Flow): Promise<boolean> {
    return Promise.resolve(this.#open.has(keyOf(to)))
  }

  close(): void {
    this.#http.closeAllConnections()
    for (const { web, socket } of this.#open.values()) {
      web.close(goingAway)
      // There is nobody left to wait for the other side's farewell.
      socket.destroySoon()
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const guest = this.#guests.get(socket)
    const refusal = this.#refusalOf(request)
    if (guest === undefined || refusal !== undefined) {
      const { address = '' } = guest?.flow ?? {}
      this.#ground.log.debug('sip.websocket-refused', { address, status: refusal, origin: request.headers.origin })
      socket.end(`HTTP/1.1 ${refusal ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    this.#upgrades.handleUpgrade(request, socket, head, (web) => {
      guest.ready()
      this.#take(web, guest)
    })
  }

  #refusalOf({ headers }: IncomingMessage): string | undefined {
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim().toLowerCase())
    if (!offered.includes(subprotocol)) return '400 Bad Request'
    const { origin } = headers
    const mayCome = origin === undefined || this.#origins.has('*') || this.#origins.has(origin.toLowerCase())
    return mayCome ? undefined : '403 Forbidden'
  }

  #take(web: WebSocket, { flow, socket }: Guest): void {
    const { idleMs, log, onClosed, timers } = this.#ground
    const key = keyOf(flow)
    this.#open.set(key, { web, socket })
    const idleness = new Idleness(timers, idleMs, () => web.terminate())
    web.on('error', (error) => log.debug('sip.connection-failed', { error, transport: flow.transport }))
    web.on('ping', () => idleness.end())
    web.on('message', (data) => {
      idleness.end()
      const message = bytesOf(data)
      // RFC 7118 section 6: the keep-alive of RFC 5626 may be used here too.
      if (isBlank(message)) {
        if (message.length >= 4) write(web, pong)
      } else this.#onMessage?.(message, flow)
    })
    web.once('close', () => {
      idleness.stop()
      if (this.#open.get(key)?.web !== web) return
      this.#open.delete(key)
      onClosed(flow)
    })
  }
}

/** Whoever comes with a browser and no WebSocket. */
function upgradeRequired(response: ServerResponse): void {
  response.writeHead(426, { upgrade: 'websocket', connection: 'close', 'content-length': 0 }).end()
}

/** Text where it is text, which is what clients in browsers want (RFC 7118 section 4.2). */
function write(socket: WebSocket, message: Buffer): boolean {
  if (socket.readyState !== socket.OPEN) return false
  socket.send(message, { binary: !isUtf8(message) })
  if (socket.bufferedAmount > mostUnsentBytes) socket.terminate()
  return true
}

function bytesOf(data: Buffer | ArrayBuffer | readonly Buffer[]): Buffer {
  if (Buffer.isBuffer(data)) return data
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.concat(data)
}

const isBlank = (message: Buffer): boolean => message.every((byte) => byte === 0x0d || byte === 0x0a)
