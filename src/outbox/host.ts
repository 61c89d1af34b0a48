import type { Attempted } from '../http/index.ts'
import { Breaker } from './breaker.ts'
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

/**
 * One web server, as one account sees it: what waits for it and how it is. Accounts are kept apart, so that nobody's
 * broken web app holds up somebody else's on the same host.
 */
export class Host {
  readonly key: string
  readonly breaker = new Breaker()
  /** Their first job is due. */
  readonly ready = new Set<Lane>()
  /** Their first job is not due yet. */
  readonly asleep = new Set<Lane>()
  /** Jobs, in all its lanes. */
  held = 0
  underway = 0
  /** Stops the wait for the host to be askable. */
  alarm: AbortController | undefined

  constructor(key: string) {
    this.key = key
  }

  /** The lane to be carried next, or since when there can be one; undefined when something else must happen first. */
  next(nowMs: number, mostUnderway: number): Lane | { readonly waitMs: number } | undefined {
    const isOpen = this.breaker.openSince !== undefined
    if (this.underway >= (isOpen ? 1 : mostUnderway)) return undefined
    if (this.ready.size === 0 && !isOpen) return undefined
    const waitMs = this.breaker.askableAt - nowMs
    if (waitMs > 0) return { waitMs }
    const [first] = this.ready
    return first ?? this.#soonest()
  }

  /** Nothing is due, but the host may be back: the job that would be due first finds out, unless its tries are counted. */
  #soonest(): Lane | undefined {
    let soonest: Lane | undefined
    for (const lane of this.asleep) {
      const [first] = lane.jobs
      if (first === undefined || first.job.tries !== undefined) continue
      if (soonest === undefined || first.dueAt < (soonest.jobs[0]?.dueAt ?? 0)) soonest = lane
    }
    return soonest
  }
}

/** @returns the account and origin that a job is for; a URL that is none is refused soon enough */
export function hostKey(accountId: string, url: string): string {
  const origin = /^[a-z]+:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(url)?.[1] ?? ''
  return `${accountId} ${origin.toLowerCase()}`
}
