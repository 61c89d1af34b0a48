import type { Clock } from '../../base/index.ts'
import type { Driver, Leg } from '../../call/index.ts'
import { simulatedLeg, type FarEnd, type SimulatedLegOptions } from './leg.ts'

/** A driver whose calls are made by program. */
export interface Simulator extends Driver {
  /** Calls the house. @returns the caller's end of the call */
  dial(options: Omit<SimulatedLegOptions, 'clock'>): { readonly leg: Leg; readonly farEnd: FarEnd }
}

/** Calls without a network and without sound, on `clock`. */
export function newSimulator(clock: Clock): Simulator {
  let take: ((leg: Leg) => void) | undefined
  return {
    name: 'simulator',
    capabilities: { earlyMedia: true, recordings: false },
    async listen(onCall, signal) {
      take = onCall
      signal.addEventListener('abort', () => (take = undefined), { once: true })
    },
    dial(options) {
      const call = simulatedLeg({ ...options, clock })
      if (take === undefined) void call.leg.reject(503)
      else take(call.leg)
      return call
    },
  }
}
