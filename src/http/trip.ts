import type { Clock } from '../base/index.ts'
import type { HttpLimits } from './http.ts'
import type { Stopwatch } from './stopwatch.ts'

/** One question on its way, redirects included: what limits it and how far it has come. */
export interface Trip {
  readonly clock: Clock
  readonly limits: HttpLimits
  readonly signal: AbortSignal
  readonly watch: Stopwatch
  /** Where it goes now, fit to be shown. */
  url: string
}
