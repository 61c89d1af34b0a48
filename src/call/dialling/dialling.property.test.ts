import fc from 'fast-check'
import { expect, test } from 'vitest'
import { branchTo, diallingHouse, planOf, type Outcome } from '../../../test/support/dialling-house.ts'
import { silentLog } from '../../base/index.ts'
import { Scene, type ScriptedCallee } from '../../transcript/index.ts'

/** Whole seconds, so that things often happen at the same moment. */
const ms = fc.integer({ min: 0, max: 4 }).map((seconds) => seconds * 1_000)

const callee = fc.record({
  does: fc.constantFrom<ScriptedCallee['does']>(
    'answers',
    'answers',
    'refuses',
    'rings',
    'vanishes',
    'is not registered',
  ),
  status: fc.constantFrom(404, 480, 486, 503, 603),
  afterMs: ms,
  sendsEarly: fc.boolean(),
})

const branch = fc.record({
  callee,
  delayMs: fc.oneof(fc.constant(0), ms),
  timeoutMs: fc.integer({ min: 1, max: 5 }).map((seconds) => seconds * 1_000),
  ignoreEarlyMedia: fc.boolean(),
  /** How long they take to say whether they are willing; undefined = they are not asked. */
  screenMs: fc.option(ms, { nil: undefined }),
  isWilling: fc.boolean(),
})

const attempt = fc.record({
  branches: fc.array(branch, { maxLength: 4 }),
  strategy: fc.constantFrom('simultaneous' as const, 'sequential' as const),
  answer: fc.constantFrom('first' as const, 'with-callee' as const),
  timeoutMs: fc.integer({ min: 1, max: 12 }).map((seconds) => seconds * 1_000),
  hangsUpAfterMs: fc.option(ms, { nil: undefined }),
})

test('whoever does what and when: every leg ends once, one callee at most is talked with, and nothing is left behind', async () => {
  await fc.assert(
    fc.asyncProperty(attempt, async ({ branches, hangsUpAfterMs, ...plan }) => {
      const outcome: Outcome = { cdrs: [] }
      const house = diallingHouse(
        ({ clock }) => {
          const all = branches.map(({ screenMs, isWilling, ...how }, index) => {
            const screen = async (_: unknown, signal: AbortSignal): Promise<boolean> => {
              await clock.sleep(screenMs ?? 0, signal)
              return isWilling
            }
            return branchTo(`u${index}`, {
              ...how,
              callee: { number: `${index}` },
              ...(screenMs !== undefined && { screen }),
            })
          })
          return planOf(all, plan)
        },
        outcome,
        { timeLimitMs: 5_000 },
      )
      const callees = branches.map((how, index) => ({ ...how.callee, name: `u${index}` }))
      const world = {
        account: undefined,
        documents: [],
        headers: {},
        startMs: 0,
        media: new Map(),
        answers: [],
        callees,
      }
      const scene = new Scene(world, house, silentLog)
      scene.dial({ number: '100', from: { user: '+15551230001' }, isStranger: false })
      if (hangsUpAfterMs !== undefined) void scene.clock.sleep(hangsUpAfterMs).then(() => scene.hangUp())
      await scene.next(() => false)

      const legs = new Set(scene.events.map(({ callId }) => callId))
      for (const leg of legs) {
        const types = scene.events.filter(({ callId }) => callId === leg).map(({ type }) => type)
        expect(types.filter((type) => type === 'leg.ended')).toHaveLength(1)
        expect(types.at(-1)).toBe('leg.ended')
        expect(types.indexOf('leg.dialled')).toBe(leg === 'C1' ? -1 : 0)
      }
      const talks = scene.events.filter((event) => event.type === 'bridge.began' && !event.isEarly)
      expect(talks.length).toBeLessThanOrEqual(2)
      expect(talks.length > 0).toBe(outcome.connected?.kind === 'connected')
      expect(outcome.cdrs).toHaveLength(legs.size - (legs.has('C1') ? 1 : 0))
      expect(scene.clock.waiting).toBe(0)
    }),
    { numRuns: 150 },
  )
})
