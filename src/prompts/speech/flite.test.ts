import { existsSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../base/index.ts'
import { toneLevelDb } from '../../media/index.ts'
import { threadFile } from '../job-thread.ts'
import { fliteJob } from './flite-job.ts'
import { fliteThread } from './flite.ts'
import { segmentsOfSsml, segmentsOfText, type Segment } from './ssml.ts'

const speak = (segments: readonly Segment[], voice: 'slt' | 'rms' = 'slt'): Int16Array => fliteJob({ voice, segments })
const ssml = (fragment: string): Int16Array => speak(segmentsOfSsml(fragment, 'en-us') ?? [])
const ms = (samples: Int16Array): number => samples.length / 8
const loudness = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)

/** The longest stretch without sound, in milliseconds. */
function longestPause(samples: Int16Array): number {
  let [longest, run] = [0, 0]
  for (const sample of samples) {
    run = Math.abs(sample) < 60 ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest / 8
}

describe('the built-in voice', () => {
  test.each(['slt', 'rms'] as const)('%s speaks: as long, as loud and as low as a person', (voice) => {
    const samples = speak(segmentsOfText('Welcome to Pivot. Press one for sales.'), voice)
    expect(ms(samples)).toBeGreaterThan(1_800)
    expect(ms(samples)).toBeLessThan(4_000)
    expect(loudness(samples)).toBeGreaterThan(800)
    const energy = (...tones: number[]): number => Math.max(...tones.map((hz) => toneLevelDb(samples, hz)))
    expect(energy(150, 200, 300, 500, 700)).toBeGreaterThan(energy(3_300, 3_500, 3_700) + 6)
  })

  test('breaks are as long as they say', () => {
    for (const seconds of [0.5, 1, 2]) {
      expect(Math.abs(longestPause(ssml(`One<break time="${seconds}s"/>two`)) - 1_000 * seconds)).toBeLessThan(80)
    }
  })

  test('prosody changes time, pitch and loudness', () => {
    const text = 'This is a sentence of some length.'
    const usual = ssml(text)
    expect(ms(ssml(`<prosody rate="50%">${text}</prosody>`)) / ms(usual)).toBeCloseTo(2, 0)
    expect(loudness(ssml(`<prosody volume="-12dB">${text}</prosody>`)) / loudness(usual)).toBeCloseTo(0.25, 1)
    expect(ssml(`<prosody pitch="x-high">${text}</prosody>`)).not.toEqual(usual)
  })

  test.each(['', '   ', '...', '日本', '--help', '-', '\u0000', 'x'.repeat(50), '<ssml>'])(
    '%j costs nothing worse',
    (text) => {
      expect(ms(speak(segmentsOfText(text)))).toBeLessThan(60_000)
    },
  )
})

const isBuilt = existsSync(threadFile('./flite-thread.js', import.meta.url).pathname.replace('/src/', '/dist/'))

describe.runIf(isBuilt)('in its thread', () => {
  const thread = fliteThread(systemClock)
  afterAll(() => thread.close())

  test('fifteen sentences in a row, and the last is as good as the first', { timeout: 60_000 }, async () => {
    await thread.warm()
    const job = { voice: 'slt' as const, segments: segmentsOfText('Please press one.') }
    const first = await thread.run(job)
    for (let i = 0; i < 13; i++) await thread.run({ ...job, segments: segmentsOfText(`Number ${i}.`) })
    expect(await thread.run(job)).toEqual(first)
    expect(first.buffer).toBeInstanceOf(SharedArrayBuffer)
  })
})
