import type { VirtualClock } from '../../src/base/index.ts'

/** Lets time pass whenever nothing else happens, until `stop` is called. */
export function passTime(clock: VirtualClock): { stop(): Promise<void> } {
  const over = new AbortController()
  const running = (async () => {
    while (!over.signal.aborted) if (!(await clock.step())) await new Promise((resolve) => setImmediate(resolve))
  })()
  return {
    stop: async () => {
      over.abort()
      await running
    },
  }
}
