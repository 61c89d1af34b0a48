import { randomUint16 } from '../base/index.ts'
import type { SipMessage } from './message.ts'
import { giveUpMs, t1Ms } from './timer-values.ts'
import type { Timer, Timers } from './timers.ts'

export interface Provisional {
  readonly status: number
  readonly sdp: string | undefined
  /** The far end has it for certain, or it was not sent reliably. */
  readonly done: () => void
}

export interface ProvisionalEvents {
  /** @param rseq to put in RSeq, with `Require: 100rel` */
  send(provisional: Provisional, rseq: number): Buffer
  repeat(message: Buffer): void
  /** No PRACK in 32 s. */
  timeout(): void
}

/** At most this many wait for the one before them. */
const mostWaiting = 8

/** Reliable provisional responses (RFC 3262 section 3): numbered, repeated until PRACK, one at a time. */
export class ReliableProvisionals {
  readonly #timers: Timers
  readonly #events: ProvisionalEvents
  readonly #waiting: Provisional[] = []
  #unacknowledged: { readonly provisional: Provisional; readonly message: Buffer; readonly rseq: number } | undefined
  /** 0 until the first one, because most calls need none. */
  #rseq = 0
  #repeat: Timer | undefined
  #giveUp: Timer | undefined

  constructor(timers: Timers, events: ProvisionalEvents) {
    this.#timers = timers
    this.#events = events
  }

  /** RFC 3262 section 3: a 2xx waits while one with a session description is not acknowledged. */
  get holdsAnswer(): boolean {
    return this.#unacknowledged?.provisional.sdp !== undefined || this.#waiting.some(({ sdp }) => sdp !== undefined)
  }

  send(provisional: Provisional): void {
    if (this.#unacknowledged === undefined) this.#sendNow(provisional)
    else if (this.#waiting.length < mostWaiting) this.#waiting.push(provisional)
    else provisional.done()
  }

  /** A PRACK has come. @returns what it acknowledges, or undefined when it acknowledges nothing */
  acknowledge(prack: SipMessage, inviteSequence: number): Provisional | undefined {
    const [, rseq, sequence, method] = /^(\d{1,10})\s+(\d{1,10})\s+(\S+)$/.exec(prack.first('rack') ?? '') ?? []
    const pending = this.#unacknowledged
    if (pending?.rseq !== Number(rseq) || Number(sequence) !== inviteSequence || method !== 'INVITE') return undefined
    this.#clear()
    return pending.provisional
  }

  /** To be called once the PRACK is answered: sends the next one. */
  next(): void {
    const next = this.#waiting.shift()
    if (next !== undefined && this.#unacknowledged === undefined) this.#sendNow(next)
  }

  /** Sends none any more; whoever waits goes on. */
  stop(): void {
    const left = [this.#unacknowledged?.provisional, ...this.#waiting]
    this.#waiting.length = 0
    this.#clear()
    for (const provisional of left) provisional?.done()
  }

  #sendNow(provisional: Provisional): void {
    this.#rseq = this.#rseq === 0 ? 1 + randomUint16() : this.#rseq + 1
    const rseq = this.#rseq
    const message = this.#events.send(provisional, rseq)
    this.#unacknowledged = { provisional, message, rseq }
    this.#repeatAfter(t1Ms, message)
    this.#giveUp = this.#timers.set(giveUpMs, () => this.#events.timeout())
  }

  /** Doubles without limit, and on TCP too, because there may be UDP behind the next hop. */
  #repeatAfter(ms: number, message: Buffer): void {
    this.#repeat = this.#timers.set(ms, () => {
      this.#events.repeat(message)
      this.#repeatAfter(ms * 2, message)
    })
  }

  #clear(): void {
    this.#timers.clear(this.#repeat)
    this.#timers.clear(this.#giveUp)
    this.#unacknowledged = undefined
  }
}
