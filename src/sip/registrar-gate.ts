import { asFailure, isFailure, type Clock, type Log } from '../base/index.ts'
import type { Refusal } from './check-request.ts'
import { DigestGuard, type GuardCounters } from './digest-guard.ts'
import type { IncomingRequest } from './incoming.ts'
import { register } from './registrar.ts'
import { defaultRegistrarLimits, type Phone, type RegistrarLimits, type RegistrarOptions } from './registrar-port.ts'

/** Requests whose senders are being looked up, at once: usually at hand, but a database can be slow. */
const mostAtOnce = 5_000

export interface GateOptions extends RegistrarOptions {
  readonly clock: Clock
  readonly log: Log
  /** Has this request been taken already, when it came before? */
  isTaken(request: IncomingRequest): boolean
  answer(request: IncomingRequest, refusal: Refusal): void
  /** What is said when there is too much to do. */
  busy(): Refusal
}

/** Finds out who sends a REGISTER or an INVITE before anything is done about it. */
export class Gate {
  readonly #options: GateOptions
  readonly #limits: RegistrarLimits
  readonly #guard: DigestGuard
  #pending = 0
  #isClosed = false

  constructor(options: GateOptions) {
    this.#options = options
    this.#limits = { ...defaultRegistrarLimits, ...options.limits }
    this.#guard = new DigestGuard({ ...options, limits: this.#limits })
  }

  get counters(): GuardCounters {
    return this.#guard.counters
  }

  /** Has this address failed to authenticate too often lately? */
  isRefused(address: string): boolean {
    return this.#guard.isRefused(address)
  }

  /**
   * Judges a request without keeping anything of it, so that whoever is refused costs nothing.
   *
   * @param enter takes it: from a phone, or from a stranger. @returns why it is refused all the same
   */
  admit(request: IncomingRequest, enter: (phone: Phone | undefined) => Refusal | undefined): Refusal | undefined {
    if (this.#pending >= mostAtOnce) return this.#options.busy()
    this.#pending++
    void this.#admit(request, enter).finally(() => this.#pending--)
    return undefined
  }

  async #admit(request: IncomingRequest, enter: (phone: Phone | undefined) => Refusal | undefined): Promise<void> {
    const refusal = await this.#judged(request, enter).catch((error: unknown) => this.#failed(request, error))
    if (refusal !== undefined && !this.#isClosed) this.#options.answer(request, refusal)
  }

  async #judged(
    request: IncomingRequest,
    enter: (phone: Phone | undefined) => Refusal | undefined,
  ): Promise<Refusal | undefined> {
    const judge = await this.#guard.inquire(request)
    if (this.#isClosed || this.#options.isTaken(request)) return undefined
    const verdict = judge()
    if (verdict.is === 'refused') return verdict.refusal
    return enter(verdict.is === 'phone' ? verdict.phone : undefined)
  }

  /** Carries out a REGISTER. Never rejects. */
  async register(request: IncomingRequest, phone: Phone): Promise<Refusal> {
    const { bindings, clock } = this.#options
    try {
      return await bindings.change(phone, (present) =>
        register(request, phone, { present, nowMs: clock.now(), limits: this.#limits }),
      )
    } catch (error) {
      return this.#failed(request, error)
    }
  }

  close(): void {
    this.#isClosed = true
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  #failed({ method, source }: IncomingRequest, error: unknown): Refusal {
    if (isFailure(error, 'DATABASE_UNAVAILABLE')) {
      this.#options.log.warn('sip.unjudged', { method, address: source.address, error })
      return this.#options.busy()
    }
    this.#options.log.error('sip.failed', { error: asFailure(error), method, address: source.address })
    return { status: 500 }
  }
}
