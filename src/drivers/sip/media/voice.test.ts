import { expect, test } from 'vitest'
import { meanAmplitude } from '../../../media/index.ts'
import { Voice } from './voice.ts'

const silent = (): undefined => undefined

test('one or two packets that are lost are hidden, and then there is silence', () => {
  const voice = new Voice(silent)
  const frame = new Int16Array(160)
  voice.hear(0, new Int16Array(160).fill(8_000))
  expect([voice.next(frame), voice.next(frame)]).toEqual([false, true])
  const levels = [1, 2, 3, 4].map(() => (voice.next(frame) ? meanAmplitude(frame) : 0))
  expect(levels[0]).toBeCloseTo(6_000, -2)
  expect(levels[1]).toBeCloseTo(2_000, -2)
  expect(levels.slice(2)).toEqual([0, 0])
})

test('nothing is heard of who has said nothing', () => {
  expect(new Voice(silent).next(new Int16Array(160))).toBe(false)
})
