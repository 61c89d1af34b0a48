import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from './base/index.ts'
import type { LegRecord } from './call/index.ts'
import { keepVigil } from './vigil.ts'

function scene(isShared: boolean) {
  const clock = new VirtualClock()
  const beats = new Map<string, number>([['other', 0]])
  const left = new Map<string, LegRecord[]>([['other', [{ callId: 'C9' } as LegRecord]]])
  const orphans: string[] = []
  const freed: (readonly string[])[] = []
  const vigil = keepVigil({
    nodes: {
      beat: async (node, nowMs) => {
        beats.set(node, nowMs)
        return [...beats].filter(([, at]) => nowMs - at < 15_000).map(([one]) => one)
      },
      leave: async (node) => void beats.delete(node),
      takeOrphans: async (alive) => {
        const gone = [...left].filter(([node]) => !alive.includes(node))
        for (const [node] of gone) left.delete(node)
        return gone.flatMap(([, records]) => records)
      },
    },
    jobs: {
      free: async (alive) => {
        freed.push(alive)
        return 0
      },
    },
    node: 'me',
    isShared,
    clock,
    log: silentLog,
    onOrphan: ({ callId }) => orphans.push(callId),
  })
  return { clock, beats, orphans, freed, vigil }
}

test('what an earlier process left in a database of our own is taken over at once', async () => {
  const { vigil, orphans, freed } = scene(false)
  await vigil
  expect(orphans).toEqual(['C9'])
  expect(freed).toEqual([['me']])
})

test('what another process left is taken over when nothing has been heard of it for a while', async () => {
  const { clock, vigil, orphans } = scene(true)
  const kept = await vigil
  await clock.advance(10_000)
  expect(orphans).toEqual([])
  await clock.advance(10_000)
  expect(orphans).toEqual(['C9'])
  await kept.close()
})

test('a process that stops says so, and beats no more', async () => {
  const { clock, beats, vigil } = scene(true)
  await (await vigil).close()
  await clock.advance(60_000)
  expect(beats.has('me')).toBe(false)
})
