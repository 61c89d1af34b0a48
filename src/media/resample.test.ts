import { expect, test } from 'vitest'
import { toneLevelDb } from './goertzel.ts'
import { Resampler } from './resample.ts'

const sine = (hz: number, rateHz: number, seconds: number): Float32Array =>
  Float32Array.from({ length: rateHz * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rateHz))

function resample(samples: Float32Array, fromHz: number, chunk = samples.length): Int16Array {
  const resampler = new Resampler(fromHz, 8_000)
  const parts: number[] = []
  for (let at = 0; at < samples.length; at += chunk) parts.push(...resampler.push(samples.subarray(at, at + chunk)))
  parts.push(...resampler.finish())
  return Int16Array.from(parts, (sample) => Math.round(sample * 32_768))
}

/** Away from the ends, where the sound begins and stops. */
const middle = (samples: Int16Array): Int16Array => samples.subarray(800, -800)

const rates = [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 11_127, 6_000]

test.each(rates)('%i Hz: what a telephone carries keeps its level, to a tenth of a decibel', (rateHz) => {
  for (const hz of [200, 1_000, 2_500, 3_400].filter((tone) => tone < 0.43 * rateHz)) {
    const heard = middle(resample(sine(hz, rateHz, 0.5), rateHz))
    expect(Math.abs(toneLevelDb(heard, hz) + 6.02)).toBeLessThan(0.1)
  }
})

test.each(rates.filter((rateHz) => rateHz > 9_000))('%i Hz: what it cannot carry is below -60 dB', (rateHz) => {
  for (const hz of [4_050, 4_500, 5_000, 5_400].filter((tone) => tone < rateHz / 2)) {
    const heard = middle(resample(sine(hz, rateHz, 0.5), rateHz))
    expect(toneLevelDb(heard, 8_000 - hz)).toBeLessThan(-66)
  }
})

test('an upsampled tone has no image', () => {
  const heard = middle(resample(sine(1_000, 6_000, 0.5), 6_000))
  expect(toneLevelDb(heard, 3_900)).toBeLessThan(-66)
})

test('sound in pieces comes out as sound in one', () => {
  const samples = sine(700, 44_100, 0.2)
  expect(resample(samples, 44_100, 441)).toEqual(resample(samples, 44_100))
})

test('a second stays a second', () => {
  for (const rateHz of rates) expect(resample(sine(100, rateHz, 1), rateHz).length).toBe(8_000)
})
