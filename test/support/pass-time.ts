import type { VirtualClock } from '../../src/base/index.ts'

/** So long time stands still for the disk: one that is slower does not answer. */
const mostDiskMs = 4_000

/** Lets time pass whenever nothing else happens, until `stop` is called. The disk is something that happens. */
export function passTime(clock: VirtualClock): { stop(): Promise<void> } {
  const over = new AbortController()
  const disk = new Disk()
  const running = (async () => {
    while (!over.signal.aborted) {
      if (disk.isBusy || !(await clock.step())) await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  return {
    stop: async () => {
      over.abort()
      await running
    },
  }
}

/** Whether this process waits for a file. */
class Disk {
  #sinceMs: number | undefined

  get isBusy(): boolean {
    if (!process.getActiveResourcesInfo().includes('FSReqPromise')) {
      this.#sinceMs = undefined
      return false
    }
    this.#sinceMs ??= performance.now()
    return performance.now() - this.#sinceMs < mostDiskMs
  }
}
