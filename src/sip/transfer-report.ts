import type { DialogRequests } from './dialog-requests.ts'
import { phraseOf } from './reasons.ts'
import type { Header } from './serialize.ts'
import type { Timer, Timers } from './timers.ts'

export interface TransferReportOptions {
  readonly requests: DialogRequests
  readonly timers: Timers
  /** Says who we are, in every NOTIFY. */
  readonly contact: string
  /** `refer`, with the id that the far end knows it by. */
  readonly event: string
  /** The far end does not want to hear anything. */
  readonly isSilent: boolean
}

/** Whoever asks for a transfer is told after so long that it came to nothing, when nobody says what became of it. */
const longestMs = 60_000
const unavailable = 503

/**
 * What the far end hears of the transfer that it has asked for: 100 at once, then how it ended. The implicit
 * subscription of RFC 3515 section 2.4.4: one NOTIFY at a time, so that they arrive in order.
 */
export class TransferReport {
  readonly #options: TransferReportOptions
  readonly #limit: Timer
  #isNotifying = false
  #isReported = false
  /** What is still to be said. */
  #final: number | undefined

  constructor(options: TransferReportOptions) {
    this.#options = options
    this.#limit = options.timers.set(longestMs, () => this.report(unavailable))
    this.#notify(100, `active;expires=${longestMs / 1_000}`)
  }

  /** Whether the far end has been told how it ended. */
  get isReported(): boolean {
    return this.#isReported
  }

  /** @returns whether there was anything to be said still */
  report(status: number): boolean {
    if (this.#isReported) return false
    this.stop()
    this.#final = status
    if (!this.#isNotifying) this.#conclude()
    return true
  }

  /** The call is about to be hung up by us: what is not said now cannot be said any more. */
  hurry(): void {
    this.report(unavailable)
    this.#conclude()
  }

  stop(): void {
    this.#isReported = true
    this.#options.timers.clear(this.#limit)
  }

  #conclude(): void {
    const status = this.#final
    this.#final = undefined
    if (status !== undefined) this.#notify(status, 'terminated;reason=noresource')
  }

  #notify(status: number, state: string): void {
    const { contact, event, isSilent, requests } = this.#options
    if (isSilent) return
    const headers: readonly Header[] = [
      ['Contact', contact],
      ['Event', event],
      ['Subscription-State', state],
      ['Content-Type', 'message/sipfrag;version=2.0'],
    ]
    this.#isNotifying = true
    requests.send('NOTIFY', headers, `SIP/2.0 ${status} ${phraseOf(status)}\r\n`, () => {
      this.#isNotifying = false
      this.#conclude()
    })
  }
}
