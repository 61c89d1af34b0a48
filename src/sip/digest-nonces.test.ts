import { expect, test } from 'vitest'
import { VirtualClock } from '../base/index.ts'
import { AuthenticationFailures } from './digest-failures.ts'
import { Nonces } from './digest-nonces.ts'

const lifeMs = 300_000
const home = '192.0.2.10'

function scene(options: { mostUsed?: number } = {}) {
  const clock = new VirtualClock(1_700_000_000_000)
  return { clock, nonces: new Nonces({ clock, lifeMs, ...options }) }
}

test('a nonce is fresh for its address and its time, and for nobody else', async () => {
  const { clock, nonces } = scene()
  const nonce = nonces.issue(home)
  expect(nonces.issue(home)).not.toBe(nonce)
  expect(nonces.isFresh(nonce, home)).toBe(true)
  expect(nonces.isFresh(nonce, '192.0.2.11')).toBe(false)
  expect(new Nonces({ clock, lifeMs }).isFresh(nonce, home)).toBe(false)
  await clock.advance(lifeMs - 1)
  expect(nonces.isFresh(nonce, home)).toBe(true)
  await clock.advance(1)
  expect(nonces.isFresh(nonce, home)).toBe(false)
})

test('a nonce that was changed anywhere is not ours', () => {
  const { nonces } = scene()
  const nonce = nonces.issue(home)
  for (let at = 0; at < nonce.length; at++) {
    const other = nonce[at] === 'A' ? 'B' : 'A'
    expect(nonces.isFresh(nonce.slice(0, at) + other + nonce.slice(at + 1), home), `at ${at}`).toBe(false)
  }
  for (const text of ['', 'x', nonce.slice(1), `${nonce}AAAA`]) expect(nonces.isFresh(text, home)).toBe(false)
})

test('a count is good once, and only upwards', () => {
  const { nonces } = scene()
  const nonce = nonces.issue(home)
  expect([1, 1, 3, 2, 4, Number.NaN, 0].map((count) => nonces.use(nonce, count))).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
    false,
  ])
})

test('what had to be forgotten is stale, so that it cannot be played again', async () => {
  const { clock, nonces } = scene({ mostUsed: 2 })
  const made: string[] = []
  for (let n = 0; n < 4; n++) {
    await clock.advance(1)
    made.push(nonces.issue(home))
  }
  for (const nonce of made) nonces.use(nonce, 1)
  expect(made.map((nonce) => nonces.isFresh(nonce, home))).toEqual([false, false, true, true])
  expect(nonces.use(made[3] ?? '', 1)).toBe(false)
})

test('who fails too often in a while is refused for a while', async () => {
  const clock = new VirtualClock()
  const failures = new AuthenticationFailures(clock, { most: 3, windowMs: 60_000, refusedMs: 300_000 })
  expect([failures.add(home), failures.add(home)]).toEqual([false, false])
  await clock.advance(60_000)
  expect([failures.add(home), failures.add(home), failures.isRefused(home)]).toEqual([false, false, false])
  expect(failures.add(home)).toBe(true)
  expect([failures.isRefused(home), failures.isRefused('192.0.2.11'), failures.refused]).toEqual([true, false, 1])
  await clock.advance(300_000)
  expect([failures.isRefused(home), failures.refused, failures.add(home)]).toEqual([false, 0, false])
})

test('refusing nobody can be wanted', () => {
  const failures = new AuthenticationFailures(new VirtualClock(), { most: 1, windowMs: 60_000, refusedMs: 0 })
  expect([failures.add(home), failures.isRefused(home)]).toEqual([false, false])
})
