import { availableParallelism } from 'node:os'
import { Failure, type Clock, type Log } from '../../../base/index.ts'
import type { MediaEngine, MediaLeg, MediaListener } from '../media-port.ts'
import { EngineLeg } from './engine-leg.ts'
import { ownThread, workerScript, workerThread, type Line } from './line.ts'
import { PortPool, type PortRange } from './port-pool.ts'
import { Prompts } from './prompts.ts'
import type { Report } from './protocol.ts'

export interface MediaEngineOptions {
  readonly clock: Clock
  readonly log: Log
  /** The address to bind. */
  readonly host: string
  /** 0 to 0 = whatever the system gives. */
  readonly ports: PortRange
  /** Threads for media; 0 = none but the one that calls; default one for each processor but one, at least one. */
  readonly workers?: number
  /** Silence of the far end longer than this is told; 0 = never. */
  readonly inactivityMs: number
  /** How long a port rests after use. Default 2 s. */
  readonly portRestMs?: number
  /** What a media thread runs; found by itself. */
  readonly script?: URL
}

const defaultPortRestMs = 2_000
/** A thread that dies sooner is not worth starting again. */
const leastLifeMs = 10_000
/** Ports that somebody else holds are passed over, so many for one leg. */
const mostBindAttempts = 20

interface Thread {
  line: Line
  readonly legs: Map<number, EngineLeg>
}

/** @throws RTP_PORTS_EXHAUSTED from `open` when no port is free */
export function openMediaEngine(options: MediaEngineOptions): MediaEngine {
  return new Engine(options)
}

class Engine implements MediaEngine {
  readonly #options: MediaEngineOptions
  readonly #pool: PortPool
  readonly #prompts = new Prompts()
  readonly #threads: Thread[]
  #lastLeg = 0

  constructor(options: MediaEngineOptions) {
    this.#options = options
    this.#pool = new PortPool(options.clock, options.ports, options.portRestMs ?? defaultPortRestMs)
    const wanted = options.workers ?? Math.max(1, availableParallelism() - 1)
    const script = wanted === 0 ? undefined : (options.script ?? workerScript())
    if (wanted > 0 && script === undefined) options.log.warn('media.worker-missing', { workers: wanted })
    this.#threads = Array.from({ length: script === undefined ? 1 : wanted }, () => this.#thread(script))
  }

  get legs(): number {
    return this.#threads.reduce((sum, { legs }) => sum + legs.size, 0)
  }

  get isFull(): boolean {
    return !this.#pool.hasFree
  }

  async open(listener: MediaListener): Promise<MediaLeg> {
    const thread = this.#threads.reduce((least, other) => (other.legs.size < least.legs.size ? other : least))
    for (let attempt = 0; attempt < mostBindAttempts; attempt++) {
      const port = this.#pool.take()
      if (port === undefined) break
      const leg = this.#leg(thread, port, listener)
      try {
        await leg.open(this.#options.host, port)
        return leg
      } catch (error) {
        leg.forget()
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      }
    }
    throw new Failure('RTP_PORTS_EXHAUSTED', { ...this.#options.ports })
  }

  async close(): Promise<void> {
    const legs = this.#threads.flatMap((thread) => [...thread.legs.values()])
    await Promise.all(legs.map((leg) => leg.close()))
    await Promise.all(this.#threads.map(({ line }) => line.close()))
  }

  #leg(thread: Thread, port: number, listener: MediaListener): EngineLeg {
    const id = ++this.#lastLeg
    const gone = (): void => {
      if (thread.legs.delete(id)) this.#pool.release(port)
    }
    const leg = new EngineLeg({
      id,
      post: (command) => thread.line.post(command),
      prompts: this.#prompts,
      listener,
      gone,
    })
    thread.legs.set(id, leg)
    return leg
  }

  #thread(script: URL | undefined): Thread {
    const { clock, inactivityMs, log } = this.#options
    const legs = new Map<number, EngineLeg>()
    const report = (said: Report): void => legs.get(said.leg)?.take(said)
    const options = { clock, inactivityMs, report }
    if (script === undefined) return { legs, line: ownThread(options) }
    const start = (): Line => {
      const begunMs = clock.now()
      return workerThread(options, script, (why) => {
        const isWorthIt = clock.now() - begunMs >= leastLifeMs
        log.error('media.thread-lost', { why, legs: legs.size, startedAgain: isWorthIt })
        thread.line = isWorthIt ? start() : ownThread(options)
        for (const leg of legs.values()) leg.lose(why)
      })
    }
    const thread: Thread = { legs, line: start() }
    return thread
  }
}
