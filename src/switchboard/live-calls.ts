import { aborted, within, type Clock } from '../base/index.ts'
import type { Call } from '../call/index.ts'

/** The calls that go on now. */
export class LiveCalls {
  readonly #clock: Clock
  readonly #calls = new Map<Call, Promise<void>>()

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

  find(callId: string): Call | undefined {
    return this.list().find((call) => call.id === callId)
  }

  /** Keeps `call` until `over` settles. */
  add(call: Call, over: Promise<void>): void {
    const forget = (): unknown => this.#calls.delete(call)
    this.#calls.set(call, over.then(forget, forget) as Promise<void>)
  }

  /** Resolves when all calls are over; those that are not after `ms` milliseconds are hung up. */
  async drain(ms: number): Promise<void> {
    const all = Promise.allSettled(this.#calls.values())
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
