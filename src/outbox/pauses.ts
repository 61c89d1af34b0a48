import type { Job } from './job.ts'

/** Milliseconds before the second attempt, the third, and so on; the last one again and again. */
const pausesMs: readonly [number, ...number[]] = [1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000]
const quickPauseMs = 2_000
const longestRetryAfterMs = 3_600_000

/** So long a job is carried before it is given up. */
export const oldestMs = 86_400_000

/** Spreads `ms` by a fifth to both sides, so that what failed together is not tried together. */
export type Jitter = (ms: number) => number

export interface Asked {
  /** Made by now. */
  readonly attempts: number
  readonly nowMs: number
  /** Since when it has been tried: its age is counted from here. Unix milliseconds. */
  readonly since: number
  readonly retryAfterMs: number | undefined
}

/**
 * Milliseconds until the next attempt at a job, or undefined when it is given up: after its own `tries`, or when it is
 * a day old. What the server asks for by `Retry-After` is honoured, from a second to an hour.
 *
 * @source KAZOO webhooks_util.erl tries again after 2 s, `retries` times in all, and then forgets
 */
export function pauseBefore(
  job: Job,
  { attempts, nowMs, since, retryAfterMs }: Asked,
  jitter: Jitter,
): number | undefined {
  if (nowMs - since >= oldestMs) return undefined
  if (job.tries !== undefined) return attempts < job.tries.most ? job.tries.pauseMs : undefined
  if (retryAfterMs !== undefined) return Math.min(Math.max(retryAfterMs, 1_000), longestRetryAfterMs)
  const quick = job.hook?.quickTries ?? 1
  if (attempts < quick) return quickPauseMs
  const index = Math.min(attempts - Math.max(1, quick), pausesMs.length - 1)
  return jitter(pausesMs[index] ?? quickPauseMs)
}
