import type { Clock } from '../../../base/index.ts'
import { frameMs } from './protocol.ts'

/** Something that has work to do every 20 ms. */
export interface Ticking {
  /** @param frame counts 20 ms frames; more than one further than last time means that time was lost */
  tick(frame: number, nowMs: number): void
}

const slots = 4
const slotMs = frameMs / slots
/** After a stall longer than this, what was missed is left out instead of being sent in a burst. */
const longestStallMs = 80

/**
 * The one clock of a media thread: a tick each 20 ms for every member, without drift, the members spread over four
 * slots of 5 ms (measured: finer slots cost more and gain nothing). It runs only while there are members.
 */
export class Ticker {
  readonly #clock: Clock
  readonly #slots: readonly Set<Ticking>[] = Array.from({ length: slots }, () => new Set<Ticking>())
  /** Counts slots since the beginning. */
  #step = 0
  #isRunning = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get members(): number {
    return this.#slots.reduce((sum, { size }) => sum + size, 0)
  }

  /** The member's first tick comes in 5 to 10 ms, or later when that slot is crowded. */
  join(member: Ticking): void {
    this.#slots[this.#bestSlot()]?.add(member)
    if (!this.#isRunning) void this.#run()
  }

  leave(member: Ticking): void {
    for (const slot of this.#slots) slot.delete(member)
  }

  /** The slot after the next one: what is commanded together with the joining is there in time. */
  #bestSlot(): number {
    const soon = (this.#step + 1) % slots
    const sizes = this.#slots.map(({ size }) => size)
    const least = Math.min(...sizes)
    return (sizes[soon] ?? 0) > least + 2 + this.members / 16 ? sizes.indexOf(least) : soon
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    let dueMs = this.#clock.now() + slotMs
    while (this.members > 0) {
      const nowMs = this.#clock.now()
      if (nowMs - dueMs > longestStallMs) {
        const missed = Math.floor((nowMs - dueMs) / frameMs)
        dueMs += missed * frameMs
        this.#step += missed * slots
      }
      for (; dueMs <= nowMs; dueMs += slotMs) this.#tick(nowMs)
      await this.#clock.sleep(Math.max(1, dueMs - this.#clock.now()))
    }
    this.#isRunning = false
  }

  #tick(nowMs: number): void {
    const frame = Math.floor(this.#step / slots)
    for (const member of this.#slots[this.#step % slots] ?? []) member.tick(frame, nowMs)
    this.#step++
  }
}
