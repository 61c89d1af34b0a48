import { asFailure, never, Outcome, within, type Clock, type Log } from '../base/index.ts'
import type { OutgoingRegistration, RegistrationAnswer } from '../sip/index.ts'
import type { Gateway, Trunk } from '../trunks/index.ts'

/** How we stand with a gateway that we register with. */
export interface GatewayStatus {
  readonly accountId: string
  readonly resourceId: string
  /** What the gateway is called. */
  readonly gateway: string
  readonly server: string
  /** `refused`: it does not want us as we are; `failing`: it does not answer, or not now. */
  readonly state: 'registering' | 'registered' | 'failing' | 'refused'
  /** What it said last. */
  readonly sipStatus: number | undefined
  readonly reason: string | undefined
  /** Unix milliseconds: until when it is good, or when we try again. */
  readonly until: number | undefined
}

export interface GatewayRegistrationOptions {
  readonly trunk: Trunk
  readonly gateway: Gateway
  readonly registration: OutgoingRegistration
  readonly clock: Clock
  readonly log: Log
  /** From 0 up to 1: so that not everybody comes back at the same moment. */
  readonly random: () => number
}

const mostSeconds = 86_400
/** How long before its end a registration is said again, if it is long enough. */
const marginSeconds = 60
const firstPauseMs = 5_000
const mostPauseMs = 300_000
const firstRefusedPauseMs = 60_000
const mostRefusedPauseMs = 900_000
const mostRetryAfterMs = 3_600_000
/** How long we wait for the answer when we take our leave. */
const goodbyeMs = 2_000

/** Statuses of the 4xx that say nothing about us. */
const passing: readonly number[] = [408, 423, 429, 480, 491]

/** Keeps us registered with one gateway, from `run` until its signal aborts. */
export class GatewayRegistration {
  readonly #options: GatewayRegistrationOptions
  #status: GatewayStatus
  /** Since the last success. */
  #failures = 0
  #seconds: number
  #totalFailures = 0

  constructor(options: GatewayRegistrationOptions) {
    const { trunk, gateway } = options
    this.#options = options
    this.#seconds = gateway.expirySeconds
    this.#status = {
      accountId: trunk.accountId,
      resourceId: trunk.id,
      gateway: gateway.name,
      server: gateway.server,
      state: 'registering',
      sipStatus: undefined,
      reason: undefined,
      until: undefined,
    }
  }

  get status(): GatewayStatus {
    return this.#status
  }

  get failures(): number {
    return this.#totalFailures
  }

  /** Resolves once `signal` has aborted, and the gateway has been told, if it can be within 2 s. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { registration, clock, log } = this.#options
    try {
      while (!signal.aborted) {
        const answer = await registration.ask(this.#seconds, signal)
        await clock.sleep(this.#after(answer), signal)
      }
    } catch (error) {
      if (!signal.aborted) log.error('registrations.gateway-abandoned', { ...this.#named, error: asFailure(error) })
    }
    if (this.#status.state === 'registered') await this.#takeLeave()
  }

  get #named(): Readonly<Record<string, unknown>> {
    const { accountId, resourceId, gateway } = this.#status
    return { accountId, resourceId, gateway }
  }

  /** @returns how long to wait until it is asked again */
  #after(answer: RegistrationAnswer): number {
    if (answer.status < 300) return this.#registered(answer)
    const isTooBrief = answer.status === 423 && (answer.leastSeconds ?? 0) > this.#seconds
    if (isTooBrief) {
      this.#seconds = Math.min(answer.leastSeconds ?? mostSeconds, mostSeconds)
      return 0
    }
    return this.#failed(answer)
  }

  #registered({ status, reason, seconds }: RegistrationAnswer): number {
    const { clock, log } = this.#options
    const granted = Math.max(Math.min(seconds, mostSeconds), 1)
    const before = this.#status.state
    this.#failures = 0
    this.#status = {
      ...this.#status,
      state: 'registered',
      sipStatus: status,
      reason,
      until: clock.now() + granted * 1_000,
    }
    if (before !== 'registered') log.info('registrations.gateway-registered', { ...this.#named, seconds: granted })
    return Math.max(granted - marginSeconds, granted / 2) * 1_000
  }

  #failed({ status, reason, retryAfterSeconds }: RegistrationAnswer): number {
    const { clock, log, random } = this.#options
    const isRefused = status >= 400 && status < 500 && !passing.includes(status)
    const [first, most] = isRefused ? [firstRefusedPauseMs, mostRefusedPauseMs] : [firstPauseMs, mostPauseMs]
    const usual = Math.min(first * 2 ** Math.min(this.#failures, 20), most) * (1 + random() / 4)
    const wanted = Math.min((retryAfterSeconds ?? 0) * 1_000, mostRetryAfterMs)
    const pauseMs = Math.round(Math.max(usual, wanted))
    this.#failures++
    this.#totalFailures++
    const until = clock.now() + pauseMs
    this.#status = { ...this.#status, state: isRefused ? 'refused' : 'failing', sipStatus: status, reason, until }
    log.warn('registrations.gateway-failed', { ...this.#named, status, reason, isRefused, retryMs: pauseMs })
    return pauseMs
  }

  async #takeLeave(): Promise<void> {
    const { registration, clock, log } = this.#options
    const late = (): Error => new Outcome('the gateway takes no notice')
    try {
      await within({ clock, ms: goodbyeMs, signal: never }, late, (signal) => registration.ask(0, signal))
    } catch (error) {
      log.info('registrations.gateway-not-told', { ...this.#named, error })
    }
  }
}
