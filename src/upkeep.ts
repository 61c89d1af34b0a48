import { asFailure, type Clock, type Log } from './base/index.ts'
import type { Config } from './config/index.ts'
import type { Store } from './store/index.ts'

export interface UpkeepOptions {
  readonly store: Pick<Store, 'removeOld' | 'tokens'>
  readonly keepDays: Config['keepDays']
  readonly clock: Clock
  readonly log: Log
}

const everyMs = 3_600_000
const dayMs = 86_400_000

/** Removes what is older than it may be: now, and every hour. */
export function openUpkeep(options: UpkeepOptions): { close(): Promise<void> } {
  const { clock, log } = options
  const closing = new AbortController()
  const rounds = (async () => {
    while (!closing.signal.aborted) {
      await removeOld(options).catch((error: unknown) => log.warn('upkeep.failed', { error: asFailure(error) }))
      await clock.sleep(everyMs, closing.signal).catch(() => undefined)
    }
  })()
  return {
    async close() {
      closing.abort(new Error('closing'))
      await rounds
    },
  }
}

async function removeOld({ store, keepDays, clock, log }: UpkeepOptions): Promise<void> {
  const now = clock.now()
  const before = (days: number | undefined): number => (days === undefined ? 0 : now - days * dayMs)
  const removed = await store.removeOld({
    eventsBefore: before(keepDays.events),
    debugBefore: before(keepDays.debug),
    attemptsBefore: before(keepDays.attempts),
    cdrsBefore: before(keepDays.cdrs),
    recordingsBefore: before(keepDays.recordings),
  })
  const tokens = await store.tokens.removeExpired(now)
  const counts = { ...removed, tokens }
  if (Object.values(counts).some((count) => count > 0)) log.info('upkeep.removed', counts)
}
