import type { AttemptResult } from '../http/index.ts'

export interface HealthLimits {
  /** So many attempts refused … */
  readonly mostRefused: number
  /** … within so long. */
  readonly withinMs: number
  /** Failing, without a success, for so long. */
  readonly failingMs: number
}

interface State {
  refusedAt: number[]
  /** When what is failing since the last success began; Unix milliseconds. */
  failingSince: number | undefined
  /** What was before does not count: a success, or that it was enabled again. Unix milliseconds. */
  freshSince: number
}

export interface Tried {
  readonly result: AttemptResult
  /** Of the attempt, and since when its job has waited; Unix milliseconds. */
  readonly nowMs: number
  readonly since: number
}

/**
 * Which webhooks do no good any more. A server that is down is no reason: what it was to be told waits. One that
 * understands and refuses is, as in KAZOO (`attempt_failure_count` 6 within `attempt_failure_expiry_ms` 60 s), and so is
 * one that has failed for a whole day.
 */
export class Health {
  readonly #limits: HealthLimits
  readonly #states = new Map<string, State>()

  constructor(limits: HealthLimits) {
    this.#limits = limits
  }

  /** @returns why the webhook is to be disabled, if it is */
  note(hookId: string, { result, nowMs, since }: Tried): string | undefined {
    const { mostRefused, withinMs, failingMs } = this.#limits
    if (result === 'unsent') return undefined
    if (result === 'delivered') {
      this.renew(hookId, nowMs)
      return undefined
    }
    const state = this.#stateOf(hookId)
    state.failingSince = Math.max(Math.min(state.failingSince ?? since, since), state.freshSince)
    if (result === 'refused') {
      state.refusedAt = [...state.refusedAt.filter((at) => at > nowMs - withinMs), nowMs]
      if (state.refusedAt.length >= mostRefused) return 'too many failed attempts'
    }
    return nowMs - state.failingSince >= failingMs ? 'no attempt has succeeded for a day' : undefined
  }

  /** From now on it counts as well. */
  renew(hookId: string, nowMs: number): void {
    this.#states.set(hookId, { refusedAt: [], failingSince: undefined, freshSince: nowMs })
  }

  forget(hookId: string): void {
    this.#states.delete(hookId)
  }

  #stateOf(hookId: string): State {
    const known = this.#states.get(hookId)
    if (known !== undefined) return known
    const state: State = { refusedAt: [], failingSince: undefined, freshSince: 0 }
    this.#states.set(hookId, state)
    return state
  }
}
