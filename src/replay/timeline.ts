import type { RecordedEvent } from './event.ts'
import type { Line } from './log.ts'

/** How much later or earlier than recorded something may happen: machines and networks are never twice as fast. */
const slackMs = 250
const slackShare = 0.02
/** A leg has one foreground media, and may be recorded besides. */
const mostEndings = 4

/** Where a replay is in its recording, and what time of the recording it is. */
export class Timeline {
  readonly #lines: readonly Line[]
  readonly #now: () => number
  #next = 0
  /** What has been compared last, in both times. */
  #recordedAt = 0
  #happenedAt: number

  constructor(lines: readonly Line[], now: () => number) {
    this.#lines = lines
    this.#now = now
    this.#happenedAt = now()
  }

  /** What has to happen next. */
  get next(): Line | undefined {
    return this.#lines[this.#next]
  }

  /** The first line, from what has to happen next on, that `isIt`. */
  find(isIt: (event: RecordedEvent) => boolean): Line | undefined {
    for (let index = this.#next; index < this.#lines.length; index++) {
      const line = this.#lines[index]
      if (line !== undefined && isIt(line.event)) return line
    }
    return undefined
  }

  /**
   * Whether the caller hangs up next: what was heard or recorded is over before the leg is.
   */
  get isGoodbye(): boolean {
    const rest = this.#lines.slice(this.#next, this.#next + mostEndings)
    const first = rest.find(({ event: { type } }) => type !== 'media.ended' && type !== 'recording.ended')?.event
    return first?.type === 'leg.ended' && first.by !== 'server'
  }

  /** When it is time, on our clock, for what the recording has at `atMs`; never in the past. */
  dueAt(atMs: number): number {
    return Math.max(this.#now(), this.#happenedAt + atMs - this.#recordedAt)
  }

  msUntil(atMs: number): number {
    return this.dueAt(atMs) - this.#now()
  }

  /** Milliseconds from what happened before to `line`: as recorded, and if it happens now. */
  pauses({ event }: Line): { readonly recordedMs: number; readonly ms: number } {
    return { recordedMs: event.atMs - this.#recordedAt, ms: this.#now() - this.#happenedAt }
  }

  isInTime(line: Line): boolean {
    const { recordedMs, ms } = this.pauses(line)
    return Math.abs(ms - recordedMs) <= slackMs + slackShare * recordedMs
  }

  /** It has happened. */
  pass({ event }: Line): void {
    this.#next++
    this.#recordedAt = event.atMs
    this.#happenedAt = this.#now()
  }
}
