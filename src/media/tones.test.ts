import { describe, expect, test } from 'vitest'
import { toneLevelDb } from './goertzel.ts'
import { generateMusic } from './music.ts'
import { dtmfFrequencies, generateSilence, generateTones, writeDtmf, type Generated } from './tones.ts'

const limits = { mostMs: 900_000 }
const generate = (spec: string): Generated => generateTones(spec, limits)
const during = (samples: Int16Array, fromMs: number, toMs: number): Int16Array => samples.subarray(fromMs * 8, toMs * 8)
/** The level of a sine of -7 dBm0, in decibels of full scale (3.14 dBm0). */
const usual = -10.14

describe('the tone language of FreeSWITCH', () => {
  test('a ringback tone: two seconds of two frequencies, four of silence, for ever', () => {
    const { samples, endless } = generate('%(2000,4000,440,480);loops=-1')
    expect(endless).toBe(true)
    expect(samples.length).toBe(48_000)
    for (const hz of [440, 480]) expect(toneLevelDb(during(samples, 0, 2_000), hz)).toBeCloseTo(usual, 1)
    expect(toneLevelDb(during(samples, 0, 2_000), 520)).toBeLessThan(-60)
    expect(during(samples, 2_000, 6_000).every((sample) => sample === 0)).toBe(true)
  })

  test('a list, played as often as it says', () => {
    const { samples, endless } = generate('%(100,0,500);%(100,0,800);loops=3')
    expect(endless).toBe(false)
    expect(samples.length).toBe(4_800)
    expect(toneLevelDb(during(samples, 400, 500), 500)).toBeCloseTo(usual, 0)
    expect(toneLevelDb(during(samples, 500, 600), 800)).toBeCloseTo(usual, 0)
  })

  test('v= is a level in dBm0 for what follows', () => {
    const { samples } = generate('v=-20;%(200,0,500);v=-3;%(200,0,500)')
    expect(toneLevelDb(during(samples, 0, 200), 500)).toBeCloseTo(-23.14, 1)
    expect(toneLevelDb(during(samples, 200, 400), 500)).toBeCloseTo(-6.14, 1)
  })

  test('a fade of a tenth of a decibel each two milliseconds, as a bell has it', () => {
    const { samples } = generate('v=-7;>=2;+=.1;%(1400,0,350,440)')
    const [early, late] = [during(samples, 0, 100), during(samples, 600, 700)]
    expect(toneLevelDb(early, 350) - toneLevelDb(late, 350)).toBeCloseTo(30, 0)
  })

  test('and one that grows', () => {
    const { samples } = generate('v=-40;<=10;+=0.5;%(600,0,350)')
    expect(toneLevelDb(during(samples, 500, 600), 350) - toneLevelDb(during(samples, 0, 100), 350)).toBeCloseTo(25, 0)
  })

  test('keys, with lengths of their own or the usual ones; l= repeats each, L= all', () => {
    expect(generate('d=100;w=50;12').samples.length).toBe(2 * 150 * 8)
    expect(generate('#(60,0)').samples.length).toBe(480)
    expect(generate('l=3;%(10,10,350)').samples.length).toBe(3 * 20 * 8)
    expect(generate('L=3;%(10,10,350)').samples.length).toBe(3 * 20 * 8)
    for (const hz of [941, 1477]) expect(toneLevelDb(generate('#(200,0)').samples, hz)).toBeCloseTo(usual, 0)
  })

  test.each(['', 'hello', '%(a,b,c)', '%(100,100', '%(-5,0,100)', 'q=3;%(1,1,1)', '%(0,0,0);loops=-1'])(
    '%s is not in it',
    (spec) => expect(() => generate(spec)).toThrow(expect.objectContaining({ code: 'MEDIA_DECODE' })),
  )

  test.each(['%(1e12,0,400)', '%(1000,0,400);loops=100000000', 'l=99999999;%(1000,0,400)'])('%s is too long', (spec) =>
    expect(() => generate(spec)).toThrow(expect.objectContaining({ code: 'MEDIA_TOO_LONG' })),
  )

  test('endless repeats of next to nothing cost next to nothing', () => {
    expect(generate('l=9999999;%(0,0,400);loops=999999999').samples.length).toBe(0)
    expect(generate('%(0.125,0,400);loops=7000000').samples.length).toBe(7_000_000)
  })
})

describe('keys', () => {
  test.each(Array.from('1234567890*#ABCD'))('%s has its two frequencies and no others', (key) => {
    const samples = new Int16Array(800)
    for (let at = 0; at < 800; at += 160) writeDtmf(samples.subarray(at, at + 160), key, at)
    const wanted: readonly number[] = dtmfFrequencies(key) ?? []
    for (const hz of [697, 770, 852, 941, 1209, 1336, 1477, 1633]) {
      const level = toneLevelDb(samples, hz)
      if (wanted.includes(hz)) expect(level).toBeCloseTo(usual, 0)
      else expect(level).toBeLessThan(-35)
    }
  })

  test('what is no key is silent', () => {
    const samples = new Int16Array(160).fill(1)
    writeDtmf(samples, 'w', 0)
    expect(samples.every((sample) => sample === 0)).toBe(true)
  })
})

test('silence is silent, and below zero never ends', () => {
  expect(generateSilence(250, limits).samples).toEqual(new Int16Array(2_000))
  expect(generateSilence(-1, limits).endless).toBe(true)
  expect(() => generateSilence(1e9, limits)).toThrow(expect.objectContaining({ code: 'MEDIA_TOO_LONG' }))
})

test('the music is soft, never clips, and has no seam', () => {
  const { samples, endless } = generateMusic()
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  expect(endless).toBe(true)
  expect(loudest).toBeGreaterThan(2_000)
  expect(loudest).toBeLessThan(12_000)
  expect(Math.abs((samples[0] ?? 0) - (samples.at(-1) ?? 0))).toBeLessThan(1_000)
  expect(toneLevelDb(samples.subarray(800, 4_000), 261.63)).toBeGreaterThan(-30)
})
