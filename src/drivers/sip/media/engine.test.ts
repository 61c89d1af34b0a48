import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isFailure, newId, silentLog, VirtualClock } from '../../../base/index.ts'
import { encodeG711, toneAmplitude, decodeG711 } from '../../../media/index.ts'
import { passTime } from '../../../../test/support/pass-time.ts'
import { RtpCaller, toneOf } from '../../../../test/support/rtp-caller.ts'
import type { MediaAgreement, MediaEngine, MediaLeg } from '../media-port.ts'
import { openMediaEngine } from './engine.ts'
import { WavFile } from './wav-file.ts'

let clock: VirtualClock
let time: ReturnType<typeof passTime>
let engine: MediaEngine
let leg: MediaLeg
let caller: RtpCaller
let told: string[]

const listener = {
  digit: (digit: string) => void told.push(digit),
  inactive: () => void told.push('inactive'),
  lost: () => void told.push('lost'),
}

beforeEach(async () => {
  told = []
  clock = new VirtualClock()
  time = passTime(clock)
  const ports = { first: 0, last: 0 }
  engine = openMediaEngine({ clock, log: silentLog, host: '127.0.0.1', ports, workers: 0, inactivityMs: 2_000 })
  leg = await engine.open(listener)
  caller = await RtpCaller.open(clock)
})

afterEach(async () => {
  await engine.close()
  caller.close()
  await time.stop()
})

const agreement = (changes: Partial<MediaAgreement> = {}): MediaAgreement => ({
  address: '127.0.0.1',
  port: caller.port,
  law: 'pcmu',
  payloadType: 0,
  telephoneEvent: 101,
  direction: 'sendrecv',
  ptimeMs: 20,
  signallingAddress: '127.0.0.1',
  ...changes,
})

const prompt = (ms: number): { key: string; samples: Int16Array; durationMs: number; endless: boolean } => ({
  key: `prompt ${ms}`,
  samples: toneOf(700, ms),
  durationMs: ms,
  endless: false,
})

test('a prompt is sent byte for byte; sequence and timestamps have no gap, and only the first packet has the marker', async () => {
  leg.agree(agreement())
  const sound = prompt(200)
  expect(await leg.play(sound, 1).done).toBe('finished')
  await clock.sleep(100)
  const [first] = caller.heard
  if (first === undefined) throw new Error('nothing was heard')
  const bytes = Uint8Array.from(caller.heard.slice(0, 10).flatMap(({ payload }) => [...payload]))
  expect(bytes).toEqual(encodeG711(sound.samples, 'pcmu'))
  for (const [index, packet] of caller.heard.entries()) {
    expect(packet.sequence).toBe((first.sequence + index) & 0xffff)
    expect(packet.timestamp).toBe((first.timestamp + index * 160) >>> 0)
    expect(packet.marker).toBe(index === 0)
    expect(packet.atMs).toBe(first.atMs + index * 20)
    expect(packet.ssrc).toBe(first.ssrc)
  }
})

test('the first packet of a prompt is on its way within half a frame of the agreement', async () => {
  const begunMs = clock.now()
  leg.agree(agreement())
  await leg.play(prompt(40), 1).done
  await clock.sleep(1)
  expect((caller.heard[0]?.atMs ?? Infinity) - begunMs).toBeLessThanOrEqual(10)
})

test('nothing is sent before there is an agreement', async () => {
  await clock.sleep(200)
  expect(caller.heard).toEqual([])
})

test('a prompt in A-law is A-law, also when the law changes in the middle', async () => {
  leg.agree(agreement())
  const playing = leg.play(prompt(400), 1)
  await clock.sleep(200)
  leg.agree(agreement({ law: 'pcma', payloadType: 8 }))
  expect(await playing.done).toBe('finished')
  await clock.sleep(1)
  const [before, after] = [0, 8].map((type) => caller.heard.filter(({ payloadType }) => payloadType === type))
  expect(before?.length).toBeGreaterThan(5)
  for (const { payload } of after ?? []) expect(toneAmplitude(decodeG711(payload, 'pcma'), 700)).toBeGreaterThan(0.4)
  expect((before?.length ?? 0) + (after?.length ?? 0)).toBe(20)
})

test('on hold nothing is sent, and afterwards the timestamps tell how long it was', async () => {
  leg.agree(agreement())
  await clock.sleep(100)
  leg.agree(agreement({ direction: 'recvonly' }))
  await clock.sleep(1)
  const before = caller.heard.length
  await clock.sleep(1_000)
  expect(caller.heard.length).toBe(before)
  leg.agree(agreement())
  await clock.sleep(100)
  const [last, next] = caller.heard.slice(before - 1)
  expect(next?.marker).toBe(true)
  expect(((next?.sequence ?? 0) - (last?.sequence ?? 0)) & 0xffff).toBe(1)
  expect(((next?.timestamp ?? 0) - (last?.timestamp ?? 0)) >>> 0).toBe(8 * ((next?.atMs ?? 0) - (last?.atMs ?? 0)))
})

test('a caller behind NAT is heard where the sound comes from, not where SDP says', async () => {
  leg.agree(agreement({ address: '192.0.2.1', port: 9 }))
  await clock.sleep(100)
  expect(caller.heard).toEqual([])
  caller.callTo(leg.port)
  await clock.sleep(100)
  expect(caller.heard.length).toBeGreaterThan(2)
})

test('somebody else can neither press keys nor take the sound away', async () => {
  leg.agree(agreement())
  caller.callTo(leg.port)
  await clock.sleep(100)
  const stranger = await RtpCaller.open(clock)
  stranger.callTo(leg.port)
  stranger.press('6')
  await clock.sleep(500)
  expect(told).toEqual([])
  expect(stranger.heard).toEqual([])
  stranger.close()
})

test('a first packet from an address that nobody named does not count', async () => {
  leg.agree(agreement({ address: '192.0.2.1', signallingAddress: '192.0.2.2' }))
  caller.callTo(leg.port)
  caller.press('1')
  await clock.sleep(500)
  expect(told).toEqual([])
  expect((await leg.stats()).received).toBe(0)
})

test('a new agreement looks for the far end anew', async () => {
  leg.agree(agreement())
  caller.callTo(leg.port)
  await clock.sleep(100)
  const other = await RtpCaller.open(clock)
  leg.agree(agreement({ port: other.port }))
  caller.fallSilent()
  other.callTo(leg.port)
  other.press('8')
  await clock.sleep(500)
  expect(told).toEqual(['8'])
  expect(other.heard.length).toBeGreaterThan(10)
  other.close()
})

test('a far end that should send and does not is told of once; it may be silent while it holds us', async () => {
  leg.agree(agreement({ direction: 'recvonly' }))
  await clock.sleep(5_000)
  expect(told).toEqual([])
  leg.agree(agreement())
  caller.callTo(leg.port)
  await clock.sleep(5_000)
  expect(told).toEqual([])
  caller.fallSilent()
  await clock.sleep(5_000)
  expect(told).toEqual(['inactive'])
})

test('a far end that holds us and is silent for very long is told of too', async () => {
  leg.agree(agreement({ direction: 'recvonly' }))
  await clock.sleep(59_000)
  expect(told).toEqual([])
  await clock.sleep(2_000)
  expect(told).toEqual(['inactive'])
})

test('a disk that does not answer fails the recording, and holds the end of the call up for 5 s only', async () => {
  let answer: () => void = () => undefined
  const answered = new Promise<void>((resolve) => (answer = resolve))
  const closing: Promise<void>[] = []
  const hangs = vi.spyOn(WavFile.prototype, 'close').mockImplementation(async function (this: WavFile, samples) {
    await answered
    hangs.mockRestore()
    closing.push(this.close(samples))
  })
  leg.agree(agreement())
  const path = join(tmpdir(), `${newId()}.wav`)
  const { done } = leg.record({ path, maxMs: 60_000, silenceMs: 0, trim: false })
  const failed = expect(done).rejects.toMatchObject({ code: 'RECORDING_FAILED' })
  const begunMs = clock.now()
  await leg.close()
  await failed
  expect(clock.now() - begunMs).toBeLessThanOrEqual(5_100)
  expect(engine.legs).toBe(0)
  answer()
  await vi.waitFor(() => expect(closing).toHaveLength(1))
  await Promise.all(closing)
  hangs.mockRestore()
  await rm(path)
})

test('keys are sent as telephone-events when these are agreed', async () => {
  leg.agree(agreement())
  expect(await leg.sendDigits('1#', 100).done).toBe('finished')
  await clock.sleep(1)
  const events = caller.heard.filter(({ payloadType }) => payloadType === 101)
  expect(events.map(({ payload }) => payload[0])).toEqual([...Array<number>(7).fill(1), ...Array<number>(7).fill(11)])
  expect(events.map(({ marker }) => marker)).toEqual([0, 7].flatMap(() => [true, ...Array<boolean>(6).fill(false)]))
  expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(2)
})

test('keys are sent as tones when no telephone-events are agreed', async () => {
  leg.agree(agreement({ telephoneEvent: undefined }))
  expect(await leg.sendDigits('5', 100).done).toBe('finished')
  await clock.sleep(1)
  const samples = decodeG711(Uint8Array.from(caller.heard.slice(0, 5).flatMap(({ payload }) => [...payload])), 'pcmu')
  expect(toneAmplitude(samples, 770)).toBeGreaterThan(0.1)
  expect(toneAmplitude(samples, 1336)).toBeGreaterThan(0.1)
  expect(toneAmplitude(samples, 941)).toBeLessThan(0.02)
})

test('what is stopped is over at once, and what is closed stops everything', async () => {
  leg.agree(agreement())
  const playing = leg.play(prompt(200), Infinity)
  const sending = leg.sendDigits('WWWWWW', 100)
  await clock.sleep(100)
  playing.stop()
  expect(await playing.done).toBe('stopped')
  const stats = await leg.close()
  expect(await sending.done).toBe('stopped')
  expect(stats.sent).toBeGreaterThan(3)
  expect(engine.legs).toBe(0)
  expect(await leg.play(prompt(20), 1).done).toBe('stopped')
})

test('a port that somebody else holds is passed over, and when all are taken a call is refused by name', async () => {
  const holder = createSocket('udp4').bind(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address()
  const even = port - (port % 2)
  const small = openMediaEngine({
    clock,
    log: silentLog,
    host: '127.0.0.1',
    ports: { first: even, last: even },
    workers: 0,
    inactivityMs: 0,
  })
  // The one even port is either held by the other socket, or free: then the first leg takes it.
  const opened = await Promise.allSettled([small.open(listener), small.open(listener)])
  const refused = opened.filter((result) => result.status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  for (const { reason } of refused) expect(isFailure(reason, 'RTP_PORTS_EXHAUSTED')).toBe(true)
  expect(small.isFull).toBe(true)
  await small.close()
  holder.close()
})

test('a media thread that dies takes its legs with it, and the next call is carried all the same', async () => {
  const script = new URL('data:text/javascript,setTimeout(() => { throw new Error("dead") }, 20)')
  const stillClock = new VirtualClock()
  const fragile = openMediaEngine({
    clock: stillClock,
    log: silentLog,
    host: '127.0.0.1',
    ports: { first: 0, last: 0 },
    workers: 1,
    inactivityMs: 0,
    script,
  })
  await expect(fragile.open(listener)).rejects.toThrow('dead')
  expect(told).toEqual(['lost'])
  expect(fragile.legs).toBe(0)
  const next = await fragile.open(listener)
  next.agree(agreement())
  const playing = next.play(prompt(40), 1)
  await stillClock.advance(100)
  expect(await playing.done).toBe('finished')
  await fragile.close()
})
