import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toneAmplitude } from '../../../media/index.ts'
import { toneOf } from '../../../../test/support/rtp-caller.ts'
import type { Recorded, RecordSettings } from '../media-port.ts'
import { Recorder } from './recorder.ts'

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-recorder-'))
})
afterAll(() => rm(folder, { recursive: true }))

const settings = (changes: Partial<RecordSettings> = {}): RecordSettings => ({
  path: join(folder, `${++files}.wav`),
  maxMs: 60_000,
  silenceMs: 0,
  trim: false,
  ...changes,
})

const voice = toneOf(300, 20)
const silence = new Int16Array(160)

/** One letter for 20 ms: `v` voice, `.` silence, ` ` no packet, `c` comfort noise and then no packet. */
async function record(
  says: string,
  changes: Partial<RecordSettings> = {},
): Promise<Recorded & { samples: Int16Array }> {
  const given = settings(changes)
  const recorder = new Recorder(1, given)
  let endedBy: Recorded['endedBy'] | undefined
  let timestamp = 0xffff_f000
  for (const letter of says) {
    if (letter === 'v') recorder.hear(timestamp, voice)
    if (letter === '.') recorder.hear(timestamp, silence)
    if (letter === 'c') recorder.comfort()
    timestamp = (timestamp + 160) >>> 0
    endedBy = recorder.tick(1)
    if (endedBy !== undefined) break
  }
  const recorded = await recorder.finish(endedBy ?? 'stopped')
  const file = await readFile(given.path)
  expect(file.toString('latin1', 0, 4)).toBe('RIFF')
  expect(file.readUInt32LE(4)).toBe(file.length - 8)
  expect(file.readUInt32LE(40)).toBe(file.length - 44)
  return { ...recorded, samples: new Int16Array(file.buffer, file.byteOffset + 44, (file.length - 44) / 2).slice() }
}

test('what the caller says is in the file, whole', async () => {
  const { durationMs, hadSpeech, samples } = await record('v'.repeat(100))
  expect({ durationMs, hadSpeech }).toEqual({ durationMs: 2_000, hadSpeech: true })
  expect(samples).toEqual(Int16Array.from({ length: 16_000 }, (_, i) => voice[i % 160] ?? 0))
  expect(toneAmplitude(samples, 300)).toBeCloseTo(16_000 / 32_768, 2)
})

test('a gap is silence of its length', async () => {
  const { durationMs, samples } = await record(`${'v'.repeat(20)}${' '.repeat(10)}${'v'.repeat(20)}`)
  expect(durationMs).toBe(1_000)
  expect(samples.subarray(3_200, 4_800)).toEqual(new Int16Array(1_600))
  expect(toneAmplitude(samples.subarray(4_800), 300)).toBeGreaterThan(0.4)
})

test('silence that is received ends a recording', async () => {
  const { endedBy, durationMs } = await record(`vvvvv${'.'.repeat(200)}`, { silenceMs: 1_000 })
  expect(endedBy).toBe('silence')
  expect(durationMs).toBe(100 + 1_000 + 60)
})

test('nothing received is no silence, but it takes its time', async () => {
  const { endedBy, durationMs, hadSpeech } = await record(' '.repeat(300), { silenceMs: 1_000, maxMs: 3_000 })
  expect({ endedBy, durationMs, hadSpeech }).toEqual({ endedBy: 'limit', durationMs: 3_000, hadSpeech: false })
})

test('a far end that leaves out silence, and says so, is silent', async () => {
  expect(await record(`vvvvvc${' '.repeat(200)}`, { silenceMs: 1_000 })).toMatchObject({ endedBy: 'silence' })
})

test('a click is neither speech nor an end of silence', async () => {
  const said = `${'.'.repeat(20)}v${'.'.repeat(100)}`
  expect(await record(said, { silenceMs: 1_000 })).toMatchObject({
    endedBy: 'silence',
    durationMs: 1_060,
    hadSpeech: false,
  })
})

test('trimmed, a recording begins and ends close to the words', async () => {
  const { durationMs, samples } = await record(`${'.'.repeat(100)}${'v'.repeat(50)}${'.'.repeat(100)}`, { trim: true })
  expect(durationMs).toBeGreaterThanOrEqual(1_100)
  expect(durationMs).toBeLessThanOrEqual(1_220)
  expect(toneAmplitude(samples.subarray(1_600, 6_400), 300)).toBeGreaterThan(0.4)
})

test('trimmed, a recording of nothing is empty', async () => {
  expect(await record('.'.repeat(100), { trim: true })).toMatchObject({ durationMs: 0, hadSpeech: false })
})

test('a limit that is no number of packets is kept to the sample', async () => {
  expect((await record('v'.repeat(100), { maxMs: 333 })).durationMs).toBe(333)
})

test('a disk that says no is a problem by name', async () => {
  const recorder = new Recorder(1, settings({ path: join(folder, 'no', 'such', 'folder.wav') }))
  recorder.hear(0, voice)
  recorder.tick(1)
  await recorder.finish('stopped')
  expect(recorder.problem).toContain('ENOENT')
})
