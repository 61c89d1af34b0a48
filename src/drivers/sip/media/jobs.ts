import { Failure } from '../../../base/index.ts'
import type { MediaJob, Recorded } from '../media-port.ts'
import type { JobReport } from './protocol.ts'

export type How = 'finished' | 'stopped'

/** What waits for a job that a media thread does. */
interface Waiting {
  readonly take: (report: JobReport) => void
  readonly fail: (problem: string) => void
}

const ended = 'the call has ended'

/** Jobs that the media thread does for one leg or room, by number, and who waits for them. */
export class Jobs {
  readonly #waiting = new Map<number, Waiting>()
  readonly #stop: (job: number) => void
  #last = 0
  #isOpen = true

  /** @param stop tells the media thread to stop a job */
  constructor(stop: (job: number) => void) {
    this.#stop = stop
  }

  /** Something that is heard. `post` gives the command; when it is too late for that, the job is over. */
  begin(post: (job: number) => void): MediaJob<How> {
    return this.#begin<How>(post, (resolve) => ({
      take: (report) => resolve(report.is === 'over' ? report.how : 'stopped'),
      fail: () => resolve('stopped'),
    }))
  }

  /** A recording. `done` rejects with RECORDING_FAILED. */
  record(post: (job: number) => void): MediaJob<Recorded> {
    return this.#begin<Recorded>(post, (resolve, reject) => {
      const fail = (problem: string): void => reject(new Failure('RECORDING_FAILED', { problem }))
      const take = (report: JobReport): void => {
        if (report.is === 'recorded') resolve(report.recorded)
        else fail(report.is === 'failed' ? report.problem : ended)
      }
      return { take, fail }
    })
  }

  /** Anything else that one report answers; undefined when it does not come any more. */
  ask(post: (job: number) => void): Promise<JobReport | undefined> {
    return this.#begin<JobReport | undefined>(post, (resolve) => ({ take: resolve, fail: () => resolve(undefined) }))
      .done
  }

  /** Takes in the report that a job is over. */
  settle(job: number, report: JobReport): void {
    const waiting = this.#waiting.get(job)
    this.#waiting.delete(job)
    waiting?.take(report)
  }

  /** No job begins from now on. */
  close(): void {
    this.#isOpen = false
  }

  /** None of the jobs will be reported any more. */
  fail(problem = ended): void {
    this.close()
    for (const [job, { fail }] of this.#waiting) {
      this.#waiting.delete(job)
      fail(problem)
    }
  }

  #begin<T>(
    post: (job: number) => void,
    waiting: (resolve: (value: T) => void, reject: (error: Error) => void) => Waiting,
  ): MediaJob<T> {
    const job = ++this.#last
    const done = new Promise<T>((resolve, reject) => this.#waiting.set(job, waiting(resolve, reject)))
    if (this.#isOpen) post(job)
    else {
      const late = this.#waiting.get(job)
      this.#waiting.delete(job)
      late?.fail(ended)
    }
    const stop = (): void => {
      if (this.#waiting.has(job)) this.#stop(job)
    }
    return { done, stop }
  }
}
