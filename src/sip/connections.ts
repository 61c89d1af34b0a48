import type { Socket } from 'node:net'
import { Deadline, Idleness } from './deadline.ts'
import { keyOf, type ConnectionGround } from './doorway.ts'
import { Framer } from './framing.ts'
import type { Flow } from './session.ts'
import type { OnMessage, Transport } from './transport.ts'

/** A message that has begun must be whole after this; a new connection must say something in it. */
const partialMs = 32_000
/** What waits to be sent to somebody who does not read. */
export const mostUnsentBytes = 1024 * 1024
/** A far end that does not answer at all is given up long before timer B, so that another address can be tried. */
const connectMs = 5_000

/** Begins a connection of ours. @param ready it can be written to, and is whom it should be */
export type Dial = (to: Flow, ready: () => void) => Socket

/** The connections of one transport whose bytes are cut into messages by Content-Length: TCP, and TLS on top of it. */
export class Connections implements Transport {
  readonly #ground: ConnectionGround
  readonly #dial: Dial
  readonly #sockets = new Map<string, Socket>()
  /** Connections of ours that are being made. */
  readonly #connecting = new Map<string, Promise<boolean>>()
  readonly #begun = new Set<Socket>()
  #onMessage: OnMessage | undefined

  constructor(ground: ConnectionGround, dial: Dial) {
    this.#ground = ground
    this.#dial = dial
  }

  get size(): number {
    return this.#sockets.size
  }

  receive(onMessage: OnMessage): void {
    this.#onMessage = onMessage
  }

  /** From now on messages go back and forth. @param socket counted already, and with a listener for errors */
  begin(socket: Socket, flow: Flow): void {
    const { idleMs, timers, onClosed } = this.#ground
    const key = keyOf(flow)
    this.#sockets.set(key, socket)
    const framer = new Framer()
    const cutOff = (): void => void socket.destroy()
    const deadline = new Deadline(timers, cutOff)
    const idleness = new Idleness(timers, idleMs, cutOff)
    deadline.set(partialMs)
    socket.on('data', (chunk) => {
      idleness.end()
      this.#take(framer, chunk, socket, flow, deadline)
    })
    socket.once('close', () => {
      deadline.clear()
      idleness.stop()
      // The far end may come back from the same port before this one is noticed to be gone.
      if (this.#sockets.get(key) !== socket) return
      this.#sockets.delete(key)
      onClosed(flow)
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

  close(): void {
    for (const socket of this.#sockets.values()) socket.destroySoon()
    for (const socket of this.#begun) socket.destroy()
  }

  #connect(to: Flow): Promise<boolean> {
    const { admission, log, timers } = this.#ground
    const { address, transport } = to
    if (!admission.enter(address)) {
      log.warn('sip.connection-refused', { transport, address, connections: admission.size })
      return Promise.resolve(false)
    }
    return new Promise((resolve) => {
      const socket = this.#dial(to, () => {
        this.begin(socket, to)
        settle(!socket.destroyed)
      })
      const timer = timers.set(connectMs, () => socket.destroy())
      const settle = (isThere: boolean): void => {
        timers.clear(timer)
        this.#begun.delete(socket)
        resolve(isThere)
      }
      this.#begun.add(socket)
      socket.on('error', (error) => log.debug('sip.not-connected', { error, transport, address }))
      socket.once('close', () => {
        admission.leave(address)
        settle(false)
      })
    })
  }

  #take(framer: Framer, chunk: Buffer, socket: Socket, flow: Flow, deadline: Deadline): void {
    const { messages, pings, isBroken } = framer.push(chunk)
    for (let ping = 0; ping < pings; ping++) write(socket, pong)
    for (const message of messages) this.#onMessage?.(message, flow)
    if (isBroken) socket.destroySoon()
    if (!framer.isWaiting) deadline.clear()
    else if (messages.length > 0 || !deadline.isSet) deadline.set(partialMs)
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
export const pong = Buffer.from('\r\n')
