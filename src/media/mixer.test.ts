import { expect, test } from 'vitest'
import { toneAmplitude } from './goertzel.ts'
import { fade, meanAmplitude, Mixer } from './mixer.ts'

const frame = 160

/** A voice: a sine, frame after frame. */
function voice(hz: number, amplitude: number): (index: number) => Int16Array {
  return (index) =>
    Int16Array.from({ length: frame }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * (index * frame + i)) / 8_000))
}

/** What `me` hears of them all in so many frames; undefined: somebody who says nothing. */
function heard(voices: readonly ((index: number) => Int16Array)[], frames: number, me?: number): Int16Array {
  const mixer = new Mixer(frame)
  const all = new Int16Array(frame * frames)
  for (let index = 0; index < frames; index++) {
    const said = voices.map((next) => next(index))
    mixer.begin()
    for (const samples of said) mixer.add(samples)
    mixer.settle()
    mixer.write(all.subarray(index * frame, (index + 1) * frame), me === undefined ? undefined : said[me])
  }
  return all
}

test('everyone hears the sum of the others, exactly', () => {
  const [a, b, c] = [voice(300, 5_000), voice(500, 6_000), voice(700, 7_000)]
  const mix = heard([a, b, c], 1, 1)
  const expected = a(0).map((sample, i) => sample + (c(0)[i] ?? 0))
  expect(mix).toEqual(expected)
  expect(heard([a], 1, 0).every((sample) => sample === 0)).toBe(true)
})

test('what is too loud together is turned down and stays a sum of sines', () => {
  const loud = [voice(300, 30_000), voice(500, 30_000), voice(700, 30_000)]
  const samples = heard(loud, 50).subarray(-3_200)
  for (const hz of [300, 500, 700]) expect(toneAmplitude(samples, hz)).toBeGreaterThan(0.25)
  for (const hz of [100, 200, 900, 1_100]) expect(toneAmplitude(samples, hz)).toBeLessThan(0.01)
  expect(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeLessThan(30_000)
})

test('it is turned up again within two seconds, by steps that are not heard', () => {
  const quiet = voice(300, 8_000)
  const burst = voice(310, 32_000)
  const once = (index: number): Int16Array => (index < 10 ? burst(index) : new Int16Array(frame))
  const later = heard([quiet, once, once], 110).subarray(10 * frame)
  expect(toneAmplitude(later.subarray(0, 320), 300)).toBeLessThan(4_500 / 32_768)
  expect(toneAmplitude(later.subarray(-1_600), 300)).toBeCloseTo(8_000 / 32_768, 2)
  const steps = later.subarray(1).map((sample, i) => Math.abs(sample - (later[i] ?? 0)))
  expect(steps.reduce((most, step) => Math.max(most, step), 0)).toBeLessThan(2_000)
})

test('a fade begins and ends where it should', () => {
  const samples = new Int16Array(frame).fill(10_000)
  fade(samples, 1, 0)
  expect([samples[0], samples[80], (samples[159] ?? 0) < 100]).toEqual([10_000, 5_000, true])
  expect(meanAmplitude(Int16Array.of(-4, 4, 0, 8))).toBe(4)
})
