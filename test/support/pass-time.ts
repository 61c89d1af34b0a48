import type { VirtualClock } from '../../src/base/index.ts'

/** Lets time pass whenever nothing else happens, until `stop` is called. */
export function passTime(clock: VirtualClock): { stop(): Promise<void> } {
  let isRunning = true
  const running = (async () => {
    while (isRunning) if (!(await clock.step())) await new Promise((resolve) => setImmediate(resolve))
  })()
  return {
    stop: async () => {
      isRunning = false
      await running
    },
  }
}
