import type { Delivery } from '../http/index.ts'

/** A delivery that is kept until it has been made or given up. */
export interface Job extends Delivery {
  /** The idempotency key of all attempts. */
  readonly id: string
  readonly accountId: string
  readonly callId?: string
  /** Jobs of the same key are carried one after the other, in the order they were added. */
  readonly orderKey?: string
  /** The webhook document it is for: its attempts are logged, and it waits while the webhook is disabled. */
  readonly hook?: JobHook
  /** Unix milliseconds. */
  readonly createdAt: number
  /** So far. */
  readonly attempts: number
  /** Not to be tried before; Unix milliseconds. */
  readonly dueAt: number
}

export interface JobHook {
  readonly id: string
  /** `channel_destroy` … */
  readonly event: string
  /** The same for all attempts and all webhooks that the event is told to: 10 hexadecimal digits (KAZOO `event_id`). */
  readonly eventId: string
  readonly customData?: Readonly<Record<string, unknown>>
  /** So many attempts are two seconds apart before the usual pauses begin (KAZOO `retries`). Default 1. */
  readonly quickTries?: number
}

/** What became of an attempt at a job. */
export type Settled =
  | { readonly id: string; readonly how: 'delivered' | 'given-up' }
  | { readonly id: string; readonly how: 'again'; readonly attempts: number; readonly dueAt: number }

/** Where jobs are kept. `node` is the running process, unique per start. */
export interface JobStore {
  /** Adds jobs; those with `node` are claimed by it from the start. Resolves when they are durable. */
  add(jobs: readonly Job[], node: string | undefined): Promise<void>
  /**
   * Claims due jobs that nobody has claimed, oldest first, for `node`: at most one per order key, and none whose key has
   * an earlier job; none of webhooks that are paused.
   */
  claim(node: string, most: number, nowMs: number): Promise<readonly Job[]>
  /** Removes what is over and frees what is to be tried again. */
  settle(settled: readonly Settled[]): Promise<void>
  /** Jobs of a webhook wait (it is disabled), or go on. */
  pause(hookId: string, isPaused: boolean): Promise<void>
  /** Removes the jobs of a webhook that is no more. @returns how many */
  forget(hookId: string): Promise<number>
  /** Frees what was claimed by nodes that are not `alive`. @returns how many */
  free(alive: readonly string[]): Promise<number>
  /** Jobs waiting, claimed or not. */
  count(): Promise<number>
  /** Calls `listener` when jobs that anybody may claim have been added, also by other nodes. @returns how to stop */
  onAdded(listener: () => void): () => void
}
