import { aborted, follow, Outcome, unlessAborted, within } from '../../base/index.ts'
import type { Call, Conversation } from '../call.ts'
import type { HangupCause } from '../causes.ts'
import { dismiss, Handover } from './conversation.ts'
import { join } from './join.ts'
import type { TalkOptions, Talked } from './plan.ts'

/**
 * Lets the two parties of a call talk until one of them goes, the time is up, or the caller presses the key. Whichever
 * it is, the callee's leg is hung up then, and the caller's is not: the flow goes on. Digits that were meant for the
 * callee are not kept for it. Others may take part meanwhile: see {@link Conversation}.
 *
 * Rejects with the caller's Hangup when the caller goes, and with `signal.reason`.
 *
 * @source KAZOO cf_exe after a bridge; Twilio Dial (`timeLimit`, `hangupOnStar`)
 */
export async function talk(call: Call, callee: Call, options: TalkOptions): Promise<Talked> {
  return new Talk(call, callee, options).run()
}

/** How one partner of a conversation came to be none any more. */
type PartnerEnd = Talked['endedBy'] | 'given' | 'left'

class Talk implements Conversation {
  readonly state = 'talking'
  readonly owner: Call
  readonly #options: TalkOptions
  readonly #callee: Call
  #partner: Call
  #given: Call | undefined
  /** The partner has been taken elsewhere. */
  #isReleased = false
  /** Ends the bridge with the partner of now. */
  #stop = new AbortController()
  /** Settles when the partner of now no longer hears the owner. */
  #apart: Promise<unknown> = Promise.resolve()

  constructor(owner: Call, callee: Call, options: TalkOptions) {
    this.owner = owner
    this.#callee = callee
    this.#partner = callee
    this.#options = options
  }

  get partner(): Call {
    return this.#partner
  }

  async run(): Promise<Talked> {
    const { clock, signal, timeLimitMs = Infinity } = this.#options
    const begunAt = clock.now()
    this.owner.conversation = this
    try {
      for (;;) {
        const together = this.#together(this.#partner, timeLimitMs - (clock.now() - begunAt))
        this.#apart = together.catch(() => undefined)
        const end = await together
        if (end === 'left') break
        if (end !== 'given') return { endedBy: end, talkedMs: clock.now() - begunAt }
        this.#partner = this.#given ?? this.#partner
        this.#given = undefined
      }
    } finally {
      this.#close()
    }
    throw (await aborted(signal)) as Error
  }

  give(partner: Call, cause: HangupCause): void {
    dismiss(this.#given)
    this.#given = partner
    this.#stop.abort(new Handover('given', { partner: cause }))
  }

  async release(cause?: HangupCause): Promise<void> {
    this.#isReleased = true
    this.#stop.abort(new Handover('taken', cause === undefined ? {} : { owner: cause }))
    await this.#apart
  }

  async leave(cause: HangupCause): Promise<void> {
    this.#stop.abort(new Handover('left', { partner: cause }))
    await this.#apart
  }

  #close(): void {
    this.owner.conversation = undefined
    dismiss(this.#given)
  }

  /** Lets the owner talk with `partner`. Hangs up on them afterwards, unless they are taken elsewhere. */
  async #together(partner: Call, leftMs: number): Promise<PartnerEnd> {
    const { signal, hangupKey } = this.#options
    const stop = new AbortController()
    this.#stop = stop
    const unfollow = follow(signal, stop)
    const listening = hangupKey === undefined ? undefined : listen(this.owner, hangupKey, stop)
    let cause: HangupCause | undefined = 'NORMAL_CLEARING'
    partner.host = this.owner
    try {
      await this.#bridge(partner, stop.signal, leftMs)
      return 'callee'
    } catch (error) {
      if (error instanceof Handover) {
        cause = error.hangupCause
        if (error.ownerCause === undefined) return error.kind
        void this.owner.leg.hangup(error.ownerCause)
        return 'left'
      }
      if (!(error instanceof Over)) {
        // An owner who asked for a transfer and went at once: the partner is not to be hung up on for that.
        await this.owner.transferring
        if (this.#isReleased) cause = undefined
        throw error
      }
      if (error.endedBy === 'limit') cause = 'ALLOTTED_TIMEOUT'
      return error.endedBy
    } finally {
      unfollow()
      stop.abort(new Outcome('the conversation is over'))
      await listening
      this.owner.leg.takeDigits()
      partner.host = undefined
      this.#letGo(partner, cause)
    }
  }

  /** @param cause undefined = somebody else talks with it now */
  #letGo(partner: Call, cause: HangupCause | undefined): void {
    const { release } = this.#options
    if (release !== undefined && partner === this.#callee) release(cause === undefined)
    else if (cause !== undefined) void partner.leg.hangup(cause)
  }

  async #bridge(partner: Call, signal: AbortSignal, leftMs: number): Promise<void> {
    const { owner } = this
    const { calling, clock } = this.#options
    const bridge = (either: AbortSignal) => join(owner, partner, { calling, signal: either, isEarly: false })
    const ended = Number.isFinite(leftMs)
      ? await within({ clock, ms: Math.max(0, leftMs), signal }, () => new Over('limit'), bridge)
      : await bridge(signal)
    if (ended === 'a') throw (await aborted(owner.leg.ended)) as Error
    // A partner who asked for a transfer and went at once: the owner leaves, or the transfer comes to nothing.
    if (partner.transferring !== undefined) await unlessAborted(partner.transferring, signal)
    signal.throwIfAborted()
  }
}

/** Why a conversation ended that both parties would have gone on with. */
class Over extends Outcome {
  readonly endedBy: 'limit' | 'key'
  constructor(endedBy: 'limit' | 'key') {
    super(endedBy)
    this.endedBy = endedBy
  }
}

/** Waits for the caller to press `key`. Never rejects. */
async function listen(call: Call, key: string, stop: AbortController): Promise<void> {
  try {
    while ((await call.leg.nextDigit(stop.signal)) !== key);
    stop.abort(new Over('key'))
  } catch {
    // The conversation is over, or the caller is gone.
  }
}
