import { expect, test } from 'vitest'
import { frameSamples } from './protocol.ts'
import { Timeline } from './timeline.ts'

const lagFrames = 6
const lag = lagFrames * frameSamples
/** 40 ms. */
const most = 2 * frameSamples

interface Way {
  /** How much faster the sender's clock is than ours. */
  readonly drift?: number
  /** Samples that packet `n` takes longer than the quickest; undefined = it is lost. */
  readonly delay?: (n: number) => number | undefined
  /** Samples that the sender's timestamps jump before packet `n`. */
  readonly jump?: (n: number) => number
}

/**
 * A sender of `packets` packets, each filled with its number, over a way of its own.
 *
 * @returns how far each packet that was heard is from where it was said, in samples
 */
function errorsOf(packets: number, { drift = 0, delay = () => 0, jump = () => 0 }: Way): number[] {
  const timeline = new Timeline(lagFrames)
  const sent = Array.from({ length: packets }, (_, n) => ({ n, saidAt: (n * frameSamples) / (1 + drift) }))
  const arriving = sent
    .flatMap(({ n, saidAt }) => {
      const late = delay(n)
      return late === undefined ? [] : [{ n, saidAt, arrivesAt: saidAt + late }]
    })
    .sort((a, b) => a.arrivesAt - b.arrivesAt)
  const stamps: number[] = []
  let timestamp = 0xffff_0000
  for (const { n } of sent) {
    timestamp = (timestamp + jump(n)) >>> 0
    stamps.push(timestamp)
    timestamp = (timestamp + frameSamples) >>> 0
  }
  const errors: number[] = []
  const frame = new Int16Array(frameSamples)
  let last = 0
  let next = 0
  for (let tick = 0; tick * frameSamples < packets * frameSamples + 2 * lag; tick++) {
    for (; (arriving[next]?.arrivesAt ?? Infinity) <= tick * frameSamples; next++) {
      const { n, arrivesAt } = arriving[next] ?? { n: 0, arrivesAt: 0 }
      timeline.put(stamps[n] ?? 0, new Int16Array(frameSamples).fill((n % 30_000) + 1), arrivesAt)
    }
    timeline.take(frame)
    for (let i = 0; i < frameSamples; i++) {
      const value = frame[i] ?? 0
      if (value !== 0 && value !== last) {
        const saidAt = sent[value - 1]?.saidAt ?? 0
        errors.push(tick * frameSamples + i - lag - saidAt)
      }
      last = value
    }
  }
  return errors
}

const tenMinutes = 29_999
const worst = (errors: readonly number[]): number => errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0)

test('what is said is where it was said', () => {
  const errors = errorsOf(500, {})
  expect(errors.length).toBe(500)
  expect(worst(errors)).toBeLessThan(frameSamples)
})

test('in ten minutes, loss and an uneven way move nothing', () => {
  const delay = (n: number): number | undefined => (n % 7 === 3 ? undefined : (n * 7_919) % 480)
  const errors = errorsOf(tenMinutes, { delay })
  expect(errors.length).toBeGreaterThan(0.84 * tenMinutes)
  expect(worst(errors)).toBeLessThanOrEqual(most)
})

test.each([300e-6, -300e-6])('a clock that is wrong by %f is followed for ten minutes', (drift) => {
  const errors = errorsOf(tenMinutes, { drift, delay: (n) => (n * 7_919) % 300 })
  expect(errors.length).toBeGreaterThan(0.98 * tenMinutes)
  expect(worst(errors)).toBeLessThanOrEqual(most)
})

test('a sender that sends nothing on hold goes on in the right place, whether its timestamps stood still or not', () => {
  const silent = (n: number): number | undefined => (n >= 1_000 && n < 2_000 ? undefined : 0)
  expect(worst(errorsOf(3_000, { delay: silent }))).toBeLessThan(frameSamples)
  const stoodStill = (n: number): number => (n === 2_000 ? -1_000 * frameSamples : 0)
  const errors = errorsOf(3_000, { delay: silent, jump: stoodStill })
  expect(errors.length).toBeGreaterThanOrEqual(1_990)
  expect(worst(errors)).toBeLessThan(frameSamples)
})

test('a way that becomes longer for good is followed', () => {
  const errors = errorsOf(3_000, { delay: (n) => (n < 1_000 ? 0 : 800) })
  expect(worst(errors.slice(-1_500))).toBeLessThanOrEqual(800 + most)
  expect(errors.length).toBeGreaterThan(2_900)
})

test('a packet that comes too late is left out', () => {
  const errors = errorsOf(100, { delay: (n) => (n === 50 ? 1_500 : 0) })
  expect(errors.length).toBe(99)
})
