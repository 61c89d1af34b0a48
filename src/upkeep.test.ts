import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from './base/index.ts'
import type { Retention } from './store/index.ts'
import { openUpkeep } from './upkeep.ts'

const day = 86_400_000
const nothing = { events: 0, debug: 0, attempts: 0, jobs: 0, cdrs: 0, recordings: 0 }

function scene(removeOld: (retention: Retention) => Promise<typeof nothing>) {
  const clock = new VirtualClock(100 * day)
  const upkeep = openUpkeep({
    store: {
      removeOld,
      tokens: {
        add: () => Promise.resolve(),
        find: () => Promise.resolve(undefined),
        list: () => Promise.resolve([]),
        remove: () => Promise.resolve(false),
        removeExpired: () => Promise.resolve(0),
      },
    },
    keepDays: { events: 30, debug: 7, attempts: 1, cdrs: undefined, recordings: 90 },
    clock,
    log: silentLog,
  })
  return { clock, upkeep }
}

test('what is too old goes at the start and every hour; what is kept for ever stays', async () => {
  const asked: Retention[] = []
  const { clock, upkeep } = scene(async (retention) => {
    asked.push(retention)
    return nothing
  })
  await clock.advance(0)
  expect(asked).toEqual([
    {
      eventsBefore: 70 * day,
      debugBefore: 93 * day,
      attemptsBefore: 99 * day,
      cdrsBefore: 0,
      recordingsBefore: 10 * day,
    },
  ])
  await clock.advance(2 * 3_600_000)
  expect(asked).toHaveLength(3)
  await upkeep.close()
})

test('a database that is away is tried again in an hour', async () => {
  let rounds = 0
  const { clock, upkeep } = scene(() => (rounds++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve(nothing)))
  await clock.advance(3_600_000)
  expect(rounds).toBe(2)
  await upkeep.close()
})
