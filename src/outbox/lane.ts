import type { Attempted } from '../http/index.ts'
import type { Host } from './host.ts'
import type { Job } from './job.ts'

/** A job that this process carries. */
export interface Held {
  readonly job: Job
  /** It came from the database: jobs of the same order key may be behind it there. */
  readonly wasClaimed: boolean
  /** It is in the database. */
  readonly isKept: boolean
  attempts: number
  /** Unix milliseconds. */
  dueAt: number
  last: Attempted | undefined
}

/** Jobs of the same order key, first come first; a job without one has a lane for itself. */
export interface Lane {
  readonly key: string
  readonly jobs: Held[]
  /** Where its first job goes. */
  host: Host
  isUnderway: boolean
  /** Stops the wait for its first job to be due. */
  alarm: AbortController | undefined
}
