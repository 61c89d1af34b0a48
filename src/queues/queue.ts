import { createHash } from 'node:crypto'
import { unlessAborted, type Clock } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import { Member } from './member.ts'

/** Twilio's, where a document says no other. */
export const usuallyMostMembers = 100
/** Twilio's. */
export const mostMembers = 5_000

/** What stays the same of a queue, whoever is in it. */
export interface QueueName {
  readonly accountId: string
  readonly name: string
}

/** Calls of one account that wait for somebody, first come, first served. */
export class Queue {
  readonly accountId: string
  readonly name: string
  /** The same for the same name. */
  readonly sid: string
  /** How many may be in it; the last document's word. */
  mostMembers = usuallyMostMembers
  readonly #clock: Clock
  /** In the order in which they came: those who wait, and those who are taken and not yet talked with. */
  #members: readonly Member[] = []
  #wakes: (() => void)[] = []
  #usedAt: number

  constructor({ accountId, name }: QueueName, clock: Clock) {
    this.accountId = accountId
    this.name = name
    this.sid = queueSid({ accountId, name })
    this.#clock = clock
    this.#usedAt = clock.now()
  }

  get members(): readonly Member[] {
    return this.#members
  }

  get size(): number {
    return this.#members.length
  }

  get isFull(): boolean {
    return this.size >= this.mostMembers
  }

  /** Since when nobody is in it or waits for somebody in it; undefined = somebody is, or does. */
  get idleSince(): number | undefined {
    return this.size === 0 && this.#wakes.length === 0 ? this.#usedAt : undefined
  }

  /** How long those who are in it have been, on average. */
  get averageWaitMs(): number {
    const waits = this.#members.map(({ waitedMs }) => waitedMs)
    return waits.length === 0 ? 0 : waits.reduce((sum, ms) => sum + ms, 0) / waits.length
  }

  /** From 1; 0 for a member who is no longer in it. */
  positionOf(member: Member): number {
    return this.#members.indexOf(member) + 1
  }

  /** @returns undefined when it is full */
  enter(call: Call): Member | undefined {
    if (this.isFull) return undefined
    const now = (): number => this.#clock.now()
    const member: Member = new Member(call, now, () => this.#remove(member))
    this.#members = [...this.#members, member]
    this.#wake()
    return member
  }

  /** A member who was put back waits again. */
  waitAgain(member: Member): void {
    member.waitAgain()
    this.#wake()
  }

  /** Takes the first who waits: whoever calls this talks with it, or puts it back. */
  takeFirst(): Member | undefined {
    const first = this.#members.find(({ isWaiting }) => isWaiting)
    first?.take()
    return first
  }

  /** Resolves when somebody may be waiting: look with {@link takeFirst}. Rejects with `signal.reason`. */
  async somebody(signal: AbortSignal): Promise<void> {
    if (this.#members.some(({ isWaiting }) => isWaiting)) return
    let wake = (): void => undefined
    const woken = new Promise<void>((resolve) => (wake = resolve))
    this.#wakes.push(wake)
    try {
      await unlessAborted(woken, signal)
    } finally {
      this.#wakes = this.#wakes.filter((other) => other !== wake)
      this.#usedAt = this.#clock.now()
    }
  }

  /** Everybody looks, those who have waited longest first; there is nobody to whom it can get lost. */
  #wake(): void {
    for (const wake of this.#wakes) wake()
  }

  #remove(member: Member): void {
    this.#members = this.#members.filter((other) => other !== member)
    this.#usedAt = this.#clock.now()
  }
}

/** @source Twilio: `QU` and 32 hexadecimal digits */
export function queueSid({ accountId, name }: QueueName): string {
  const hash = createHash('sha256').update(JSON.stringify([accountId, name]))
  return `QU${hash.digest('hex').slice(0, 32)}`
}
