import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Failure, type Clock, type Log } from '../../../base/index.ts'
import type { Whisper } from '../../../call/index.ts'
import type {
  MediaBridge,
  MediaEavesdropping,
  MediaEngine,
  MediaJob,
  MediaLeg,
  MediaListener,
  MediaRoom,
  MemberSettings,
  OpenOptions,
} from '../media-port.ts'
import { EngineLeg } from './engine-leg.ts'
import { EngineRoom, type Seat } from './engine-room.ts'
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
  readonly rooms: Map<number, EngineRoom>
}

/** A leg and where it lives. */
interface Place {
  readonly thread: Thread
  readonly leg: EngineLeg
}

const nothing: MediaJob<'stopped'> = { done: Promise.resolve('stopped'), stop: () => undefined }

/** @throws RTP_PORTS_EXHAUSTED from `open` when no port is free */
export function openMediaEngine(options: MediaEngineOptions): MediaEngine {
  return new Engine(options)
}

class Engine implements MediaEngine {
  readonly #options: MediaEngineOptions
  readonly #pool: PortPool
  readonly #prompts = new Prompts()
  readonly #threads: Thread[]
  /** Of a leg or room. */
  #lastId = 0

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

  async open(listener: MediaListener, { beside }: OpenOptions = {}): Promise<MediaLeg> {
    const thread = this.#placeOf(beside)?.thread ?? this.#leastBusy()
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

  bridge(a: MediaLeg, b: MediaLeg): MediaBridge {
    const [one, other] = [this.#placeOf(a), this.#placeOf(b)]
    if (one?.leg.isOpen !== true || other?.leg.isOpen !== true || a === b)
      return { ...nothing, holdMusic: () => undefined }
    return one.thread === other.thread ? together(one, other) : across(one, other)
  }

  eavesdrop(listener: MediaLeg, target: MediaLeg): MediaEavesdropping {
    const [one, other] = [this.#placeOf(listener), this.#placeOf(target)]
    if (one?.leg.isOpen !== true || other?.leg.isOpen !== true || listener === target) {
      return { ...nothing, speaksTo: () => undefined }
    }
    return listens(one, other)
  }

  room({ beside }: OpenOptions = {}): MediaRoom {
    const thread = this.#placeOf(beside)?.thread ?? this.#leastBusy()
    const id = ++this.#lastId
    const room = new EngineRoom({
      id,
      post: (command) => thread.line.post(command),
      seat: (leg, as) => this.#seat(thread, id, leg, as),
      gone: () => void thread.rooms.delete(id),
    })
    thread.rooms.set(id, room)
    return room
  }

  async close(): Promise<void> {
    const rooms = this.#threads.flatMap((thread) => [...thread.rooms.values()])
    await Promise.all(rooms.map((room) => room.close()))
    const legs = this.#threads.flatMap((thread) => [...thread.legs.values()])
    await Promise.all(legs.map((leg) => leg.close()))
    await Promise.all(this.#threads.map(({ line }) => line.close()))
  }

  /** A leg of another thread talks with the room's directly, as in a bridge. */
  #seat(thread: Thread, room: number, leg: MediaLeg, as: MemberSettings): Seat | undefined {
    const place = this.#placeOf(leg)
    if (place?.leg.isOpen !== true) return undefined
    const { line } = place.thread
    const enter = (id: number, job: number): void => {
      if (place.thread === thread) {
        line.post({ do: 'enter', room, leg: id, job, as })
        return
      }
      const { port1, port2 } = new MessageChannel()
      thread.line.post({ do: 'enterFrom', room, leg: id, port: port1, as })
      line.post({ do: 'link', leg: id, job, port: port2 })
    }
    return { leg: place.leg.id, job: place.leg.takePart(enter) }
  }

  #leastBusy(): Thread {
    return this.#threads.reduce((least, other) => (other.legs.size < least.legs.size ? other : least))
  }

  /** Where a leg of ours is; undefined when it is closed. */
  #placeOf(leg: MediaLeg | undefined): Place | undefined {
    for (const thread of this.#threads) if (leg instanceof EngineLeg && thread.legs.has(leg.id)) return { thread, leg }
    return undefined
  }

  #leg(thread: Thread, port: number, listener: MediaListener): EngineLeg {
    const id = ++this.#lastId
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
    const rooms = new Map<number, EngineRoom>()
    const report = (said: Report): void => {
      if (said.is === 'roomClosed') rooms.get(said.room)?.closed()
      else (legs.get(said.leg) ?? rooms.get(said.leg))?.take(said)
    }
    const options = { clock, inactivityMs, report }
    if (script === undefined) return { legs, rooms, line: ownThread(options) }
    const start = (): Line => {
      const begunMs = clock.now()
      return workerThread(options, script, (why) => {
        const isWorthIt = clock.now() - begunMs >= leastLifeMs
        log.error('media.thread-lost', { why, legs: legs.size, startedAgain: isWorthIt })
        thread.line = isWorthIt ? start() : ownThread(options)
        for (const part of [...legs.values(), ...rooms.values()]) part.lose(why)
      })
    }
    const thread: Thread = { legs, rooms, line: start() }
    return thread
  }
}

/** Two legs of one thread: it lets each hear the other. */
function together(one: Place, other: Place): MediaBridge {
  const sides: Side[] = []
  let job = nothing
  other.leg.takePart((otherLeg, otherJob) => {
    job = one.leg.takePart((leg, oneJob) => {
      sides.push({ place: one, job: oneJob }, { place: other, job: otherJob })
      one.thread.line.post({ do: 'bridge', leg, job: oneJob, other: { leg: otherLeg, job: otherJob } })
    })
  })
  return { ...job, holdMusic: musicOf(sides) }
}

/** Two legs of two threads: these talk to each other directly, so that nothing of it waits for this one. */
function across(one: Place, other: Place): MediaBridge {
  const { port1, port2 } = new MessageChannel()
  const sides: Side[] = []
  const link = (place: Place, port: MessagePort): MediaJob<'stopped'> =>
    place.leg.takePart((leg, job) => {
      sides.push({ place, job })
      place.thread.line.post({ do: 'link', leg, job, port })
    })
  const job = link(one, port1)
  link(other, port2)
  return { ...job, holdMusic: musicOf(sides) }
}

/** A leg and its part in a bridge: first that of `a`, then that of `b`. */
interface Side {
  readonly place: Place
  readonly job: number
}

const musicOf =
  (sides: readonly Side[]): MediaBridge['holdMusic'] =>
  (heardBy, { samples }) => {
    const side = sides[heardBy === 'a' ? 0 : 1]
    side?.place.thread.line.post({ do: 'music', leg: side.place.leg.id, job: side.job, samples })
  }

/** One leg listens to another one, of its own thread or not. */
function listens(listener: Place, target: Place): MediaEavesdropping {
  let job = nothing
  let tap = 0
  target.leg.takePart((targetLeg, targetJob) => {
    tap = targetJob
    job = listener.leg.takePart((leg, ownJob) => {
      if (listener.thread === target.thread) {
        target.thread.line.post({ do: 'eavesdrop', leg, job: ownJob, target: { leg: targetLeg, job: targetJob } })
        return
      }
      const { port1, port2 } = new MessageChannel()
      target.thread.line.post({ do: 'eavesdropFrom', leg: targetLeg, job: targetJob, port: port1 })
      listener.thread.line.post({ do: 'link', leg, job: ownJob, port: port2 })
    })
  })
  const speaksTo = (whom: Whisper): void =>
    target.thread.line.post({ do: 'speaksTo', leg: target.leg.id, job: tap, whom })
  return { ...job, speaksTo }
}
