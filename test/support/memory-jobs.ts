import type { Job, JobStore, Settled } from '../../src/outbox/index.ts'

interface Row {
  readonly seq: number
  job: Job
  claimedBy: string | undefined
}

/** A {@link JobStore} without a disk: what is in it survives the outbox, as a database survives a process. */
export class MemoryJobs implements JobStore {
  #seq = 0
  readonly #rows = new Map<string, Row>()
  readonly #paused = new Set<string>()
  readonly #listeners = new Set<() => void>()
  /** Fails everything, as a database that is away does. */
  isAway = false

  async add(jobs: readonly Job[], node: string | undefined): Promise<void> {
    this.#here()
    for (const job of jobs) this.#rows.set(job.id, { seq: ++this.#seq, job, claimedBy: node })
    if (node === undefined) this.#announce()
  }

  async claim(node: string, most: number, nowMs: number): Promise<readonly Job[]> {
    this.#here()
    const keys = new Set<string>()
    const claimed: Job[] = []
    for (const row of this.#rows.values()) {
      const { orderKey, hook, dueAt } = row.job
      const isFirst = orderKey === undefined || !keys.has(orderKey)
      if (orderKey !== undefined) keys.add(orderKey)
      const isPaused = hook !== undefined && this.#paused.has(hook.id)
      if (!isFirst || isPaused || row.claimedBy !== undefined || dueAt > nowMs || claimed.length >= most) continue
      row.claimedBy = node
      claimed.push(row.job)
    }
    return claimed
  }

  async settle(settled: readonly Settled[]): Promise<void> {
    this.#here()
    for (const one of settled) {
      const row = this.#rows.get(one.id)
      if (row === undefined) continue
      if (one.how === 'again') {
        row.job = { ...row.job, attempts: one.attempts, dueAt: one.dueAt }
        row.claimedBy = undefined
      } else this.#rows.delete(one.id)
    }
  }

  async pause(hookId: string, isPaused: boolean): Promise<void> {
    this.#here()
    if (isPaused) this.#paused.add(hookId)
    else this.#paused.delete(hookId)
  }

  async forget(hookId: string): Promise<number> {
    this.#here()
    const gone = this.jobs.filter(({ hook }) => hook?.id === hookId)
    for (const { id } of gone) this.#rows.delete(id)
    return gone.length
  }

  async free(alive: readonly string[]): Promise<number> {
    this.#here()
    const dead = [...this.#rows.values()].filter(
      ({ claimedBy }) => claimedBy !== undefined && !alive.includes(claimedBy),
    )
    for (const row of dead) row.claimedBy = undefined
    if (dead.length > 0) this.#announce()
    return dead.length
  }

  async count(): Promise<number> {
    return this.#rows.size
  }

  onAdded(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What waits, in the order it was added. */
  get jobs(): readonly Job[] {
    return [...this.#rows.values()].map(({ job }) => job)
  }

  /** Whose they are. */
  get claimedBy(): readonly (string | undefined)[] {
    return [...this.#rows.values()].map(({ claimedBy }) => claimedBy)
  }

  #announce(): void {
    for (const listener of this.#listeners) listener()
  }

  #here(): void {
    if (this.isAway) throw new Error('the database is away')
  }
}
