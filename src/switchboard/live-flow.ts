import { Failure, Outcome } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import type { Flow } from '../callflow/index.ts'

/** Where a live call is sent: to a callflow of its account, to whatever answers a number there, or to a flow as it is. */
export type Redirection =
  | { readonly to: 'callflow'; readonly id: string }
  | { readonly to: 'number'; readonly number: string }
  | { readonly to: 'flow'; readonly flow: Flow }

/** Why a flow was stopped: the call was sent to another one. */
export class Redirected extends Outcome {
  override readonly name = 'Redirected'
}

interface Waiting<T> {
  readonly plan: T
  readonly resolve: () => void
  readonly reject: (reason: Failure) => void
}

/**
 * The one flow that a call runs at a time. A redirection stops it and whatever it plays, records or asks; the next one
 * begins when it has let go. Of several redirections the last one runs.
 */
export class LiveFlow<T> {
  readonly #call: Call
  #waiting: Waiting<T>[] = []
  #stop = new AbortController()
  #isOver = false

  constructor(call: Call) {
    this.#call = call
  }

  /**
   * Stops what runs and runs `plan` instead. Resolves when `plan` has begun, or was itself overtaken by a later one.
   *
   * @throws CALL_GONE when the call ends before that
   */
  redirect(plan: T): Promise<void> {
    if (this.#isOver || this.#call.leg.ended.aborted) return Promise.reject(this.#gone())
    const begun = new Promise<void>((resolve, reject) => this.#waiting.push({ plan, resolve, reject }))
    this.#stop.abort(new Redirected('the call was redirected'))
    return begun
  }

  /**
   * Runs `first`, and each plan that takes its place, until one ends by itself or the call does.
   *
   * @param walk is given a signal that aborts with the leg, or with {@link Redirected}
   */
  async run(first: T, walk: (plan: T, signal: AbortSignal) => Promise<void>): Promise<void> {
    const { ended } = this.#call.leg
    let plan: T | undefined = this.#takeLast() ?? first
    const isOver = (): boolean => ended.aborted
    while (plan !== undefined && !isOver()) {
      const stop = new AbortController()
      this.#stop = stop
      // Not AbortSignal.any: a call that is redirected often would keep all of them.
      const pass = (): void => stop.abort(ended.reason)
      ended.addEventListener('abort', pass, { once: true })
      try {
        await walk(plan, stop.signal)
      } finally {
        ended.removeEventListener('abort', pass)
      }
      plan = isOver() ? undefined : this.#takeLast()
    }
  }

  /** No flow runs any more: whoever still waits for one is told. */
  close(): void {
    this.#isOver = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const { reject } of waiting) reject(this.#gone())
  }

  #takeLast(): T | undefined {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { resolve } of waiting) resolve()
    return waiting.at(-1)?.plan
  }

  #gone(): Failure {
    return new Failure('CALL_GONE', { callId: this.#call.id })
  }
}
