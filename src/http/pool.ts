import { Client } from 'undici'
import { Failure, unlessAborted } from '../base/index.ts'
import { connect, type ConnectOptions } from './connect.ts'
import type { Trip } from './trip.ts'

const keepIdleMs = 10_000 // When the server does not say; most close after 5 s (Node) to 75 s (nginx).
const keepIdleAtMostMs = 60_000
const mostWaiting = 10_000
const mostHeaderBytes = 16_384

export interface PoolOptions extends ConnectOptions {
  /** Connections to one origin at a time; further questions wait for one. */
  readonly mostPerOrigin: number
}

/** One connection at a time to one origin, for one trip at a time. */
export class Connection {
  readonly origin: string
  readonly client: Client
  /** Whose it is now. */
  trip: Trip
  isConnected = false

  constructor(origin: string, trip: Trip, options: ConnectOptions) {
    this.origin = origin
    this.trip = trip
    this.client = new Client(origin, {
      pipelining: 1,
      headersTimeout: 0, // Trips have limits of their own; undici's timers are half a second wide.
      bodyTimeout: 0,
      keepAliveTimeout: keepIdleMs,
      keepAliveMaxTimeout: keepIdleAtMostMs,
      maxHeaderSize: mostHeaderBytes,
      connect: (where, done) => {
        connect(this.trip, where, options).then(
          (socket) => {
            this.isConnected = true
            this.trip.watch.enter('headers')
            done(null, socket)
          },
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), null),
        )
      },
    })
  }

  destroy(): void {
    this.client.destroy().catch(() => undefined)
  }
}

interface Origin {
  readonly idle: Connection[]
  readonly waiting: ((connection: Connection) => void)[]
  open: number
}

/** Kept-alive connections by origin. The latest used is used next, so that the rest can close. */
export class Pool {
  readonly #options: PoolOptions
  readonly #origins = new Map<string, Origin>()

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** A connection for `trip`; it may have to be made yet. Give it back by {@link release} or {@link discard}. */
  async take(name: string, trip: Trip): Promise<Connection> {
    const origin = this.#originOf(name)
    const kept = origin.idle.pop()
    if (kept !== undefined) {
      kept.trip = trip
      return kept
    }
    if (origin.open < this.#options.mostPerOrigin) return this.#open(name, origin, trip)
    return this.#wait(name, origin, trip)
  }

  release(connection: Connection): void {
    const { origin: name } = connection
    const origin = this.#originOf(name)
    const next = origin.waiting.shift()
    if (next !== undefined) next(connection)
    else if (connection.isConnected) origin.idle.push(connection)
    else this.discard(connection)
  }

  discard(connection: Connection): void {
    const { origin: name, trip } = connection
    connection.destroy()
    const origin = this.#originOf(name)
    origin.open--
    const next = origin.waiting.shift()
    if (next !== undefined) next(this.#open(name, origin, trip))
    else if (origin.open === 0) this.#origins.delete(name)
  }

  /** Closes what is idle, there or everywhere. */
  dropIdle(name?: string): void {
    const origins = name === undefined ? [...this.#origins.values()] : [this.#originOf(name)]
    for (const origin of origins) for (const connection of origin.idle.splice(0)) this.discard(connection)
  }

  #originOf(name: string): Origin {
    const known = this.#origins.get(name)
    if (known !== undefined) return known
    const origin = { idle: [], waiting: [], open: 0 }
    this.#origins.set(name, origin)
    return origin
  }

  #open(name: string, origin: Origin, trip: Trip): Connection {
    const connection = new Connection(name, trip, this.#options)
    origin.open++
    connection.client.on('disconnect', () => {
      connection.isConnected = false
      const at = origin.idle.indexOf(connection)
      if (at < 0) return
      origin.idle.splice(at, 1)
      this.discard(connection)
    })
    return connection
  }

  async #wait(name: string, origin: Origin, trip: Trip): Promise<Connection> {
    if (origin.waiting.length >= mostWaiting) {
      throw new Failure('HTTP_CONNECT', { url: trip.url, reason: 'too many requests wait for this server' })
    }
    let give: (connection: Connection) => void = () => undefined
    const given = new Promise<Connection>((resolve) => {
      give = resolve
    })
    origin.waiting.push(give)
    try {
      const connection = await unlessAborted(given, trip.signal)
      connection.trip = trip
      return connection
    } catch (error) {
      const at = origin.waiting.indexOf(give)
      if (at >= 0) origin.waiting.splice(at, 1)
      else this.release(await given)
      throw error
    }
  }
}
