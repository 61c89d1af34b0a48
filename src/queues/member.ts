import { Outcome } from '../base/index.ts'
import type { Call } from '../call/index.ts'

/** Why the wait of a member is over: somebody takes it out of the queue. */
export class Taken extends Outcome {
  override readonly name = 'Taken'
}

/** Why the wait of a member is over: somebody outside wants its flow to go on. */
export class Dismissed extends Outcome {
  override readonly name = 'Dismissed'
}

/**
 * What came of being taken: `back` to waiting, since nothing came of it; `talked`; or `kept` by somebody else than who took
 * it, so that its flow no longer has it.
 */
export type Attended = 'back' | 'talked' | 'kept'

/**
 * A call in a queue. Its own flow waits; whoever takes it waits until it is {@link ready}, and says what came of it.
 *
 *   waiting ──take──▶ taken ──begin──▶ talking ──end──▶ gone
 *      ▲───putBack──────┘     every state ──leave──▶ gone
 */
export class Member {
  readonly call: Call
  /** Unix milliseconds. */
  readonly enteredAt: number
  readonly #now: () => number
  readonly #onOut: () => void
  readonly #gone = new AbortController()
  #state: 'waiting' | 'taken' | 'talking' | 'gone' = 'waiting'
  #outAt: number | undefined
  #round = new Round()
  #hasTalked = false

  /** @param onOut told when it is no longer in the queue */
  constructor(call: Call, now: () => number, onOut: () => void) {
    this.call = call
    this.enteredAt = now()
    this.#now = now
    this.#onOut = onOut
  }

  get isWaiting(): boolean {
    return this.#state === 'waiting'
  }

  /** Whether it was connected with whoever took it. */
  get hasTalked(): boolean {
    return this.#hasTalked
  }

  /** How long it has been in the queue, or was. */
  get waitedMs(): number {
    return (this.#outAt ?? this.#now()) - this.enteredAt
  }

  /** Aborts with {@link Taken} when somebody takes it, or with {@link Dismissed}. After `back` there is another one. */
  get taken(): AbortSignal {
    return this.#round.taken.signal
  }

  /** Aborts when its flow no longer has it wait or talk. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** For whoever took it: resolves when it hears nothing of its wait any more. */
  get ready(): Promise<void> {
    return this.#round.ready
  }

  /** For its flow: says that it has stopped waiting. @returns what comes of it */
  attended(): Promise<Attended> {
    const { outcome } = this.#round
    this.#round.setReady()
    return outcome
  }

  take(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'taken'
    this.#round.taken.abort(new Taken('somebody takes the member'))
  }

  /** Lets its flow go on, unless somebody has taken it. @returns whether it did */
  dismiss(): boolean {
    if (this.#state !== 'waiting') return false
    this.leave()
    this.#round.taken.abort(new Dismissed('the member is let go'))
    return true
  }

  /** It is about to be talked with: it is out of the queue. */
  begin(): void {
    if (this.#state === 'gone') return
    this.#state = 'talking'
    this.#hasTalked = true
    this.#leaveQueue()
  }

  /** @param isKept whether somebody else talks with it now, and goes on to */
  end(isKept: boolean): void {
    if (this.#state === 'talking') this.#round.setOutcome(isKept ? 'kept' : 'talked')
  }

  /** Nothing came of taking it: it waits on, where it was. */
  putBack(): void {
    if (this.#state !== 'taken') return
    this.#round.setOutcome('back')
  }

  /** After `back`: it can be taken again. */
  waitAgain(): void {
    if (this.#state !== 'taken') return
    this.#state = 'waiting'
    this.#round = new Round()
  }

  /** Its flow goes on. */
  leave(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#leaveQueue()
    this.#gone.abort(new Outcome('the member has left the queue'))
  }

  #leaveQueue(): void {
    if (this.#outAt !== undefined) return
    this.#outAt = this.#now()
    this.#onOut()
  }
}

/** One time of waiting and being taken. */
class Round {
  readonly taken = new AbortController()
  readonly ready: Promise<void>
  readonly outcome: Promise<Attended>
  setReady: () => void = () => undefined
  setOutcome: (outcome: Attended) => void = () => undefined

  constructor() {
    this.ready = new Promise((resolve) => (this.setReady = resolve))
    this.outcome = new Promise((resolve) => (this.setOutcome = resolve))
  }
}
