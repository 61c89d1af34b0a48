import { aborted, follow, Outcome, type Clock } from '../../base/index.ts'
import type { Call } from '../call.ts'
import type { Calling } from '../driver.ts'
import type { MediaSource } from '../media.ts'
import { join } from './join.ts'

export interface HearingOptions {
  readonly calling: Calling
  readonly clock: Clock
  readonly ringback: MediaSource | undefined
  readonly signal: AbortSignal
}

/** What an answered caller hears when nothing else is asked for: the ringback of North America. */
const usualRingback: MediaSource = { kind: 'tone', spec: '%(2000,4000,440,480)' }

const changed: Error = new Outcome('there is something else to be heard')

/** What the caller hears while somebody is called: whoever sends sound before the answer, else ringback. */
export class Hearing {
  readonly #call: Call
  readonly #options: HearingOptions
  readonly #early = new Set<Call>()
  /** What is left to be tried as ringback. */
  readonly #ringbacks: MediaSource[]
  readonly #stop = new AbortController()
  readonly #over: Promise<void>
  #change = new AbortController()
  #wasEarly = false

  constructor(call: Call, options: HearingOptions) {
    this.#call = call
    this.#options = options
    const own = options.ringback === undefined ? [] : [options.ringback]
    this.#ringbacks = call.leg.state === 'answered' ? [...own, usualRingback] : own
    this.#over = this.#run()
  }

  /** `callee` begins to send sound before the answer. */
  begin(callee: Call): void {
    this.#early.add(callee)
    if (this.#early.size === 1) this.#change.abort(changed)
  }

  /** `callee` no longer does. */
  end(callee: Call): void {
    if (this.#early.delete(callee)) this.#change.abort(changed)
  }

  /** Resolves when the caller hears nothing more of it. */
  async stop(): Promise<void> {
    this.#stop.abort(new Outcome('nobody is called any more'))
    await this.#over
  }

  async #run(): Promise<void> {
    const unfollow = follow(this.#options.signal, this.#stop)
    while (!this.#stop.signal.aborted) {
      const change = new AbortController()
      const leave = follow(this.#stop.signal, change)
      this.#change = change
      await this.#hear(change.signal).finally(leave)
    }
    unfollow()
  }

  /** Lets the caller hear what there is until that ends or changes. Never rejects. */
  async #hear(signal: AbortSignal): Promise<void> {
    const { calling, clock } = this.#options
    const { leg } = this.#call
    const isAudible = leg.state === 'answered' || calling.capabilities.earlyMedia
    const [early] = isAudible ? this.#early : []
    const [ringback] = isAudible ? this.#ringbacks : []
    const isAgain = this.#wasEarly
    this.#wasEarly = early !== undefined
    try {
      // Whoever was heard may have been the last: then it is all over in this very moment.
      if (isAgain) await clock.sleep(0, signal)
      if (early !== undefined) await join(this.#call, early, { calling, signal, isEarly: true })
      else if (ringback !== undefined) await leg.play(ringback, { signal, times: Infinity })
      else await aborted(signal)
    } catch {
      // It has changed, or cannot be heard: the leg's story says why.
    }
    if (signal.aborted) return
    if (early !== undefined) this.#early.delete(early)
    else this.#ringbacks.shift()
  }
}
