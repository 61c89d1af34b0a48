import type { Clock } from '../base/index.ts'
import type { HttpLimits, HttpStage, HttpTiming } from './http.ts'

const partOf = {
  queue: undefined,
  dns: 'dnsMs',
  connect: 'connectMs',
  tls: 'tlsMs',
  headers: 'firstByteMs',
  body: 'bodyMs',
} as const satisfies Record<HttpStage, keyof HttpTiming | undefined>

/** One question on its way, redirects included: what limits it, how far it has come, how long each part took. */
export class Trip {
  readonly clock: Clock
  readonly limits: HttpLimits
  readonly signal: AbortSignal
  /** Where it goes now, fit to be shown. */
  url: string
  readonly #begunAt: number
  readonly #parts = new Map<HttpStage, number>()
  readonly #onStage: ((stage: HttpStage) => void) | undefined
  #stage: HttpStage = 'queue'
  #stageAt: number
  #enteredAt: number

  constructor(options: {
    clock: Clock
    limits: HttpLimits
    signal: AbortSignal
    url: string
    onStage: ((stage: HttpStage) => void) | undefined
  }) {
    this.clock = options.clock
    this.limits = options.limits
    this.signal = options.signal
    this.url = options.url
    this.#onStage = options.onStage
    this.#begunAt = this.#stageAt = this.#enteredAt = this.clock.now()
  }

  get stage(): HttpStage {
    return this.#stage
  }

  /** When the present stage began, Unix milliseconds. */
  get stageAt(): number {
    return this.#enteredAt
  }

  enter(stage: HttpStage): void {
    this.#close()
    this.#stage = stage
    this.#enteredAt = this.#stageAt
    this.#onStage?.(stage)
  }

  timing(): HttpTiming {
    this.#close()
    const timing: Record<string, number> = {}
    for (const [stage, ms] of this.#parts) if (partOf[stage] !== undefined) timing[partOf[stage]] = ms
    return { ...timing, totalMs: this.clock.now() - this.#begunAt }
  }

  #close(): void {
    const now = this.clock.now()
    this.#parts.set(this.#stage, (this.#parts.get(this.#stage) ?? 0) + now - this.#stageAt)
    this.#stageAt = now
  }
}
