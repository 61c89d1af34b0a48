import { asFailure, type Clock, type Log } from '../base/index.ts'
import type { JobStore, Settled } from './job.ts'

export interface SettlingOptions {
  readonly jobs: JobStore
  readonly clock: Clock
  readonly log: Log
  /** Told when something has been settled. */
  readonly onSettled: (settled: readonly Settled[]) => void
}

const gatherMs = 20
const againMs = 1_000
const mostAtOnce = 500

/** Tells the database what became of jobs, many at a time: a write for each would cost more than the delivery. */
export class Settling {
  readonly #options: SettlingOptions
  #waiting: Settled[] = []
  #underway: Promise<void> | undefined

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  add(settled: Settled): void {
    this.#waiting.push(settled)
    this.#underway ??= this.#settleAll().finally(() => (this.#underway = undefined))
  }

  /** Resolves when everything has been settled. */
  async done(): Promise<void> {
    while (this.#underway !== undefined) await this.#underway
  }

  /** Never rejects: while the database is away, what is over waits for it. */
  async #settleAll(): Promise<void> {
    const { jobs, clock, log, onSettled } = this.#options
    await clock.sleep(gatherMs)
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, mostAtOnce)
      try {
        await jobs.settle(batch)
        this.#waiting = this.#waiting.slice(batch.length)
        onSettled(batch)
      } catch (error) {
        log.error('outbox.not-settled', { error: asFailure(error), waiting: this.#waiting.length })
        await clock.sleep(againMs)
      }
    }
  }
}
