import { describe, expect, test } from 'vitest'
import { conversation } from '../../../test/support/conversation.ts'
import { branchTo, diallingHouse, planOf, type Outcome, type PlanOf } from '../../../test/support/dialling-house.ts'
import { confirmsByKey, type DialPlan } from '../index.ts'

const usualRingback = 'tone_stream://%(2000,4000,440,480)'

/** A caller whom the house connects as `plan` says. */
function party(plan: DialPlan | PlanOf, signal?: AbortSignal) {
  const outcome: Outcome = { cdrs: [] }
  const house = diallingHouse(typeof plan === 'function' ? plan : () => plan, outcome, signal && { signal })
  const called = conversation({}, { house, media: { sorry: 'missing' } })
  return { ...called, outcome }
}

describe('one phone is called', () => {
  test('the caller is answered when the callee answers, and they talk', async () => {
    const { caller, callee, outcome, clock, isOver } = party(planOf([branchTo('u1')]))
    const u1 = callee('u1')
    u1.answers(2_000)

    await caller.dials('100')
    await u1.isDialled()
    await caller.isAnswered()
    expect(clock.now()).toBe(2_000)
    await u1.isBridged()
    await caller.waits(5_000)
    await u1.hangsUp()
    await caller.isHungUpOn()
    await isOver()
    expect(outcome.talked).toEqual({ endedBy: 'callee', talkedMs: 5_000 })
  })

  test('a caller who is answered first hears ringback until then', async () => {
    const { caller, callee, isOver } = party(planOf([branchTo('u1')], { answer: 'first' }))
    const u1 = callee('u1')
    u1.answers(2_000)

    await caller.dials('100')
    await caller.isAnswered()
    await caller.hears(usualRingback)
    await u1.isDialled()
    await u1.isBridged()
    await u1.hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test('the caller hears the ringback that was chosen, before the answer', async () => {
    const ringback = { kind: 'stored', accountId: 'A1', id: 'jingle' } as const
    const { caller, callee, isOver } = party(planOf([branchTo('u1')], { ringback }))
    const u1 = callee('u1')
    u1.answers(2_000)

    await caller.dials('100')
    await caller.hears('jingle')
    await u1.isDialled()
    await caller.isAnswered()
    await u1.isBridged()
    await u1.hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test('ringback that cannot be played gives way to the usual one', async () => {
    const ringback = { kind: 'stored', accountId: 'A1', id: 'sorry' } as const
    const { caller, callee, isOver } = party(planOf([branchTo('u1')], { ringback, answer: 'first', timeoutMs: 3_000 }))
    callee('u1').neverAnswers()

    await caller.dials('100')
    await caller.isAnswered()
    await caller.hears(usualRingback)
    await callee('u1').isDialled()
    await callee('u1').isCancelled('NO_ANSWER')
    await caller.isHungUpOn('NO_ANSWER')
    await isOver()
  })

  test('sound that the callee sends before the answer takes the place of ringback', async () => {
    const { caller, callee, isOver } = party(planOf([branchTo('u1')], { answer: 'first' }))
    const u1 = callee('u1')
    u1.answers(3_000, { sendsEarly: true })

    await caller.dials('100')
    await caller.isAnswered()
    await caller.hears(usualRingback)
    await u1.isDialled()
    await u1.isBridgedEarly()
    await u1.isBridged()
    await u1.hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test('ringback comes back when that sound ends without an answer', async () => {
    const plan = planOf([branchTo('u1'), branchTo('u2')], { answer: 'first', timeoutMs: 5_000 })
    const { caller, callee, isOver } = party(plan)
    const [u1, u2] = [callee('u1'), callee('u2')]
    u1.isBusy(1_000)
    u2.neverAnswers({ sendsEarly: true })

    await caller.dials('100')
    await caller.isAnswered()
    await caller.hears(usualRingback)
    await u1.isDialled()
    await u2.isDialled()
    await u2.isBridgedEarly()
    await u2.isCancelled('NO_ANSWER')
    await caller.isHungUpOn('NO_ANSWER')
    await isOver()
  })

  test('sound before the answer is not heard when it is not wanted', async () => {
    const { caller, callee, isOver } = party(planOf([branchTo('u1', { ignoreEarlyMedia: true })]))
    const u1 = callee('u1')
    u1.answers(3_000, { sendsEarly: true })

    await caller.dials('100')
    await u1.isDialled()
    await caller.isAnswered()
    await u1.isBridged()
    await u1.hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test.each([
    ['is busy', 'USER_BUSY', 486],
    ['declines', 'CALL_REJECTED', 603],
    ['is unreachable', 'RECOVERY_ON_TIMER_EXPIRE', 504],
  ] as const)('a callee who %s ends the attempt with %s', async (does, cause, sipStatus) => {
    const { caller, callee, outcome, isOver } = party(planOf([branchTo('u1')]))
    const u1 = callee('u1')
    if (does === 'is busy') u1.isBusy(500)
    else if (does === 'declines') u1.declines(500)
    else u1.isUnreachable(500)

    await caller.dials('100')
    await u1.isDialled()
    await caller.isHungUpOn(cause)
    await isOver()
    expect(outcome.connected).toMatchObject({ kind: 'failed', cause, sipStatus, results: [{ cause, sipStatus }] })
  })

  test('a device that is not registered is named as such', async () => {
    const { caller, callee, outcome, isOver } = party(planOf([branchTo('u1')]))
    callee('u1').isNotRegistered()

    await caller.dials('100')
    await callee('u1').cannotBeDialled()
    await caller.isHungUpOn('USER_NOT_REGISTERED')
    await isOver()
    expect(outcome.connected).toMatchObject({ cause: 'USER_NOT_REGISTERED', sipStatus: undefined })
  })

  test('a phone that rings for too long is cancelled', async () => {
    const { caller, callee, clock, isOver } = party(planOf([branchTo('u1', { timeoutMs: 7_000 })]))
    callee('u1').neverAnswers()

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u1').isCancelled('NO_ANSWER')
    expect(clock.now()).toBe(7_000)
    await caller.isHungUpOn('NO_ANSWER')
    await isOver()
  })

  test('a far end that does not even ring has not responded', async () => {
    const { caller, callee, isOver } = party(planOf([branchTo('u1', { timeoutMs: 7_000 })]))
    callee('u1').isUnreachable(60_000)

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u1').isCancelled('NO_USER_RESPONSE')
    await caller.isHungUpOn('NO_USER_RESPONSE')
    await isOver()
  })

  test('a caller who gives up has the call cancelled', async () => {
    const { caller, callee, outcome, isOver } = party(planOf([branchTo('u1'), branchTo('u2')]))

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u2').isDialled()
    await caller.waits(3_000)
    await caller.hangsUp()
    await callee('u1').isCancelled('ORIGINATOR_CANCEL')
    await callee('u2').isCancelled('ORIGINATOR_CANCEL')
    await isOver()
    expect(outcome.thrown).toMatchObject({ by: 'caller', cause: 'ORIGINATOR_CANCEL' })
  })

  test('a call that is sent elsewhere rings nobody any more', async () => {
    const elsewhere = new AbortController()
    const { caller, callee, outcome, isOver } = party(planOf([branchTo('u1')]), elsewhere.signal)

    await caller.dials('100')
    await callee('u1').isDialled()
    await caller.waits(1_000)
    elsewhere.abort(new Error('elsewhere'))
    await callee('u1').isCancelled('ORIGINATOR_CANCEL')
    await caller.isHungUpOn()
    await isOver()
    expect(outcome.thrown).toMatchObject({ message: 'elsewhere' })
  })

  test('with nobody to call there is no route', async () => {
    const { caller, isOver } = party(planOf([]))
    await caller.dials('100')
    await caller.isHungUpOn('NO_ROUTE_DESTINATION')
    await isOver()
  })
})

describe('several phones are called', () => {
  test('the first who answers wins, and the others see that somebody else has', async () => {
    const { caller, callee, outcome, isOver } = party(planOf([branchTo('u1'), branchTo('u2'), branchTo('u3')]))
    const [u1, u2, u3] = [callee('u1'), callee('u2'), callee('u3')]
    u1.isBusy(100)
    u2.answers(2_000)
    u3.neverAnswers()

    await caller.dials('100')
    await u1.isDialled()
    await u2.isDialled()
    await u3.isDialled()
    await u3.isCancelled('LOSE_RACE')
    await caller.isAnswered()
    await u2.isBridged()
    await u2.hangsUp()
    await caller.isHungUpOn()
    await isOver()
    expect(outcome.connected).toMatchObject({ kind: 'connected', branch: { callee: { number: 'u2' } } })
  })

  test('of two who are willing at the same moment one is let go', async () => {
    let open = (): void => undefined
    const gate = new Promise<boolean>((resolve) => (open = () => resolve(true)))
    const screen = (): Promise<boolean> => gate
    const { caller, callee, isOver } = party(planOf([branchTo('u1', { screen }), branchTo('u2', { screen })]))
    callee('u1').answers(1_000)
    callee('u2').answers(1_000)

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u2').isDialled()
    await caller.waits(2_000)
    open()
    await callee('u2').isHungUpOn('LOSE_RACE')
    await caller.isAnswered()
    await callee('u1').isBridged()
    await callee('u1').hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test('one after the other, each for its own time and after its own pause', async () => {
    const branches = [branchTo('u1', { timeoutMs: 5_000 }), branchTo('u2', { delayMs: 2_000 })]
    const { caller, callee, clock, isOver } = party(planOf(branches, { strategy: 'sequential' }))
    callee('u2').answers(1_000)

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u1').isCancelled('NO_ANSWER')
    await callee('u2').isDialled()
    expect(clock.now()).toBe(7_000)
    await caller.isAnswered()
    await callee('u2').isBridged()
    await callee('u2').hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test('a phone that is to ring later rings later, also when all others have refused', async () => {
    const { caller, callee, clock, isOver } = party(planOf([branchTo('u1'), branchTo('u2', { delayMs: 8_000 })]))
    callee('u1').isBusy()
    callee('u2').answers()

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u2').isDialled()
    expect(clock.now()).toBe(8_000)
    await caller.isAnswered()
    await callee('u2').isBridged()
    await callee('u2').hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test('the time for all of them ends every ringing, and what has not begun', async () => {
    const branches = [branchTo('u1'), branchTo('u2', { delayMs: 20_000 })]
    const { caller, callee, clock, outcome, isOver } = party(planOf(branches, { timeoutMs: 6_000 }))

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u1').isCancelled('NO_ANSWER')
    expect(clock.now()).toBe(6_000)
    await caller.isHungUpOn('NO_ANSWER')
    await isOver()
    expect(outcome.connected).toMatchObject({ results: [{ branch: { callee: { number: 'u1' } } }] })
  })

  test('one refusal ends it for all when the plan says so', async () => {
    const plan = planOf([branchTo('u1'), branchTo('u2')], { isFinal: (cause) => cause === 'CALL_REJECTED' })
    const { caller, callee, isOver } = party(plan)
    callee('u1').declines(1_000)

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u2').isDialled()
    await callee('u2').isCancelled('ORIGINATOR_CANCEL')
    await caller.isHungUpOn('CALL_REJECTED')
    await isOver()
  })
})

describe('a callee is asked before they are connected', () => {
  const asked: PlanOf = ({ clock }) => {
    const prompt = [{ kind: 'stored', accountId: 'A1', id: 'press-1' } as const]
    const screen = confirmsByKey({ key: '1', prompt, timeoutMs: 7_000, clock })
    return planOf([branchTo('u1', { screen }), branchTo('u2')])
  }

  test('the key connects them', async () => {
    const { caller, callee, isOver } = party(asked)
    const [u1, u2] = [callee('u1'), callee('u2')]
    u1.answers(1_000)

    await caller.dials('100')
    await u1.isDialled()
    await u2.isDialled()
    await u1.hears('press-1')
    await u1.presses('21')
    await u2.isCancelled('LOSE_RACE')
    await caller.isAnswered()
    await u1.isBridged()
    await u1.hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test('a machine that answers is hung up on, and the others ring on', async () => {
    const { caller, callee, clock, isOver } = party(asked)
    const [u1, u2] = [callee('u1'), callee('u2')]
    u1.answers(1_000)
    u2.answers(15_000)

    await caller.dials('100')
    await u1.isDialled()
    await u2.isDialled()
    await u1.hears('press-1')
    await u1.isHungUpOn()
    expect(clock.now()).toBe(8_000)
    await caller.isAnswered()
    await u2.isBridged()
    await u2.hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test('whoever is faster takes the call from somebody who is still asked', async () => {
    const { caller, callee, isOver } = party(asked)
    const [u1, u2] = [callee('u1'), callee('u2')]
    u1.answers(1_000)
    u2.answers(3_000)

    await caller.dials('100')
    await u1.isDialled()
    await u2.isDialled()
    await u1.hears('press-1')
    await u1.isHungUpOn('LOSE_RACE')
    await caller.isAnswered()
    await u2.isBridged()
    await u2.hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test('somebody who hangs up instead of pressing the key has not answered', async () => {
    const { caller, callee, outcome, isOver } = party((world) => ({
      ...asked(world),
      branches: asked(world).branches.slice(0, 1),
    }))
    callee('u1').answers(1_000)

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u1').hears('press-1')
    await callee('u1').hangsUp()
    await caller.isHungUpOn('NO_ANSWER')
    await isOver()
    expect(outcome.connected).toMatchObject({ cause: 'NO_ANSWER' })
  })
})

test('a dialled leg has a story, variables and a record of its own, and belongs to the call', async () => {
  const { caller, callee, events, outcome, isOver } = party(
    planOf([branchTo('u1', { callee: { number: '2031', name: 'Ben', endpoint: { ownerIds: ['user-1'] } } })]),
  )
  callee('u1').answers(2_000)

  await caller.dials('100')
  await callee('u1').isDialled()
  await caller.isAnswered()
  await callee('u1').isBridged()
  await caller.waits(5_000)
  await callee('u1').hangsUp()
  await caller.isHungUpOn()
  await isOver()

  const story = events.filter(({ callId }) => callId === 'C2')
  expect(story.map(({ sequence, type }) => [sequence, type])).toEqual([
    [1, 'leg.dialled'],
    [2, 'leg.ringing'],
    [3, 'leg.answered'],
    [4, 'bridge.began'],
    [5, 'leg.ended'],
  ])
  expect(outcome.cdrs).toEqual([
    expect.objectContaining({
      callId: 'C2',
      direction: 'outbound',
      interactionId: outcome.call?.interactionId,
      otherLegCallId: 'C1',
      otherLegNumber: '100',
      calleeIdNumber: '2031',
      calleeIdName: 'Ben',
      callerIdName: 'Ann Lee',
      ringingSeconds: 2,
      billingSeconds: 5,
      hangupCause: 'NORMAL_CLEARING',
      endedBy: 'callee',
      applicationVariables: { ticket: 7 },
    }),
  ])
  expect(outcome.call?.other).toEqual({ callId: 'C2', number: '2031' })
})

describe('another way to the same party', () => {
  const ways = (...names: readonly [string, ...string[]]) => {
    const [first, ...others] = names.map((name) => branchTo(name, { progressMs: 8_000, delayMs: 1_000 })).toReversed()
    return others.reduce((next, branch) => ({ ...branch, next }), first ?? branchTo(''))
  }

  test('is taken at once when the first is out of order', async () => {
    const { caller, callee, clock, isOver } = party(planOf([ways('u1', 'u2', 'u3')]))
    callee('u1').turnsAway(503)
    callee('u2').isNotRegistered()
    const u3 = callee('u3')
    u3.answers(2_000)

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u2').cannotBeDialled()
    await u3.isDialled()
    expect(clock.now()).toBe(1_000)
    await caller.isAnswered()
    await u3.isBridged()
    await u3.hangsUp()
    await caller.isHungUpOn()
    await isOver()
  })

  test.each([404, 480, 486, 603])('is not taken after %s, which the callee’s side has said', async (status) => {
    const { caller, callee, outcome, isOver } = party(planOf([ways('u1', 'u2')]))
    callee('u1').turnsAway(status)

    await caller.dials('100')
    await callee('u1').isDialled()
    await caller.isRejected(status === 480 ? 408 : status)
    await isOver()
    expect(outcome.connected).toMatchObject({ kind: 'failed', sipStatus: status })
  })

  test('is not taken once somebody’s phone has rung, whatever comes then', async () => {
    const { caller, callee, outcome, isOver } = party(planOf([ways('u1', 'u2')]))
    callee('u1').refuses(503, 3_000)

    await caller.dials('100')
    await callee('u1').isDialled()
    await caller.isRejected(503)
    await isOver()
    expect(outcome.connected).toMatchObject({ kind: 'failed', sipStatus: 503 })
  })

  test('is not taken when no time is left, and the result is that of the first', async () => {
    const { caller, callee, outcome, isOver } = party(planOf([ways('u1', 'u2')], { timeoutMs: 5_000 }))
    callee('u1').isUnreachable(60_000)

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u1').isCancelled('NO_USER_RESPONSE')
    await caller.isRejected(408)
    await isOver()
    expect(outcome.connected).toMatchObject({ kind: 'failed', cause: 'NO_USER_RESPONSE' })
  })

  test('is taken when nobody is alerted in time, and all refuse: the last one counts', async () => {
    const { caller, callee, outcome, clock, isOver } = party(planOf([ways('u1', 'u2')]))
    callee('u1').isUnreachable(60_000)
    callee('u2').turnsAway(500)

    await caller.dials('100')
    await callee('u1').isDialled()
    await callee('u1').isCancelled('PROGRESS_TIMEOUT')
    expect(clock.now()).toBe(9_000)
    await callee('u2').isDialled()
    await caller.isRejected(503)
    await isOver()
    expect(outcome.connected).toMatchObject({ kind: 'failed', sipStatus: 500 })
  })

  test('is not taken when the caller has gone', async () => {
    const { caller, callee, isOver } = party(planOf([ways('u1', 'u2')]))
    callee('u1').isUnreachable(60_000)

    await caller.dials('100')
    await callee('u1').isDialled()
    await caller.waits(2_000)
    await caller.hangsUp()
    await callee('u1').isCancelled('ORIGINATOR_CANCEL')
    await isOver()
  })
})
