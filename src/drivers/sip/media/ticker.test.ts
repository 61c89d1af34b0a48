import { expect, test } from 'vitest'
import { VirtualClock } from '../../../base/index.ts'
import { Ticker, type Ticking } from './ticker.ts'

class Member implements Ticking {
  readonly ticks: { readonly frame: number; readonly atMs: number }[] = []
  tick(frame: number, atMs: number): void {
    this.ticks.push({ frame, atMs })
  }
}

test('a member ticks every 20 ms, the first time within 10', async () => {
  const clock = new VirtualClock()
  const ticker = new Ticker(clock)
  const member = new Member()
  ticker.join(member)
  await clock.advance(100)
  const [first] = member.ticks
  expect(first?.atMs).toBeLessThanOrEqual(10)
  expect(member.ticks.map(({ atMs }) => atMs - (first?.atMs ?? 0))).toEqual([0, 20, 40, 60, 80])
  expect(member.ticks.map(({ frame }) => frame - (first?.frame ?? 0))).toEqual([0, 1, 2, 3, 4])
  ticker.leave(member)
})

test('members are spread over the frame', async () => {
  const clock = new VirtualClock()
  const ticker = new Ticker(clock)
  const members = Array.from({ length: 100 }, () => new Member())
  for (const member of members) ticker.join(member)
  await clock.advance(40)
  const slots = new Map<number, number>()
  for (const { ticks } of members) slots.set(ticks[0]?.atMs ?? 0, (slots.get(ticks[0]?.atMs ?? 0) ?? 0) + 1)
  expect(slots.size).toBe(4)
  expect(Math.max(...slots.values())).toBeLessThan(40)
  for (const member of members) ticker.leave(member)
})

test('after a stall what was missed is left out, not sent in a burst', async () => {
  const clock = new StallingClock()
  const ticker = new Ticker(clock)
  const member = new Member()
  ticker.join(member)
  await clock.advance(45)
  const before = member.ticks.length
  clock.stall(400)
  await clock.advance(5)
  expect(member.ticks.length - before).toBeLessThanOrEqual(2)
  await clock.advance(100)
  const frames = member.ticks.map(({ frame }) => frame)
  expect((frames.at(-1) ?? 0) - (frames[0] ?? 0)).toBeGreaterThanOrEqual(24)
  ticker.leave(member)
})

test('without members no time is measured', async () => {
  const clock = new VirtualClock()
  const ticker = new Ticker(clock)
  const member = new Member()
  ticker.join(member)
  await clock.advance(50)
  ticker.leave(member)
  await clock.advance(50)
  expect(clock.waiting).toBe(0)
})

/** A clock that can jump, as it looks to a thread that was held up. */
class StallingClock extends VirtualClock {
  #stalledMs = 0

  stall(ms: number): void {
    this.#stalledMs += ms
  }

  override now(): number {
    return super.now() + this.#stalledMs
  }
}
