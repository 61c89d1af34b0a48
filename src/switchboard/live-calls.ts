import { aborted, within, type Clock } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import type { Plan } from './plan.ts'

interface Live {
  /** Settles when the call is over. */
  readonly over: Promise<void>
  /** Runs another flow instead of the one that runs. Resolves when that has begun, or a later one has taken its place. */
  readonly become: (plan: Plan) => Promise<void>
}

/** The calls that run flows now. */
export class LiveCalls {
  readonly #clock: Clock
  readonly #calls = new Map<Call, Live>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#calls.size
  }

  /** All of them, oldest first. */
  list(): readonly Call[] {
    return [...this.#calls.keys()]
  }

  /** Lets `call` run `plan` instead of its flow; undefined when it runs none. Rejects with CALL_GONE when it has ended. */
  become(call: Call, plan: Plan): Promise<void> | undefined {
    return this.#calls.get(call)?.become(plan)
  }

  /** Keeps `call` until it is over. */
  add(call: Call, { over, become }: Live): void {
    const forget = (): void => void this.#calls.delete(call)
    this.#calls.set(call, { over: over.then(forget, forget), become })
  }

  /** Resolves when all calls are over; those that are not after `ms` milliseconds are hung up. */
  async drain(ms: number): Promise<void> {
    const all = Promise.allSettled([...this.#calls.values()].map(({ over }) => over))
    try {
      await within({ clock: this.#clock, ms, signal: new AbortController().signal }, tooLate, () => all)
    } catch {
      await Promise.all(this.list().map((call) => this.#dismiss(call)))
    }
  }

  async #dismiss(call: Call): Promise<void> {
    await call.leg.hangup('SYSTEM_SHUTDOWN')
    await aborted(call.leg.ended)
  }
}

const tooLate = (): Error => new Error('calls still go on')
