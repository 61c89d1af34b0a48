import { expect, test } from 'vitest'
import { conversation } from '../../../test/support/conversation.ts'
import { branchTo, diallingHouse, planOf, type Outcome } from '../../../test/support/dialling-house.ts'
import type { TalkOptions } from '../index.ts'

/** A caller and a callee, `u1`, who has answered: they talk. */
async function talking(how: Pick<TalkOptions, 'timeLimitMs' | 'hangupKey'> & { readonly signal?: AbortSignal } = {}) {
  const outcome: Outcome = { cdrs: [] }
  const house = diallingHouse(() => planOf([branchTo('u1')]), outcome, how)
  const { caller, callee, ...rest } = conversation({}, { house })
  const u1 = callee('u1')
  u1.answers()
  await caller.dials('100')
  await u1.isDialled()
  await caller.isAnswered()
  await u1.isBridged()
  await caller.waits(10_000)
  return { caller, u1, outcome, ...rest }
}

test('when the callee hangs up, the caller goes on', async () => {
  const { caller, u1, outcome, isOver } = await talking()
  await u1.hangsUp()
  await caller.isHungUpOn()
  await isOver()
  expect(outcome.talked).toEqual({ endedBy: 'callee', talkedMs: 10_000 })
})

test('when the caller hangs up, the callee is hung up on', async () => {
  const { caller, u1, outcome, isOver } = await talking()
  await caller.hangsUp()
  await u1.isHungUpOn('NORMAL_CLEARING')
  await isOver()
  expect(outcome.thrown).toMatchObject({ by: 'caller', cause: 'NORMAL_CLEARING' })
})

test('when the time is up, the callee is hung up on and the caller goes on', async () => {
  const { caller, u1, outcome, clock, isOver } = await talking({ timeLimitMs: 60_000 })
  await u1.isHungUpOn('ALLOTTED_TIMEOUT')
  expect(clock.now()).toBe(60_000)
  await caller.isHungUpOn()
  await isOver()
  expect(outcome.talked).toEqual({ endedBy: 'limit', talkedMs: 60_000 })
})

test('with the key the caller hangs up on the callee and goes on; other keys do nothing', async () => {
  const { caller, u1, outcome, isOver } = await talking({ hangupKey: '*' })
  await caller.presses('12#')
  await caller.waits(1_000)
  await caller.presses('*')
  await u1.isHungUpOn()
  await caller.isHungUpOn()
  await isOver()
  expect(outcome.talked).toEqual({ endedBy: 'key', talkedMs: 11_000 })
})

test('digits that were meant for the callee are not kept for the flow', async () => {
  const { caller, u1, outcome, isOver } = await talking()
  await caller.presses('123')
  await u1.hangsUp()
  await caller.isHungUpOn()
  await isOver()
  expect(outcome.call?.leg.takeDigits()).toBe('')
})

test('a call that is sent elsewhere leaves the callee', async () => {
  const elsewhere = new AbortController()
  const { caller, u1, outcome, isOver } = await talking({ signal: elsewhere.signal })
  elsewhere.abort(new Error('elsewhere'))
  await u1.isHungUpOn()
  await caller.isHungUpOn()
  await isOver()
  expect(outcome.thrown).toMatchObject({ message: 'elsewhere' })
})

test('both parties are told when they begin and stop to hear each other', async () => {
  const { caller, events, isOver, u1 } = await talking({ hangupKey: '*' })
  await caller.presses('*')
  await u1.isHungUpOn()
  await caller.isHungUpOn()
  await isOver()
  const bridges = events.filter(({ type }) => type.startsWith('bridge.'))
  expect(bridges.map(({ callId, type }) => [callId, type])).toEqual([
    ['C1', 'bridge.began'],
    ['C2', 'bridge.began'],
    ['C1', 'bridge.ended'],
    ['C2', 'bridge.ended'],
  ])
})
