import { aborted, Failure, within, type Clock } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import type { Redirection } from './live-flow.ts'

interface Live {
  /** Settles when the call is over. */
  readonly over: Promise<void>
  readonly redirect: (to: Redirection) => Promise<void>
}

/** The calls that go on now. */
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

  find(callId: string): Call | undefined {
    return this.list().find((call) => call.id === callId)
  }

  /**
   * Stops the flow that `call` runs, and whatever it plays or asks, and sends the call elsewhere. Resolves when the new
   * flow has begun, or a later redirection has taken its place.
   *
   * @throws CALL_GONE when the call ends before that · DOCUMENT_NOT_FOUND when no callflow is there: the call goes on
   * @source KAZOO cb_channels: actions `callflow` and `transfer`; konami_callflow.erl
   */
  async redirect(call: Call, to: Redirection): Promise<void> {
    const live = this.#calls.get(call)
    if (live === undefined) throw new Failure('CALL_GONE', { callId: call.id })
    await live.redirect(to)
  }

  /** Keeps `call` until it is over. */
  add(call: Call, { over, redirect }: Live): void {
    const forget = (): void => void this.#calls.delete(call)
    this.#calls.set(call, { over: over.then(forget, forget), redirect })
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
