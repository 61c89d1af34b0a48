import type { Dialog } from './dialog.ts'
import type { DialogRequests } from './dialog-requests.ts'
import { messageSummaryText, messageSummaryType, type MessageSummary } from './message-summary.ts'
import type { Phone } from './registrar-port.ts'
import type { Header } from './serialize.ts'
import type { Timer, Timers } from './timers.ts'

export interface SubscriptionOptions {
  readonly dialog: Dialog
  readonly requests: DialogRequests
  readonly timers: Timers
  readonly phone: Phone
  /** With the id that the phone knows it by. */
  readonly event: string
  /** Nothing more is to be told. */
  over(): void
}

/** A phone that wants to hear how many messages wait, until a time (RFC 6665 section 4.2). */
export class Subscription {
  readonly dialog: Dialog
  readonly phone: Phone
  readonly #options: SubscriptionOptions
  #expiry: Timer | undefined
  #isOver = false

  constructor(options: SubscriptionOptions) {
    this.dialog = options.dialog
    this.phone = options.phone
    this.#options = options
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** From now on. */
  lastFor(seconds: number): void {
    const { timers } = this.#options
    timers.clear(this.#expiry)
    this.#expiry = timers.set(seconds * 1_000, () => this.#notify('terminated;reason=timeout', undefined))
  }

  tell(summary: MessageSummary): void {
    if (this.#isOver) return
    const { timers } = this.#options
    const leftSeconds = Math.ceil(((this.#expiry?.at ?? timers.now()) - timers.now()) / 1_000)
    this.#notify(leftSeconds > 0 ? `active;expires=${leftSeconds}` : 'terminated;reason=timeout', summary)
  }

  stop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.timers.clear(this.#expiry)
    this.#options.over()
  }

  #notify(state: string, summary: MessageSummary | undefined): void {
    const { dialog, event, requests } = this.#options
    const headers: readonly Header[] = [
      ['Contact', dialog.contact],
      ['Event', event],
      ['Subscription-State', state],
      ...(summary === undefined ? [] : [['Content-Type', messageSummaryType] as const]),
    ]
    const body = summary === undefined ? undefined : messageSummaryText(summary)
    if (state.startsWith('terminated')) this.stop()
    requests.send('NOTIFY', headers, body, (response) => {
      // RFC 6665 section 4.2.2: whoever does not know it any more, or does not answer, wants no more of it.
      if (response === undefined || response.status === 481) this.stop()
    })
  }
}
