import { never, within, type Clock } from '../../../base/index.ts'
import type { Recorded } from '../media-port.ts'
import type { Report } from './protocol.ts'

/** How long a recording waits for the disk to take the rest; the call does not end before that. */
const diskMs = 5_000

/** Something that has been recorded. */
export interface Finishing {
  readonly job: number
  readonly problem: string | undefined
  /** Completes the file. */
  finish(endedBy: Recorded['endedBy']): Promise<Recorded>
}

/** Recordings that are over and whose files are being completed; each is reported once. */
export class Recordings {
  readonly #leg: number
  readonly #clock: Clock
  readonly #report: (report: Report) => void
  readonly #finishing = new Set<Promise<void>>()

  constructor(leg: number, clock: Clock, report: (report: Report) => void) {
    this.#leg = leg
    this.#clock = clock
    this.#report = report
  }

  end(recorder: Finishing, endedBy: Recorded['endedBy']): void {
    const finishing = this.#finish(recorder, endedBy).finally(() => this.#finishing.delete(finishing))
    this.#finishing.add(finishing)
  }

  /** Resolves when all files are complete. Never rejects. */
  async complete(): Promise<void> {
    await Promise.all(this.#finishing)
  }

  async #finish(recorder: Finishing, endedBy: Recorded['endedBy']): Promise<void> {
    const [leg, { job }] = [this.#leg, recorder]
    const failed = (problem: string): void => this.#report({ is: 'failed', leg, job, problem })
    const limit = { clock: this.#clock, ms: diskMs, signal: never }
    try {
      const recorded = await within(limit, diskHangs, () => recorder.finish(endedBy))
      if (recorder.problem !== undefined) failed(recorder.problem)
      else this.#report({ is: 'recorded', leg, job, recorded })
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error))
    }
  }
}

const diskHangs = (): Error => new Error('the disk does not answer')
