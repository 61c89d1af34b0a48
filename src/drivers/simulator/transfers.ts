import { Failure, unwanted, type Clock } from '../../base/index.ts'
import type { Hangup, LegEvent, Party, ReferOptions } from '../../call/index.ts'

interface TransfersOptions {
  readonly clock: Clock
  /** Of the leg. */
  readonly ended: AbortSignal
  readonly isAnswered: () => boolean
  readonly tell: (event: LegEvent) => void
}

/** What we have asked the far end to call. */
interface Referral {
  readonly done: (sipStatus: number) => void
  readonly failed: (reason: Error) => void
}

/** As SIP does: who asks for a transfer hears after so long that it came to nothing; who is asked for one may take so long. */
const longestTransferMs = 60_000
const longestReferralMs = 180_000

/** The transfers that the far end of a leg asks for, and those that it is asked for. */
export class Transfers {
  readonly #options: TransfersOptions
  readonly #statuses: number[] = []
  /** Aborts when the far end has been told what became of the transfer that it asked for. */
  #request: AbortController | undefined
  #referral: Referral | undefined

  constructor(options: TransfersOptions) {
    this.#options = options
  }

  /** What the far end has heard of those that it asked for. */
  get statuses(): readonly number[] {
    return this.#statuses
  }

  /** The far end asks for one. */
  request(to: Party, replacesCallId?: string): void {
    if (!this.#options.isAnswered() || this.#request !== undefined) return
    const reported = new AbortController()
    this.#request = reported
    this.#statuses.push(100)
    const limit = this.#options.clock.sleep(longestTransferMs, AbortSignal.any([reported.signal, this.#options.ended]))
    limit.then(
      () => this.#reported(503),
      () => undefined,
    ) // aborted: it was reported, or the leg has ended
    this.#options.tell({ type: 'transfer.requested', to, ...(replacesCallId === undefined ? {} : { replacesCallId }) })
  }

  /** Tells the far end what became of it. */
  report(sipStatus: number): void {
    if (this.#reported(sipStatus)) this.#options.tell({ type: 'transfer.reported', sipStatus })
  }

  async refer(target: string, { signal, replaces }: ReferOptions): Promise<number> {
    this.#options.ended.throwIfAborted()
    signal.throwIfAborted()
    const isGone = !this.#options.isAnswered() || (replaces !== undefined && replaces.state === 'ended')
    if (isGone || this.#referral !== undefined) {
      throw new Failure('TRANSFER_REFUSED', { sipStatus: isGone ? 481 : 491 })
    }
    const instead = replaces === undefined ? {} : { replacesCallId: replaces.callId }
    this.#options.tell({ type: 'transfer.asked', target, ...instead })
    const over = new AbortController()
    try {
      return await new Promise<number>((done, failed) => {
        this.#referral = { done, failed }
        const expired = (): void => failed(new Failure('TRANSFER_TIMEOUT', { target }))
        this.#options.clock.sleep(longestReferralMs, AbortSignal.any([signal, over.signal])).then(expired, failed)
      })
    } finally {
      this.#referral = undefined
      over.abort(unwanted)
    }
  }

  /** The far end says what became of the call that we asked them to make. */
  farEndReports(sipStatus: number): void {
    this.#referral?.done(sipStatus)
  }

  /** The far end does not want to make it. */
  farEndRefuses(sipStatus: number): void {
    this.#referral?.failed(new Failure('TRANSFER_REFUSED', { sipStatus }))
  }

  /** The leg ends. */
  end(hangup: Hangup): void {
    if (hangup.by === 'server') this.#reported(503)
    // A far end that goes as soon as it was asked to call somebody else has said that all is well.
    if (hangup.by === 'server' || hangup.by === 'network') this.#referral?.failed(hangup)
    else this.#referral?.done(200)
  }

  /** @returns whether they had asked for it */
  #reported(sipStatus: number): boolean {
    const request = this.#request
    if (request === undefined || this.#options.ended.aborted) return false
    this.#request = undefined
    this.#statuses.push(sipStatus)
    request.abort(unwanted)
    return true
  }
}
