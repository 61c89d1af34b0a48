import fc from 'fast-check'
import { expect, test } from 'vitest'
import { never, silentLog, VirtualClock } from '../base/index.ts'
import { Call } from '../call/index.ts'
import { simulatedLeg } from '../drivers/simulator/index.ts'
import { Dismissed, Queues, type Member, type Queue } from './index.ts'

const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }

function newCall(clock: VirtualClock, callId: string): Call {
  const party = { user: '1000', realm: account.realm }
  const { leg } = simulatedLeg({ clock, callId, from: party, to: party })
  return new Call({ leg, account, number: '1000', clock, log: silentLog, observers: [] })
}

const support = { accountId: 'A1', name: 'support' }
const idOf = ({ call }: Member): string => call.id

test('first come, first served, with positions and times', async () => {
  const clock = new VirtualClock()
  const queue = new Queues(clock).open(support)
  const first = queue.enter(newCall(clock, 'C1'))
  await clock.advance(10_000)
  const second = queue.enter(newCall(clock, 'C2'))
  await clock.advance(20_000)
  expect(queue.size).toBe(2)
  expect(queue.averageWaitMs).toBe(25_000)
  expect(second && queue.positionOf(second)).toBe(2)
  expect(queue.takeFirst()).toBe(first)
  expect(second && queue.positionOf(second)).toBe(2)
  first?.begin()
  expect(second && queue.positionOf(second)).toBe(1)
  expect(first?.waitedMs).toBe(30_000)
  await clock.advance(5_000)
  expect(first?.waitedMs).toBe(30_000)
})

test('a queue that is full takes nobody until somebody leaves', () => {
  const clock = new VirtualClock()
  const queue = new Queues(clock).open(support)
  queue.mostMembers = 1
  const first = queue.enter(newCall(clock, 'C1'))
  expect(queue.enter(newCall(clock, 'C2'))).toBeUndefined()
  first?.leave()
  expect(queue.enter(newCall(clock, 'C2'))).toBeDefined()
})

test('who is let go is out of the queue, and its flow knows why; not who is taken already', () => {
  const clock = new VirtualClock()
  const queue = new Queues(clock).open(support)
  const [first, second] = [queue.enter(newCall(clock, 'C1')), queue.enter(newCall(clock, 'C2'))]
  expect(second?.dismiss()).toBe(true)
  expect(second?.taken.reason).toBeInstanceOf(Dismissed)
  expect(second?.gone.aborted).toBe(true)
  expect(second?.dismiss()).toBe(false)
  expect(queue.takeFirst()).toBe(first)
  expect(first?.dismiss()).toBe(false)
  expect(queue.members).toEqual([first])
})

test('the identifier is that of account and name', () => {
  const open = (accountId: string, name: string) => new Queues(new VirtualClock()).open({ accountId, name }).sid
  expect(open('A1', 'support')).toBe(open('A1', 'support'))
  expect(open('A1', 'support')).toMatch(/^QU[0-9a-f]{32}$/)
  expect(new Set([open('A1', 'support'), open('A2', 'support'), open('A1', 'Support')]).size).toBe(3)
})

test('queues are those of an account, and are forgotten an hour after nobody uses them any more', async () => {
  const clock = new VirtualClock()
  const queues = new Queues(clock)
  const { sid } = queues.open(support)
  const busy = queues.open({ accountId: 'A1', name: 'busy' })
  busy.enter(newCall(clock, 'C1'))
  queues.open({ accountId: 'A2', name: 'other' })
  expect(queues.list('A1').map(({ name }) => name)).toEqual(['busy', 'support'])
  expect(queues.find('A1', sid)?.name).toBe('support')
  await clock.advance(3_600_001)
  expect(queues.list('A1').map(({ name }) => name)).toEqual(['busy'])
})

test('nobody can fill the memory with names', () => {
  const queues = new Queues(new VirtualClock())
  for (let index = 0; index < 1_100; index++) queues.open({ accountId: 'A1', name: `queue ${index}` })
  expect(queues.list('A1').length).toBeLessThanOrEqual(1_000)
})

test('whoever waits for somebody is told, and not after they have given up', async () => {
  const clock = new VirtualClock()
  const queue = new Queues(clock).open(support)
  const stop = new AbortController()
  const givesUp = queue.somebody(stop.signal)
  const waits = queue.somebody(never)
  expect(queue.idleSince).toBeUndefined()
  stop.abort(new Error('enough'))
  await expect(givesUp).rejects.toThrow('enough')
  queue.enter(newCall(clock, 'C1'))
  await waits
  expect(queue.takeFirst()).toBeDefined()
})

/** What may happen, at random; `who` is taken modulo the number of those whom it can happen to. */
const happening = fc.record({
  what: fc.constantFrom('enters', 'leaves', 'is taken', 'is put back', 'talks', 'is over'),
  who: fc.nat(20),
})

test('whatever the order of coming, leaving and being taken: the order is kept, and nobody is lost', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
      const clock = new VirtualClock()
      const queue = new Queues(clock).open(support)
      /** All in order of entry, and what is thought of them. */
      const model = new Map<Member, 'waiting' | 'taken' | 'talking'>()
      let calls = 0
      const of = (state: string): Member[] => [...model].filter(([, is]) => is === state).map(([member]) => member)
      const pick = (members: readonly Member[], who: number): Member | undefined => members[who % (members.length || 1)]
      for (const { what, who } of happenings) {
        if (what === 'enters') {
          const member = queue.enter(newCall(clock, `C${++calls}`))
          if (member !== undefined) model.set(member, 'waiting')
        } else if (what === 'is taken') {
          const taken = queue.takeFirst()
          expect(taken).toBe(of('waiting')[0])
          if (taken !== undefined) model.set(taken, 'taken')
        } else if (what === 'is put back') {
          const member = pick(of('taken'), who)
          member?.putBack()
          if (member !== undefined) queue.waitAgain(member)
          if (member !== undefined) model.set(member, 'waiting')
        } else if (what === 'talks') {
          const member = pick(of('taken'), who)
          member?.begin()
          if (member !== undefined) model.set(member, 'talking')
        } else {
          const member = pick(what === 'leaves' ? [...model.keys()] : of('talking'), who)
          member?.end(false)
          member?.leave()
          if (member !== undefined) model.delete(member)
        }
        isAs(queue, model)
      }
    }),
  )

  function isAs(queue: Queue, model: ReadonlyMap<Member, string>): void {
    const inside = [...model].filter(([, state]) => state !== 'talking').map(([member]) => member)
    expect(queue.members.map(idOf)).toEqual(inside.map(idOf))
    inside.forEach((member, index) => expect(queue.positionOf(member)).toBe(index + 1))
    for (const [member, state] of model) {
      expect(member.isWaiting).toBe(state === 'waiting')
      expect(member.taken.aborted).toBe(state !== 'waiting')
    }
  }
})
