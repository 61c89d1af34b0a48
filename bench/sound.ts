import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** What one listener heard of one call. Times are `performance.now()`. */
export interface Heard {
  readonly packets: number
  readonly lost: number
  readonly firstAt: number
  /** How late each packet came, against the most punctual one of its call, in milliseconds. */
  readonly lateMs: readonly number[]
}

interface Stream {
  readonly source: number
  firstAt: number
  firstTimestamp: number
  firstSequence: number
  highest: number
  packets: number
  /** Arrival minus due time of each packet. */
  readonly offsets: number[]
}

/** Listens closely to one call at a time on one port. */
export class Listener {
  readonly #socket: Socket
  #stream: Stream | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (packet) => this.#take(packet))
  }

  static async open(): Promise<Listener> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Listener(socket)
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** Says something to the server's `port`. */
  say(packet: Buffer, port: number): void {
    this.#socket.send(packet, port, '127.0.0.1')
  }

  /** What was heard since the last time. */
  take(): Heard | undefined {
    const stream = this.#stream
    this.#stream = undefined
    if (stream === undefined) return undefined
    const earliest = Math.min(...stream.offsets)
    const expected = stream.highest - stream.firstSequence + 1
    return {
      packets: stream.packets,
      lost: expected - stream.packets,
      firstAt: stream.firstAt,
      lateMs: stream.offsets.map((offset) => offset - earliest),
    }
  }

  close(): void {
    this.#socket.close()
  }

  #take(packet: Buffer): void {
    const now = performance.now()
    if (packet.length < 12 || (packet[1] ?? 0) % 128 !== 0) return
    const sequence = packet.readUInt16BE(2)
    const timestamp = packet.readUInt32BE(4)
    const source = packet.readUInt32BE(8)
    if (this.#stream?.source !== source) this.#stream = undefined // what is left of the call before
    const stream = (this.#stream ??= {
      source,
      firstAt: now,
      firstTimestamp: timestamp,
      firstSequence: sequence,
      highest: sequence,
      packets: 0,
      offsets: [],
    })
    const ahead = ((sequence - stream.highest + 0x1_8000) & 0xffff) - 0x8000
    if (ahead > 0) stream.highest += ahead
    stream.packets++
    stream.offsets.push(now - ((timestamp - stream.firstTimestamp) >>> 0) / 8)
  }
}

/** Ports that take sound and never read it: the kernel drops what nobody hears, at no cost to the one who measures. */
export async function openSinks(count: number): Promise<{ readonly ports: readonly number[]; close(): void }> {
  const sockets: Socket[] = []
  for (let index = 0; index < count; index++) {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 2048 })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    sockets.push(socket)
  }
  return {
    ports: sockets.map((socket) => socket.address().port),
    close: () => {
      for (const socket of sockets) socket.close()
    },
  }
}
