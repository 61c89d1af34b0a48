import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../../base/index.ts'
import { durations, newSimulator, type DialledCallee } from '../../drivers/simulator/index.ts'
import { branchTo } from '../../../test/support/dialling-house.ts'
import { Call } from '../call.ts'
import { page } from './page.ts'

const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }

function open() {
  const clock = new VirtualClock()
  const dialled: DialledCallee[] = []
  const simulator = newSimulator({ clock, onDial: (one) => dialled.push(one), durationOf: durations() })
  void simulator.listen(() => undefined, new AbortController().signal)
  const { leg, farEnd } = simulator.call({
    callId: 'boss',
    from: { user: 'boss', realm: 'a1.example' },
    to: { user: '100', realm: 'a1.example' },
  })
  const call = new Call({ leg, account, number: '100', clock, log: silentLog, observers: [] })
  const pages = (isTwoWay: boolean, names: readonly string[]): Promise<unknown> =>
    page(
      call,
      { branches: names.map((name) => branchTo(name)), isTwoWay, timeoutMs: 5_000 },
      { calling: simulator, clock, signal: leg.ended },
    ).catch((error: unknown) => error)
  return { clock, dialled, leg, farEnd, pages }
}

test.each([
  ['one-way', false],
  ['two-way', true],
])('%s: who hears whom', async (_audio, isTwoWay) => {
  const { clock, dialled, farEnd, pages } = open()
  const paged = pages(isTwoWay, ['a', 'b'])
  await clock.settle()
  const [a, b] = dialled.map(({ callee }) => callee)
  for (const party of [farEnd, a, b]) party?.speaks(true)
  a?.answer()
  b?.answer()
  await clock.settle()
  expect(a?.voicesHeard).toContain('boss')
  expect(a?.voicesHeard).toHaveLength(isTwoWay ? 2 : 1)
  expect(farEnd.voicesHeard).toHaveLength(isTwoWay ? 2 : 0)
  a?.hangUp()
  b?.hangUp()
  expect(await paged).toBe(2)
})

test('when the caller goes, those who listen are hung up on, and those who ring are cancelled', async () => {
  const { clock, dialled, leg, farEnd, pages } = open()
  const paged = pages(false, ['a', 'b'])
  await clock.settle()
  const ends: string[] = []
  for (const { callee, target } of dialled) {
    const name = target.kind === 'device' ? target.username : ''
    callee.observe((event) => event.type === 'leg.ended' && ends.push(`${name} ${event.cause}`))
  }
  dialled[0]?.callee.answer()
  await clock.settle()
  farEnd.hangUp()
  expect(await paged).toBe(leg.ended.reason)
  await clock.settle()
  expect(ends.sort()).toEqual(['a NORMAL_CLEARING', 'b ORIGINATOR_CANCEL'])
})
