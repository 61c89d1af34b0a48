import type { Clock } from '../base/index.ts'
import type { HttpStage, HttpTiming } from './http.ts'

const names = {
  dns: 'dnsMs',
  connect: 'connectMs',
  tls: 'tlsMs',
  headers: 'firstByteMs',
  body: 'bodyMs',
} as const

/** How far a question has come and how long each part took, also when it fails. */
export class Stopwatch {
  readonly #clock: Clock
  readonly #begunAt: number
  readonly #onStage: ((stage: HttpStage) => void) | undefined
  readonly #parts = new Map<HttpStage, number>()
  #stage: HttpStage | undefined
  #enteredAt: number
  #closedAt: number

  constructor(clock: Clock, onStage?: (stage: HttpStage) => void) {
    this.#clock = clock
    this.#onStage = onStage
    this.#begunAt = this.#enteredAt = this.#closedAt = clock.now()
  }

  get stage(): HttpStage | undefined {
    return this.#stage
  }

  /** When the present stage began, Unix milliseconds. */
  get stageAt(): number {
    return this.#enteredAt
  }

  enter(stage: HttpStage): void {
    this.#close()
    this.#stage = stage
    this.#enteredAt = this.#closedAt
    this.#onStage?.(stage)
  }

  timing(): HttpTiming {
    this.#close()
    const parts = [...this.#parts].flatMap(([stage, ms]) => (stage === 'queue' ? [] : [[names[stage], ms] as const]))
    return { ...Object.fromEntries(parts), totalMs: this.#clock.now() - this.#begunAt }
  }

  #close(): void {
    const now = this.#clock.now()
    if (this.#stage !== undefined)
      this.#parts.set(this.#stage, (this.#parts.get(this.#stage) ?? 0) + now - this.#closedAt)
    this.#closedAt = now
  }
}
