import { randomBetween, type Clock } from '../../../base/index.ts'

export interface PortRange {
  readonly first: number
  readonly last: number
}

interface Resting {
  readonly port: number
  readonly untilMs: number
}

/**
 * The even ports of a range (RFC 3550 section 11), each rested for a while after use, so that stragglers of one call
 * do not reach the next. The range 0 to 0 means: whatever the system gives, without end (for tests).
 */
export class PortPool {
  readonly #clock: Clock
  readonly #restMs: number
  readonly #isAny: boolean
  /** Longest rested first. */
  readonly #queue: Resting[] = []

  constructor(clock: Clock, { first, last }: PortRange, restMs: number) {
    this.#clock = clock
    this.#restMs = restMs
    this.#isAny = last === 0
    if (this.#isAny) return
    const ports: Resting[] = []
    for (let port = first + (first % 2); port <= last; port += 2) ports.push({ port, untilMs: 0 })
    const turn = ports.length > 0 ? randomBetween(0, ports.length) : 0
    this.#queue.push(...ports.slice(turn), ...ports.slice(0, turn))
  }

  get hasFree(): boolean {
    return this.#isAny || (this.#queue[0]?.untilMs ?? Infinity) <= this.#clock.now()
  }

  /** A port that has rested, or undefined when all are in use. 0 = the system shall choose. */
  take(): number | undefined {
    if (this.#isAny) return 0
    return this.hasFree ? this.#queue.shift()?.port : undefined
  }

  /** Gives a port back. */
  release(port: number): void {
    if (!this.#isAny) this.#queue.push({ port, untilMs: this.#clock.now() + this.#restMs })
  }
}
