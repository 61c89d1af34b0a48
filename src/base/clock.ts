import { unwanted } from './outcome.ts'

/** Where time comes from. Milliseconds everywhere; only `base` may touch the machine's timers. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms` milliseconds, or rejects with `signal.reason` as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error)
        return
      }
      const stop = (): void => {
        clearTimeout(timer)
        reject(signal?.reason as Error)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      signal?.addEventListener('abort', stop, { once: true })
    }),
}

export interface Limit {
  readonly clock: Clock
  readonly ms: number
  readonly signal: AbortSignal
}

/**
 * Runs `work` for at most `ms` milliseconds of `clock`. When time is up, its signal aborts and `late()` is thrown.
 * When `signal` aborts first, its reason is thrown. The one way to write a timeout: it leaks no timer and no listener.
 */
export async function within<T>(
  { clock, ms, signal }: Limit,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const stop = new AbortController()
  // Not AbortSignal.any: a signal that lives as long as the server would remember every one made from it.
  const pass = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', pass, { once: true })
  const alarm = clock.sleep(ms, stop.signal).then(() => {
    throw late()
  })
  const result = work(stop.signal)
  try {
    return await Promise.race([result, alarm])
  } finally {
    alarm.catch(ignore)
    result.catch(ignore)
    signal.removeEventListener('abort', pass)
    stop.abort(unwanted)
  }
}

function ignore(): void {
  // The race is decided: whatever the loser says has no listener left.
}
