import { asFailure, unwanted, type Clock, type Log } from '../base/index.ts'
import type { Job, JobStore } from './job.ts'

export interface ClaimingOptions {
  readonly jobs: JobStore
  readonly clock: Clock
  readonly log: Log
  readonly node: string
  /** Until the next look into the database when nobody says that there is something; milliseconds. */
  readonly pauseMs: () => number
  /** How many jobs there is room for. */
  readonly room: () => number
  readonly take: (jobs: readonly Job[]) => void
}

const mostAtOnce = 200

/** Claims jobs that anybody may claim: when told of some, and by a slow look now and then. */
export class Claiming {
  readonly #options: ClaimingOptions
  readonly #over = new AbortController()
  readonly #stopListening: () => void
  #isWanted = false
  #pause: AbortController | undefined

  constructor(options: ClaimingOptions) {
    this.#options = options
    this.#stopListening = options.jobs.onAdded(() => this.wake())
    void this.#run()
  }

  /** Looks now. */
  wake(): void {
    this.#isWanted = true
    this.#pause?.abort(unwanted)
  }

  stop(): void {
    this.#stopListening()
    this.#over.abort(unwanted)
    this.#pause?.abort(unwanted)
  }

  #isOver(): boolean {
    return this.#over.signal.aborted
  }

  /** Whether somebody asked for a look since the last one began. */
  #takeWanted(): boolean {
    const wasWanted = this.#isWanted
    this.#isWanted = false
    return wasWanted
  }

  async #run(): Promise<void> {
    const { clock, log, pauseMs } = this.#options
    while (!this.#isOver()) {
      this.#takeWanted()
      await this.#claimAll().catch((error: unknown) => log.error('outbox.not-claimed', { error: asFailure(error) }))
      if (this.#isOver() || this.#takeWanted()) continue
      this.#pause = new AbortController()
      await clock.sleep(pauseMs(), this.#pause.signal).catch(() => undefined)
    }
  }

  /** Until nothing is left, or there is no room. */
  async #claimAll(): Promise<void> {
    const { jobs, clock, node, room, take } = this.#options
    for (let most = room(); most > 0 && !this.#isOver(); most = room()) {
      const claimed = await jobs.claim(node, Math.min(most, mostAtOnce), clock.now())
      take(claimed)
      if (claimed.length === 0) return
    }
  }
}
