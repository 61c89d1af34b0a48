import { randomHex, type Clock, type Log } from '../base/index.ts'
import { Description } from './description.ts'
import type { CallEvent, CallFact, ReadFact } from './events.ts'
import type { Leg, Party } from './leg.ts'
import type { CdrReport } from './leg-record.ts'
import { CallVariables } from './variables.ts'

/** What a call needs to know of the account it belongs to (KAZOO's account document). */
export interface Account {
  readonly id: string
  readonly realm: string
  /** Lower case, e.g. `en-us`. */
  readonly language: string
  /** IANA name, e.g. `Europe/Zurich`. */
  readonly timezone: string
  /** ISO 3166 alpha-2, for numbers dialled in national form. */
  readonly country: string
  /** Signs requests to web servers when set. */
  readonly secret?: string
}

/** The device and user a call was authenticated as. */
export interface Caller {
  readonly authorizingId?: string
  readonly authorizingType?: string
  readonly ownerIds: readonly string[]
}

export interface CallOptions {
  readonly leg: Leg
  readonly account: Account
  readonly caller?: Caller
  /** The number dialled, normalized (E.164, an extension, or `*…`). */
  readonly number: string
  readonly clock: Clock
  readonly log: Log
  readonly observers: readonly CallObserver[]
}

/** Told of everything that happens on calls, in order. Must not throw. */
export type CallObserver = (event: CallEvent, call: Call) => void

const yearZero = 62_167_219_200 // KAZOO counts the seconds from here.

/** One call from its arrival to its end: the leg, whose it is, what is known and set on it, and its story. */
export class Call {
  readonly leg: Leg
  readonly account: Account
  readonly caller: Caller
  readonly number: string
  readonly log: Log
  readonly variables: CallVariables
  /** See {@link LegRecord.interactionId}. */
  readonly interactionId: string
  /** Where the CDR is to be posted; the last TwiML session's word. Tell `cdr.requested` after a change. */
  reports: readonly CdrReport[] = []
  /** Addresses of the recordings made so far. */
  readonly recordings: string[] = []
  /** Unix milliseconds. */
  readonly arrivedAt: number
  answeredAt: number | undefined
  ringingAt: number | undefined
  endedAt: number | undefined
  readonly #clock: Clock
  readonly #observers: readonly CallObserver[]
  readonly #description = new Description()
  #sequence = 0

  constructor({ leg, account, caller, number, clock, log, observers }: CallOptions) {
    this.leg = leg
    this.account = account
    this.caller = caller ?? { ownerIds: [] }
    this.number = number
    this.log = log
    this.#clock = clock
    this.#observers = observers
    this.arrivedAt = clock.now()
    this.interactionId = `${Math.floor(this.arrivedAt / 1000) + yearZero}-${randomHex(4)}`
    this.variables = new CallVariables({ language: account.language, from: leg.from })
    leg.observe((event) => this.#onLeg(event))
  }

  /** What web servers and CDRs know the call by. */
  get id(): string {
    return this.leg.callId
  }

  get from(): Party {
    return this.leg.from
  }

  /** Adds `fact` to the call's story. */
  tell(fact: CallFact): void {
    // The fact comes last: spread first, it takes 10 µs instead of 0.1.
    const event: CallEvent = {
      sequence: ++this.#sequence,
      atMs: this.#clock.now() - this.arrivedAt,
      callId: this.id,
      accountId: this.account.id,
      ...fact,
    }
    for (const observe of this.#observers) observe(event, this)
  }

  /** Keeps in mind what the call is decided by. Part of the story only when the call is debugged. */
  note(fact: ReadFact): void {
    for (const due of this.#description.note(fact)) this.tell(due)
  }

  /** Makes everything that is needed to make this call again part of its story, once and from here on. */
  describe(): void {
    for (const due of this.#description.begin(this)) this.tell(due)
  }

  #onLeg(event: CallFact): void {
    if (event.type === 'leg.ringing') this.ringingAt ??= this.#clock.now()
    if (event.type === 'leg.answered') this.answeredAt ??= this.#clock.now()
    if (event.type === 'leg.ended') this.endedAt ??= this.#clock.now()
    this.tell(event)
  }
}
