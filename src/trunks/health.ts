import type { Clock } from '../base/index.ts'
import type { Way } from './trunk.ts'

const mostRemembered = 10_000

/** Which gateways have failed lately. */
export class GatewayHealth {
  readonly #clock: Clock
  /** Until when, by the gateway's key. */
  readonly #failing = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Those that have failed come last, in their order. */
  inOrder(ways: readonly Way[]): readonly Way[] {
    const failing = ways.filter(({ gateway }) => this.isFailing(gateway.key))
    return failing.length === 0 ? ways : [...ways.filter((way) => !failing.includes(way)), ...failing]
  }

  isFailing(key: string): boolean {
    return (this.#failing.get(key) ?? 0) > this.#clock.now()
  }

  hasFailed({ gateway, trunk }: Way): void {
    const { key } = gateway
    this.#failing.delete(key)
    this.#failing.set(key, this.#clock.now() + trunk.graceMs)
    const [oldest] = this.#failing.keys()
    if (this.#failing.size > mostRemembered && oldest !== undefined) this.#failing.delete(oldest)
  }

  isWell({ gateway }: Way): void {
    this.#failing.delete(gateway.key)
  }
}
