import { randomHex, type Clock, type Log } from '../base/index.ts'
import type { HangupCause } from './causes.ts'
import { Description } from './description.ts'
import { nameOfTarget, type Target } from './driver.ts'
import type { CallEvent, CallFact, ReadFact } from './events.ts'
import type { Leg } from './leg.ts'
import type { Party } from './party.ts'
import { mediaSource, type MediaSource } from './media.ts'
import type { CdrReport } from './leg-record.ts'
import type { BackgroundRecording } from './recordings.ts'
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
  /** What is heard while somebody of the account holds, as KAZOO refers to media. */
  readonly holdMusic?: string
}

/** The device and user a call was authenticated as. */
export interface Caller {
  readonly authorizingId?: string
  readonly authorizingType?: string
  readonly ownerIds: readonly string[]
  /** What is heard while they hold, when it is not the account's. */
  readonly holdMusic?: string
}

/**
 * What a call does that others may take part in: somebody is rung for it, it talks with somebody, or it waits for
 * somebody. It belongs to one call, its owner, and is over when the owner's flow goes on.
 */
export interface Conversation {
  readonly state: 'ringing' | 'talking' | 'waiting'
  readonly owner: Call
  /** With whom the owner talks. */
  readonly partner: Call | undefined
  /**
   * From now on the owner talks with `partner`, who has answered. Whoever it talked with before, or rang for it, is hung
   * up with `cause`.
   */
  give(partner: Call, cause: HangupCause): void
  /**
   * Lets the partner go, whose leg goes on. So does the owner's flow, unless the owner is to be hung up with `cause`.
   * Resolves when they no longer hear each other.
   */
  release(cause?: HangupCause): Promise<void>
  /**
   * Lets the owner go: the flow that it runs waits until its leg is over, and whoever it talks with or rings for it is
   * hung up with `cause`. Resolves when nobody else has the owner's sound.
   */
  leave(cause: HangupCause): Promise<void>
}

/** Who has transferred a call, as far as it matters to where it went. */
export interface Transferor {
  readonly caller: Caller
  readonly number: string
  readonly how: 'blind' | 'attended'
  /** The leg by which they had called where it went. */
  readonly consultedCallId?: string
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
  /** The call of the leg that this one was dialled for. */
  readonly beside?: Call
  /** How whoever is called is called. */
  readonly calleeName?: string
  /** Told of each leg that was dialled for another one, once it has ended. */
  readonly onBesideEnded?: (call: Call) => void
}

/** What is known of a leg that was dialled for another one. */
export interface BesideOptions {
  readonly target: Target
  /** What was dialled, and how whoever is called is called. */
  readonly number: string
  readonly name?: string
  /** The device and user that are called. */
  readonly endpoint?: Caller
  /** Told of everything that happens on this leg, after those who are told of all. */
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
  /** When it was first connected with somebody else. */
  bridgedAt: number | undefined
  /** Who was called, by name. */
  readonly calleeName: string | undefined
  /** The leg that this one was dialled for, or was last bridged with, and what was dialled for that. */
  other: { readonly callId: string; readonly number: string } | undefined
  /** What it does that others may take part in. Kept by whatever lets it ring, talk or wait. */
  conversation: Conversation | undefined
  /** In whose conversation it takes part: for whom it rings, or with whom it talks. */
  host: Call | undefined
  /** Settles when it is decided what comes of the transfer that its far end has asked for; it may be gone by then. */
  transferring: Promise<void> | undefined
  /** Who has sent it where it is now, by a transfer. */
  transferredBy: Transferor | undefined
  /** How it is being recorded: the last order comes last. */
  readonly backgroundRecordings: BackgroundRecording[] = []
  readonly #options: CallOptions
  readonly #description = new Description()
  readonly #followers = new Set<CallObserver>()
  readonly #unfinished = new Set<Promise<unknown>>()
  #bridges = 0
  #sequence = 0

  constructor(options: CallOptions) {
    const { leg, account, caller, number, clock, log, beside, calleeName } = options
    this.leg = leg
    this.account = account
    this.caller = caller ?? { ownerIds: [] }
    this.number = number
    this.calleeName = calleeName
    this.other = beside && { callId: beside.id, number: beside.number }
    this.log = log
    this.#options = options
    this.arrivedAt = clock.now()
    this.interactionId = beside?.interactionId ?? `${Math.floor(this.arrivedAt / 1000) + yearZero}-${randomHex(4)}`
    this.variables = new CallVariables({ language: beside?.variables.language ?? account.language, from: leg.from })
    leg.observe((event) => this.#onLeg(event))
  }

  /** What web servers and CDRs know the call by. */
  get id(): string {
    return this.leg.callId
  }

  get from(): Party {
    return this.leg.from
  }

  /** What others hear while this leg holds: its own music, the account's, or the house's. */
  get holdMusic(): MediaSource {
    const { language } = this.variables
    const accountId = this.account.id
    const own = mediaSource(this.caller.holdMusic ?? this.account.holdMusic, { accountId, language })
    return own ?? { kind: 'prompt', accountId, name: 'music-on-hold', language }
  }

  /**
   * The call of a leg that was dialled for this one: it belongs to the same account and interaction, begins with the
   * variables that are exported, and has a story and a record of its own.
   */
  beside(leg: Leg, { target, number, name, endpoint, observers }: BesideOptions): Call {
    const beside = new Call({
      account: this.account,
      leg,
      number,
      clock: this.#options.clock,
      log: this.log.child({ legCallId: leg.callId }),
      observers: [...this.#options.observers, ...observers],
      beside: this,
      ...(name === undefined ? {} : { calleeName: name }),
      ...(endpoint === undefined ? {} : { caller: endpoint }),
      ...(this.#options.onBesideEnded === undefined ? {} : { onBesideEnded: this.#options.onBesideEnded }),
    })
    beside.host = this
    beside.variables.takeExported(this.variables)
    beside.tell({ type: 'leg.dialled', target: nameOfTarget(target), besideCallId: this.id })
    return beside
  }

  /** Adds `fact` to the call's story. */
  tell(fact: CallFact): void {
    // The fact comes last: spread first, it takes 10 µs instead of 0.1.
    const event: CallEvent = {
      sequence: ++this.#sequence,
      atMs: this.#options.clock.now() - this.arrivedAt,
      callId: this.id,
      accountId: this.account.id,
      ...fact,
    }
    if (fact.type === 'bridge.began' && !fact.isEarly) this.bridgedAt ??= this.#options.clock.now()
    if ((fact.type === 'bridge.began' || fact.type === 'bridge.ended') && !fact.isEarly) {
      this.#bridges += fact.type === 'bridge.began' ? 1 : -1
    }
    for (const observe of this.#options.observers) observe(event, this)
    for (const follow of this.#followers) follow(event, this)
  }

  /** It hears somebody else, and both have answered. */
  get isBridged(): boolean {
    return this.#bridges > 0
  }

  /** Tells `observer` of everything from now on. @returns ends that */
  follow(observer: CallObserver): () => void {
    this.#followers.add(observer)
    return () => this.#followers.delete(observer)
  }

  /** Lets the call's record wait for `work`, which never rejects. */
  finishLater(work: Promise<unknown>): void {
    this.#unfinished.add(work)
    void work.finally(() => this.#unfinished.delete(work))
  }

  /** Resolves when all that the call's record says is known. */
  async finished(): Promise<void> {
    while (this.#unfinished.size > 0) await Promise.all(this.#unfinished)
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
    if (event.type === 'leg.ringing') this.ringingAt ??= this.#options.clock.now()
    if (event.type === 'leg.answered') this.answeredAt ??= this.#options.clock.now()
    if (event.type === 'leg.ended') this.endedAt ??= this.#options.clock.now()
    this.tell(event)
    const { beside, onBesideEnded } = this.#options
    if (event.type !== 'leg.ended' || beside === undefined || onBesideEnded === undefined) return
    if (this.#unfinished.size === 0) onBesideEnded(this)
    else void this.finished().then(() => onBesideEnded(this))
  }
}
