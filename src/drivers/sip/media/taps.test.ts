import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../../../base/index.ts'
import { toneAmplitude } from '../../../media/index.ts'
import { passTime } from '../../../../test/support/pass-time.ts'
import { RtpCaller, toneOf } from '../../../../test/support/rtp-caller.ts'
import type { CallRecordSettings, MediaAgreement, MediaEngine, MediaLeg } from '../media-port.ts'
import { openMediaEngine } from './engine.ts'

let clock: VirtualClock
let time: ReturnType<typeof passTime>
let engine: MediaEngine
let phones: RtpCaller[]
let folder = ''
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-taps-'))
})
afterAll(() => rm(folder, { recursive: true }))

beforeEach(() => {
  clock = new VirtualClock()
  time = passTime(clock)
  const ports = { first: 0, last: 0 }
  engine = openMediaEngine({ clock, log: silentLog, host: '127.0.0.1', ports, workers: 0, inactivityMs: 0 })
  phones = []
})

afterEach(async () => {
  await engine.close()
  for (const phone of phones) phone.close()
  await time.stop()
})

interface Party {
  readonly phone: RtpCaller
  readonly leg: MediaLeg
  readonly agree: (changes?: Partial<MediaAgreement>) => void
}

/** Somebody who speaks at a pitch of their own. */
async function speaks(voiceHz: number): Promise<Party> {
  const phone = await RtpCaller.open(clock, { voiceHz, amplitude: 8_000 })
  phones.push(phone)
  const leg = await engine.open({ digit: () => undefined, inactive: () => undefined, lost: () => undefined })
  const agree = (changes: Partial<MediaAgreement> = {}): void =>
    leg.agree({
      address: '127.0.0.1',
      port: phone.port,
      law: 'pcmu',
      payloadType: 0,
      telephoneEvent: 101,
      direction: 'sendrecv',
      ptimeMs: 20,
      signallingAddress: '127.0.0.1',
      ...changes,
    })
  agree()
  phone.callTo(leg.port)
  phone.isSpeaking = true
  return { phone, leg, agree }
}

const pitches = [300, 500, 700, 900]
const tonesIn = (samples: Int16Array): number[] => pitches.filter((hz) => toneAmplitude(samples, hz) > 0.02)
/** By the last 200 ms. */
const hears = ({ phone }: Party): number[] => tonesIn(phone.last(200))
const music = { key: 'music', samples: toneOf(900, 1_000, 8_000), durationMs: 1_000, endless: true }

const settings = (changes: Partial<CallRecordSettings> = {}): CallRecordSettings => ({
  path: join(folder, `${++files}.wav`),
  maxMs: 60_000,
  trim: false,
  channels: 'mixed',
  track: 'both',
  ...changes,
})

/** The channels of a file: the number of its header says how many. */
async function channelsOf(path: string): Promise<Int16Array[]> {
  const file = await readFile(path)
  const count = file.readUInt16LE(22)
  expect(file.readUInt32LE(40)).toBe(file.length - 44)
  const samples = new Int16Array(file.buffer.slice(file.byteOffset + 44, file.byteOffset + file.length))
  return Array.from({ length: count }, (_, channel) => samples.filter((_, i) => i % count === channel))
}

const part = (samples: Int16Array | undefined, fromMs: number, untilMs: number): Int16Array =>
  (samples ?? new Int16Array()).subarray(8 * fromMs, 8 * untilMs)

describe('a recording of the call', () => {
  test('has what the leg says on the left and what it hears on the right, whatever that is', async () => {
    const [a, b] = [await speaks(300), await speaks(500)]
    const given = settings({ channels: 'separate' })
    const recording = a.leg.recordCall(given)
    await clock.sleep(500)
    const playing = a.leg.play(music, 1)
    await clock.sleep(500)
    playing.stop()
    engine.bridge(a.leg, b.leg)
    await clock.sleep(1_000)
    recording.stop()
    const { durationMs, endedBy } = await recording.done
    expect(endedBy).toBe('stopped')
    expect(Math.abs(durationMs - 2_000)).toBeLessThanOrEqual(40)
    const [left, right] = await channelsOf(given.path)
    for (const from of [100, 600, 1_200, 1_700]) expect(tonesIn(part(left, from, from + 200))).toEqual([300])
    expect(tonesIn(part(right, 100, 400))).toEqual([])
    expect(tonesIn(part(right, 600, 900))).toEqual([900])
    expect(tonesIn(part(right, 1_200, 1_900))).toEqual([500])
    expect(hears(a)).toEqual([500])
  })

  test('has both in one channel', async () => {
    const [a, b] = [await speaks(300), await speaks(500)]
    const given = settings()
    const recording = b.leg.recordCall(given)
    engine.bridge(a.leg, b.leg)
    await clock.sleep(800)
    recording.stop()
    await recording.done
    const [both, none] = await channelsOf(given.path)
    expect(none).toBeUndefined()
    expect(tonesIn(part(both, 300, 700))).toEqual([300, 500])
  })

  test.each([
    ['says', [300]],
    ['hears', [500]],
  ] as const)('may be of what the leg %s only', async (track, tones) => {
    const [a, b] = [await speaks(300), await speaks(500)]
    const given = settings({ track })
    const recording = a.leg.recordCall(given)
    engine.bridge(a.leg, b.leg)
    await clock.sleep(800)
    recording.stop()
    await recording.done
    expect(tonesIn(part((await channelsOf(given.path))[0], 300, 700))).toEqual(tones)
  })

  test('both sides are on one clock', async () => {
    const [a, b] = [await speaks(300), await speaks(500)]
    a.phone.isSpeaking = false
    b.phone.isSpeaking = false
    engine.bridge(a.leg, b.leg)
    const given = settings({ channels: 'separate' })
    const recording = a.leg.recordCall(given)
    await clock.sleep(500)
    a.phone.isSpeaking = true
    b.phone.isSpeaking = true
    await clock.sleep(500)
    recording.stop()
    await recording.done
    const begins = (samples: Int16Array | undefined): number => (samples?.findIndex((one) => one > 1_000) ?? 0) / 8
    const [left, right] = (await channelsOf(given.path)).map(begins)
    // What is heard has gone through a bridge: that is the only difference.
    expect((right ?? 0) - (left ?? 0)).toBeGreaterThanOrEqual(0)
    expect((right ?? 0) - (left ?? 0)).toBeLessThanOrEqual(60)
    expect(Math.abs((left ?? 0) - 500)).toBeLessThanOrEqual(60)
  })

  test('is silent while it is masked, and as long as ever', async () => {
    const a = await speaks(300)
    const given = settings()
    const recording = a.leg.recordCall(given)
    await clock.sleep(500)
    recording.mask(true)
    await clock.sleep(500)
    recording.mask(false)
    await clock.sleep(500)
    recording.stop()
    const { durationMs } = await recording.done
    expect(Math.abs(durationMs - 1_500)).toBeLessThanOrEqual(40)
    const [said] = await channelsOf(given.path)
    expect([part(said, 100, 450), part(said, 550, 950), part(said, 1_050, 1_400)].map(tonesIn)).toEqual([
      [300],
      [],
      [300],
    ])
    expect(part(said, 550, 950).every((sample) => sample === 0)).toBe(true)
  })

  test('is silent where somebody holds', async () => {
    const [a, b] = [await speaks(300), await speaks(500)]
    engine.bridge(a.leg, b.leg)
    const given = settings({ channels: 'separate' })
    const recording = a.leg.recordCall(given)
    await clock.sleep(500)
    a.agree({ direction: 'inactive' })
    await clock.sleep(500)
    a.agree()
    await clock.sleep(500)
    recording.stop()
    await recording.done
    const [left, right] = await channelsOf(given.path)
    expect([left, right].map((one) => tonesIn(part(one, 650, 950)))).toEqual([[], []])
    expect([left, right].map((one) => tonesIn(part(one, 1_200, 1_450)))).toEqual([[300], [500]])
  })

  test('begins and ends with speech when it is trimmed', async () => {
    const a = await speaks(300)
    a.phone.isSpeaking = false
    const recording = a.leg.recordCall(settings({ trim: true }))
    await clock.sleep(1_000)
    a.phone.isSpeaking = true
    await clock.sleep(400)
    a.phone.isSpeaking = false
    await clock.sleep(1_000)
    recording.stop()
    const { durationMs, hadSpeech } = await recording.done
    expect(hadSpeech).toBe(true)
    expect(Math.abs(durationMs - 600)).toBeLessThanOrEqual(60)
  })

  test('ends at its limit, with the leg, and is one of four at most', async () => {
    const a = await speaks(300)
    const short = a.leg.recordCall(settings({ maxMs: 300 }))
    expect(await short.done).toMatchObject({ endedBy: 'limit', durationMs: 300 })
    const four = Array.from({ length: 4 }, () => a.leg.recordCall(settings()))
    await expect(a.leg.recordCall(settings()).done).rejects.toMatchObject({ code: 'RECORDING_FAILED' })
    await clock.sleep(200)
    await a.leg.close()
    for (const { done } of four) expect(await done).toMatchObject({ endedBy: 'closed' })
  })

  test('can be read before it is complete', async () => {
    const a = await speaks(300)
    const given = settings({ channels: 'separate' })
    a.leg.recordCall(given)
    await clock.sleep(1_500)
    const file = await readFile(given.path)
    expect(file.readUInt32LE(40)).toBeGreaterThan(0)
  })
})

describe('somebody listens in', () => {
  /** Two who talk, and a third who listens to the first. */
  async function listening() {
    const [a, b, c] = [await speaks(300), await speaks(500), await speaks(700)]
    const bridge = engine.bridge(a.leg, b.leg)
    await clock.sleep(200)
    const listens = engine.eavesdrop(c.leg, a.leg)
    await clock.sleep(400)
    return { a, b, c, bridge, listens }
  }

  test('both sides are heard, and neither hears the listener', async () => {
    const { a, b, c } = await listening()
    expect(hears(c)).toEqual([300, 500])
    expect([hears(a), hears(b)]).toEqual([[500], [300]])
  })

  test.each([
    ['target', [500, 700], [300]],
    ['other', [500], [300, 700]],
    ['both', [500, 700], [300, 700]],
    ['nobody', [500], [300]],
  ] as const)('the listener speaks to %s', async (whom, byTarget, byOther) => {
    const { a, b, c, listens } = await listening()
    listens.speaksTo(whom)
    await clock.sleep(500)
    expect([hears(a), hears(b)]).toEqual([byTarget, byOther])
    expect(hears(c)).toEqual([300, 500])
  })

  test('whom the listener speaks to can change, and nothing of the conversation is lost by it', async () => {
    const { a, b, listens } = await listening()
    for (const whom of ['other', 'target', 'both', 'nobody'] as const) {
      listens.speaksTo(whom)
      await clock.sleep(400)
    }
    expect([hears(a), hears(b)]).toEqual([[500], [300]])
  })

  test('what is played to the target is heard too, and so is who comes later', async () => {
    const [a, b, c] = [await speaks(300), await speaks(500), await speaks(700)]
    engine.eavesdrop(c.leg, a.leg)
    a.leg.play(music, 1)
    await clock.sleep(400)
    expect(hears(c)).toEqual([300, 900])
    engine.bridge(a.leg, b.leg)
    await clock.sleep(400)
    expect(hears(c)).toEqual([300, 500])
  })

  test('when the listener goes, the conversation goes on', async () => {
    const { a, b, c, listens } = await listening()
    listens.speaksTo('both')
    await clock.sleep(200)
    await c.leg.close()
    expect(await listens.done).toBe('stopped')
    await clock.sleep(400)
    expect([hears(a), hears(b)]).toEqual([[500], [300]])
  })

  test('when the target goes, the listener hears silence', async () => {
    const { a, c, listens } = await listening()
    await a.leg.close()
    expect(await listens.done).toBe('stopped')
    await clock.sleep(400)
    expect(hears(c)).toEqual([])
  })

  test('a listener that is played to listens no more', async () => {
    const { c, listens } = await listening()
    c.leg.play(music, 1)
    expect(await listens.done).toBe('stopped')
    await clock.sleep(300)
    expect(hears(c)).toEqual([900])
  })

  test('four may listen, and a fifth may not', async () => {
    const { a, listens } = await listening()
    for (let more = 0; more < 3; more++) engine.eavesdrop((await speaks(700)).leg, a.leg)
    const fifth = engine.eavesdrop((await speaks(700)).leg, a.leg)
    expect(await fifth.done).toBe('stopped')
    listens.stop()
    expect(await listens.done).toBe('stopped')
  })

  test('what the listener says to the target is recorded, because it is heard', async () => {
    const { a, listens } = await listening()
    listens.speaksTo('target')
    const given = settings({ channels: 'separate' })
    const recording = a.leg.recordCall(given)
    await clock.sleep(600)
    recording.stop()
    await recording.done
    const [left, right] = await channelsOf(given.path)
    expect([left, right].map((one) => tonesIn(part(one, 300, 550)))).toEqual([[300], [500, 700]])
  })
})
