import type { Flow } from './session.ts'
import { giveUpMs, t1Ms, t2Ms, t4Ms } from './timer-values.ts'
import type { Timer, Timers } from './timers.ts'
import {
  firstState,
  nextStep,
  type Action,
  type Input,
  type Kind,
  type Life,
  type State,
} from './transaction-tables.ts'
import type { Transport } from './transport.ts'
import { isConnection } from './transport-name.ts'

/** What a transaction stands on. */
export interface Ground {
  readonly timers: Timers
  readonly transport: Transport
  /** A message goes out again because no answer came. */
  onRepeat(): void
}

/**
 * What it tells its owner; each at most once, nothing after `forget`. It says which it is, so that one such object
 * serves them all.
 */
export interface TransactionEvents {
  timeout?(transaction: Transaction): void
  broken?(transaction: Transaction): void
  terminated(transaction: Transaction): void
}

const tryingMs = 200
/** Timer C of RFC 3261 is at least 3 minutes; the last entry of table 4 that is not 64*T1 or T4. */
const timerCMs = 180_000

/**
 * Carries a table of transaction-tables.ts out. Keeps only the last message as bytes and two timers, because tens of
 * thousands of these wait out their 32 s after the calls they belonged to are gone.
 */
export class Transaction {
  readonly kind: Kind
  readonly flow: Flow
  /** Under which its owner keeps it. */
  readonly key: string
  readonly #ground: Ground
  readonly #events: TransactionEvents
  #state: State
  #message: Buffer | undefined
  #repeat: Timer | undefined
  #life: Timer | undefined
  #intervalMs = t1Ms
  #ack: Buffer | undefined

  constructor(kind: Kind, key: string, flow: Flow, ground: Ground, events: TransactionEvents) {
    this.kind = kind
    this.key = key
    this.flow = flow
    this.#ground = ground
    this.#events = events
    this.#state = firstState[kind]
  }

  get state(): State {
    return this.#state
  }

  /**
   * Something happened. @returns whether what came is for the owner
   * @param message ours, to send now and again; for a client's failure response, its ACK
   */
  on(input: Input, message?: Buffer): boolean {
    const [next, actions] = nextStep(this.kind, this.#state, input)
    if (message !== undefined && (next !== this.#state || actions.length > 0)) this.#keep(input, message)
    const changed = next !== this.#state
    this.#state = next
    if (changed && next === 'terminated') this.#stop()
    let forOwner = false
    for (const action of actions) if (this.#do(action)) forOwner = true
    if (changed && next === 'terminated') this.#events.terminated(this)
    return forOwner
  }

  /**
   * RFC 3261 section 17.2.1: 100 is said when nothing else is within 200 ms. Nearly every call rings or is answered
   * sooner, which saves each a datagram, the dearest thing there is in signalling.
   */
  announce(trying: () => Buffer): void {
    if (this.#message !== undefined || this.#state !== 'proceeding') return
    this.#repeat = this.#ground.timers.set(tryingMs, () => this.on('provisional', trying()))
  }

  /** A request of ours that its final response has not come for. */
  get isUnanswered(): boolean {
    return this.#state === 'calling' || this.#state === 'trying' || this.#state === 'proceeding'
  }

  /** It need not be sent again: an accepted INVITE whose ACK has come only absorbs retransmissions. */
  dropMessage(): void {
    this.#message = undefined
  }

  /** Ends it at once and says nothing. */
  forget(): void {
    this.#stop()
    this.#state = 'terminated'
  }

  #keep(input: Input, message: Buffer): void {
    if (this.kind === 'clientInvite' && input === 'failure') this.#ack = message
    else {
      if (this.kind === 'serverInvite' && this.#message === undefined) this.#ground.timers.clear(this.#repeat)
      this.#message = message
    }
  }

  #do(action: Action): boolean {
    switch (action) {
      case 'send':
        this.#send(this.#message)
        return false
      case 'ack':
        this.#send(this.#ack)
        return false
      case 'pass':
        return true
      case 'timeout':
        this.#events.timeout?.(this)
        return false
      case 'broken':
        this.#events.broken?.(this)
        return false
      case 'repeatDoubling':
      case 'repeatCapped':
      case 'repeatSlowly':
        this.#repeatAfter(action)
        return false
      case 'quiet':
        this.#ground.timers.clear(this.#repeat)
        return false
      default:
        this.#live(action)
        return false
    }
  }

  #send(message: Buffer | undefined): void {
    if (message === undefined) return
    if (!this.#ground.transport.send(message, this.flow)) this.on('transportError')
  }

  #repeatAfter(how: 'repeatDoubling' | 'repeatCapped' | 'repeatSlowly'): void {
    if (this.#isReliable || this.#state === 'terminated') return
    const ms = how === 'repeatSlowly' ? t2Ms : this.#intervalMs
    this.#intervalMs = how === 'repeatDoubling' ? ms * 2 : Math.min(ms * 2, t2Ms)
    this.#repeat = this.#ground.timers.set(ms, () => {
      this.#ground.onRepeat()
      this.on('repeat')
    })
  }

  #live(name: Life): void {
    if (this.#state === 'terminated') return
    this.#ground.timers.clear(this.#life)
    const ms = lifeMs(name, this.#isReliable)
    if (ms === 0) this.on('expired')
    else this.#life = this.#ground.timers.set(ms, () => this.on('expired'))
  }

  get #isReliable(): boolean {
    return isConnection(this.flow.transport)
  }

  #stop(): void {
    this.#ground.timers.clear(this.#repeat)
    this.#ground.timers.clear(this.#life)
  }
}

/** RFC 3261 table 4: what only absorbs retransmissions takes no time on a reliable transport. */
function lifeMs(name: Life, isReliable: boolean): number {
  switch (name) {
    case 'B':
    case 'F':
    case 'H':
    case 'L':
    case 'M':
      return giveUpMs
    case 'C':
      return timerCMs
    case 'D':
    case 'J':
      return isReliable ? 0 : giveUpMs
    case 'I':
    case 'K':
      return isReliable ? 0 : t4Ms
  }
}
