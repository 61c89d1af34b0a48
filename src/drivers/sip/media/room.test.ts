import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId, silentLog, VirtualClock } from '../../../base/index.ts'
import { toneAmplitude } from '../../../media/index.ts'
import { passTime } from '../../../../test/support/pass-time.ts'
import { RtpCaller, toneOf, type CallerOptions } from '../../../../test/support/rtp-caller.ts'
import type { MediaAgreement, MediaEngine, MediaLeg, MediaRoom } from '../media-port.ts'
import { openMediaEngine } from './engine.ts'

let clock: VirtualClock
let time: ReturnType<typeof passTime>
let engine: MediaEngine
let room: MediaRoom
let phones: RtpCaller[]

beforeEach(() => {
  clock = new VirtualClock()
  time = passTime(clock)
  const ports = { first: 0, last: 0 }
  engine = openMediaEngine({ clock, log: silentLog, host: '127.0.0.1', ports, workers: 0, inactivityMs: 0 })
  room = engine.room()
  phones = []
})

afterEach(async () => {
  await engine.close()
  for (const phone of phones) phone.close()
  await time.stop()
})

const nobody = { digit: () => undefined, inactive: () => undefined, lost: () => undefined }

interface Party {
  readonly phone: RtpCaller
  readonly leg: MediaLeg
  readonly hz: number
  readonly agree: (direction: MediaAgreement['direction']) => void
}

const amplitude = 1_500

async function speaks(hz: number, options: CallerOptions = {}): Promise<Party> {
  const { law = 'pcmu' } = options
  const phone = await RtpCaller.open(clock, { voiceHz: hz, amplitude, ...options })
  phones.push(phone)
  const leg = await engine.open(nobody)
  const agree = (direction: MediaAgreement['direction']): void =>
    leg.agree({
      address: '127.0.0.1',
      port: phone.port,
      law,
      payloadType: law === 'pcmu' ? 0 : 8,
      telephoneEvent: 101,
      direction,
      ptimeMs: 20,
      signallingAddress: '127.0.0.1',
    })
  agree('sendrecv')
  phone.callTo(leg.port)
  phone.isSpeaking = true
  return { phone, leg, hz, agree }
}

const everyone = (count: number, options?: CallerOptions): Promise<Party[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => speaks(300 + 150 * i, options)))

const prompt = { key: 'prompt', samples: toneOf(3_300, 1_000, amplitude), durationMs: 1_000, endless: false }

/** Which of the pitches are in the last 200 ms. */
function heardBy({ phone }: Party, of: readonly { readonly hz: number }[]): number[] {
  const samples = phone.last(200)
  return of.map(({ hz }) => hz).filter((hz) => toneAmplitude(samples, hz) > 0.004)
}
const others = (parties: readonly Party[], me: Party): number[] =>
  parties.filter((party) => party !== me).map(({ hz }) => hz)

test('of twenty, each hears the nineteen others and never itself', async () => {
  const parties = [
    ...(await everyone(10)),
    ...(await Promise.all(Array.from({ length: 10 }, (_, i) => speaks(1_800 + 150 * i, { law: 'pcma' })))),
  ]
  for (const { leg } of parties) room.join(leg)
  await clock.sleep(500)
  for (const party of parties) expect(heardBy(party, parties)).toEqual(others(parties, party))
})

test('who is alone hears nothing; who is muted is not heard and hears; who is deaf is heard and hears nothing', async () => {
  const [a, b, c] = await everyone(3)
  if (a === undefined || b === undefined || c === undefined) throw new Error('three were wanted')
  const all = [a, b, c]
  room.join(a.leg)
  await clock.sleep(300)
  expect(heardBy(a, all)).toEqual([])
  const muted = room.join(b.leg, { isMuted: true })
  const deaf = room.join(c.leg)
  deaf.change({ isDeaf: true })
  await clock.sleep(300)
  expect(all.map((one) => heardBy(one, all))).toEqual([[c.hz], [a.hz, c.hz], []])
  muted.change({ isMuted: false })
  deaf.change({ isDeaf: false })
  await clock.sleep(300)
  expect(all.map((one) => heardBy(one, all))).toEqual(all.map((one) => others(all, one)))
})

test('muting is heard at once and does not click', async () => {
  const [a, b] = await everyone(2, { amplitude: 16_000 })
  if (a === undefined || b === undefined) throw new Error('two were wanted')
  room.join(a.leg)
  const member = room.join(b.leg)
  await clock.sleep(300)
  const before = a.phone.heard.length
  member.change({ isMuted: true })
  await clock.sleep(200)
  const after = a.phone.last((a.phone.heard.length - before + 2) * 20)
  expect(after.slice(-160 * 6).every((sample) => sample === 0)).toBe(true)
  const end = after.findLastIndex((sample) => sample !== 0) + 1
  const loudest = (fromEnd: number): number =>
    after.slice(end - fromEnd, end - fromEnd + 40).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  expect(loudest(200)).toBeGreaterThan(14_000)
  expect(loudest(100)).toBeLessThan(12_000)
  expect(loudest(40)).toBeLessThan(5_000)
})

test('who leaves is neither heard nor hears; a leg that plays has left', async () => {
  const all = await everyone(4)
  const [a, b, c, d] = all
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four were wanted')
  const members = all.map(({ leg }) => room.join(leg))
  await clock.sleep(200)
  members[1]?.stop()
  c.leg.play(prompt, 1)
  await d.leg.close()
  expect(await Promise.all(members.slice(1).map(({ done }) => done))).toEqual(['stopped', 'stopped', 'stopped'])
  await clock.sleep(300)
  expect([a, b, c].map((one) => heardBy(one, [...all, { hz: 3_300 }]))).toEqual([[], [], [3_300]])
})

test('a leg that joins again is in the room once', async () => {
  const all = await everyone(2)
  const first = all.map(({ leg }) => room.join(leg))
  await clock.sleep(200)
  const again = all.map(({ leg }) => room.join(leg))
  expect(await Promise.all(first.map(({ done }) => done))).toEqual(['stopped', 'stopped'])
  await clock.sleep(300)
  expect(all.map((one) => heardBy(one, all))).toEqual(all.map((one) => others(all, one)))
  for (const member of again) member.stop()
})

test('the music of a member who holds is not heard', async () => {
  const all = await everyone(3)
  for (const { leg } of all) room.join(leg)
  all[2]?.agree('recvonly')
  await clock.sleep(400)
  expect(all.slice(0, 2).map((one) => heardBy(one, all))).toEqual([[all[1]?.hz], [all[0]?.hz]])
})

test('what is played into the room is heard by all, with what is said, and ends by itself or when stopped', async () => {
  const all = await everyone(2)
  for (const { leg } of all) room.join(leg)
  const playing = room.play(prompt, 1)
  const music = room.play({ ...prompt, samples: toneOf(2_900, 1_000, amplitude), endless: true }, 1)
  await clock.sleep(400)
  const sounds = [...all, { hz: 2_900 }, { hz: 3_300 }]
  for (const one of all) expect(heardBy(one, sounds)).toEqual([...others(all, one), 2_900, 3_300])
  expect(await playing.done).toBe('finished')
  music.stop()
  expect(await music.done).toBe('stopped')
  await clock.sleep(300)
  for (const one of all) expect(heardBy(one, sounds)).toEqual(others(all, one))
})

test('no more than 16 sounds are played at once', async () => {
  const first = room.play({ ...prompt, endless: true }, 1)
  for (let i = 0; i < 16; i++) room.play({ ...prompt, endless: true }, 1)
  expect(await first.done).toBe('stopped')
})

test('many who are loud together are turned down, not cut off', async () => {
  const all = await everyone(4, { amplitude: 16_000 })
  for (const { leg } of all) room.join(leg)
  await clock.sleep(600)
  for (const one of all) {
    const samples = one.phone.last(200)
    expect(heardBy(one, all)).toEqual(others(all, one))
    // Cut off, they would sound at the sums and differences of their pitches.
    expect(toneAmplitude(samples, 150)).toBeLessThan(0.01)
  }
})

test('the recording holds what all say and what is played', async () => {
  const all = await everyone(3)
  for (const { leg } of all) room.join(leg)
  await clock.sleep(200)
  const path = join(tmpdir(), `${newId()}.wav`)
  const recording = room.record({ path, maxMs: 60_000, silenceMs: 0, trim: false })
  room.play(prompt, 1)
  await clock.sleep(600)
  recording.stop()
  const { durationMs, hadSpeech } = await recording.done
  expect(hadSpeech).toBe(true)
  expect(Math.abs(durationMs - 600)).toBeLessThanOrEqual(40)
  const { buffer, byteOffset } = Uint8Array.from(await readFile(path))
  const samples = new Int16Array(buffer, byteOffset + 44)
  for (const hz of [...all.map((one) => one.hz), 3_300]) {
    expect(toneAmplitude(samples.subarray(1_600, 3_200), hz)).toBeGreaterThan(0.02)
  }
  await rm(path)
})

test('a room that closes lets all go, and nobody comes in any more', async () => {
  const all = await everyone(2)
  const members = all.map(({ leg }) => room.join(leg))
  const playing = room.play({ ...prompt, endless: true }, 1)
  const path = join(tmpdir(), `${newId()}.wav`)
  const recording = room.record({ path, maxMs: 60_000, silenceMs: 0, trim: false })
  await clock.sleep(100)
  await room.close()
  expect(await Promise.all([...members, playing].map(({ done }) => done))).toEqual(['stopped', 'stopped', 'stopped'])
  expect((await recording.done).endedBy).toBe('closed')
  await rm(path)
  for (const { leg } of all) expect(await room.join(leg).done).toBe('stopped')
  expect(await room.play(prompt, 1).done).toBe('stopped')
  await clock.sleep(300)
  expect(all.map((one) => heardBy(one, all))).toEqual([[], []])
  expect(engine.legs).toBe(2)
})
