import { aborted, follow } from '../../base/index.ts'
import type { Call, Conversation } from '../call.ts'
import type { HangupCause } from '../causes.ts'
import { dismiss, Handover } from './conversation.ts'

export interface WaitOptions {
  /** Ends the wait: rejects with its reason. */
  readonly signal: AbortSignal
  /** What the owner hears until somebody comes. When it ends or fails by itself, the owner waits on in silence. */
  meanwhile(signal: AbortSignal): Promise<void>
}

/**
 * Lets `call` wait for somebody to talk with: parked, in a queue. Resolves with whoever is given to it, and leaves them to
 * be talked with. Rejects with the caller's Hangup when the caller goes, and with `signal.reason`.
 */
export async function waitForPartner(call: Call, options: WaitOptions): Promise<Call> {
  return new Waiting(call, options).run()
}

class Waiting implements Conversation {
  readonly state = 'waiting'
  readonly owner: Call
  readonly partner = undefined
  readonly #options: WaitOptions
  readonly #stop = new AbortController()
  readonly #quiet: Promise<void>
  #given: Call | undefined
  #hasLeft = false

  constructor(owner: Call, options: WaitOptions) {
    this.owner = owner
    this.#options = options
    this.#quiet = options.meanwhile(this.#stop.signal).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) owner.log.warn('call.wait-in-silence', { error })
    })
  }

  async run(): Promise<Call> {
    const { signal } = this.#options
    const { leg } = this.owner
    const undo = [follow(signal, this.#stop), follow(leg.ended, this.#stop)]
    this.owner.conversation = this
    try {
      await aborted(this.#stop.signal)
      await this.#quiet
      if (!this.#hasLeft) {
        signal.throwIfAborted()
        leg.ended.throwIfAborted()
        const given = this.#given
        this.#given = undefined
        if (given !== undefined) return given
      }
    } finally {
      for (const unfollow of undo) unfollow()
      this.owner.conversation = undefined
      dismiss(this.#given)
    }
    throw (await aborted(signal)) as Error
  }

  give(partner: Call): void {
    dismiss(this.#given)
    this.#given = partner
    this.#stop.abort(new Handover('given'))
  }

  /** There is nobody to be let go. */
  async release(): Promise<void> {}

  async leave(_cause: HangupCause): Promise<void> {
    this.#hasLeft = true
    this.#stop.abort(new Handover('left'))
    await this.#quiet
  }
}
