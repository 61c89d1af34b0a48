import { giveUpMs, t1Ms, t2Ms } from './timer-values.ts'
import type { Timer, Timers } from './timers.ts'
import type { Transaction } from './transaction.ts'

/**
 * A 2xx to an INVITE that waits for its ACK (RFC 3261 section 13.3.1.4). It is repeated here and not by the
 * transaction, and on TCP too, because it goes from end to end.
 */
export class Acceptance {
  /** Of the INVITE. */
  readonly sequence: number
  /** The ACK brings the answer to our offer. */
  readonly awaitsAnswer: boolean
  readonly #timers: Timers
  readonly #transaction: Transaction
  #repeat: Timer | undefined
  readonly #giveUp: Timer

  constructor(
    timers: Timers,
    {
      sequence,
      awaitsAnswer,
      transaction,
      onRepeat,
      onTimeout,
    }: {
      readonly sequence: number
      readonly awaitsAnswer: boolean
      readonly transaction: Transaction
      readonly onRepeat: () => void
      readonly onTimeout: () => void
    },
  ) {
    this.sequence = sequence
    this.awaitsAnswer = awaitsAnswer
    this.#timers = timers
    this.#transaction = transaction
    this.#repeatAfter(t1Ms, () => {
      onRepeat()
      transaction.on('success')
    })
    this.#giveUp = timers.set(giveUpMs, () => {
      this.stop()
      onTimeout()
    })
  }

  stop(): void {
    this.#timers.clear(this.#repeat)
    this.#timers.clear(this.#giveUp)
    this.#transaction.dropMessage()
  }

  #repeatAfter(ms: number, send: () => void): void {
    this.#repeat = this.#timers.set(ms, () => {
      this.#repeatAfter(Math.min(ms * 2, t2Ms), send)
      send()
    })
  }
}
