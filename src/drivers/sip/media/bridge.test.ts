import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../../../base/index.ts'
import { toneAmplitude } from '../../../media/index.ts'
import { passTime } from '../../../../test/support/pass-time.ts'
import { RtpCaller, toneOf, type CallerOptions, type HeardPacket } from '../../../../test/support/rtp-caller.ts'
import type { MediaAgreement, MediaEngine, MediaLeg } from '../media-port.ts'
import { openMediaEngine } from './engine.ts'

let clock: VirtualClock
let time: ReturnType<typeof passTime>
let engine: MediaEngine
let opened: RtpCaller[]

beforeEach(() => {
  clock = new VirtualClock()
  time = passTime(clock)
  const ports = { first: 0, last: 0 }
  engine = openMediaEngine({ clock, log: silentLog, host: '127.0.0.1', ports, workers: 0, inactivityMs: 0 })
  opened = []
})

afterEach(async () => {
  await engine.close()
  for (const phone of opened) phone.close()
  await time.stop()
})

/** A phone, its leg, and what its leg's owner was told. */
interface Party {
  readonly phone: RtpCaller
  readonly leg: MediaLeg
  readonly told: string[]
  readonly agree: (changes?: Partial<MediaAgreement>) => void
}

async function party({ telephoneEvent = 101, law = 'pcmu', ...options }: CallerOptions = {}): Promise<Party> {
  const phone = await RtpCaller.open(clock, { law, telephoneEvent, ...options })
  opened.push(phone)
  const told: string[] = []
  const leg = await engine.open({
    digit: (digit) => void told.push(digit),
    inactive: () => void told.push('inactive'),
    lost: () => void told.push('lost'),
  })
  const agree = (changes: Partial<MediaAgreement> = {}): void =>
    leg.agree({
      address: '127.0.0.1',
      port: phone.port,
      law,
      payloadType: law === 'pcmu' ? 0 : 8,
      telephoneEvent,
      direction: 'sendrecv',
      ptimeMs: 20,
      signallingAddress: '127.0.0.1',
      ...changes,
    })
  return { phone, leg, told, agree }
}

/** Two who have agreed and speak: the first at 300 Hz, the other at 500 Hz. */
async function twoSpeak(first: CallerOptions = {}, second: CallerOptions = {}): Promise<[Party, Party]> {
  const a = await party({ voiceHz: 300, ...first })
  const b = await party({ voiceHz: 500, ...second })
  for (const { phone, leg, agree } of [a, b]) {
    agree()
    phone.callTo(leg.port)
    phone.isSpeaking = true
  }
  return [a, b]
}

/** Which of the pitches somebody hears, by the last 200 ms. */
const pitches = [300, 500, 700, 900]
function hears({ phone }: Party): number[] {
  const samples = phone.last(200)
  return pitches.filter((hz) => toneAmplitude(samples, hz) > 0.003)
}

const music = { key: 'music', samples: toneOf(900, 1_000), durationMs: 1_000, endless: true }
const prompt = { key: 'prompt', samples: toneOf(700, 1_000), durationMs: 1_000, endless: true }
const keysOf = ({ phone }: Party, type = 101): HeardPacket[] =>
  phone.heard.filter(({ payloadType }) => payloadType === type)

test('each hears the other and nothing else, as loud as it was said', async () => {
  const [a, b] = await twoSpeak()
  await clock.sleep(400)
  expect([hears(a), hears(b)]).toEqual([[], []])
  engine.bridge(a.leg, b.leg)
  await clock.sleep(400)
  expect([hears(a), hears(b)]).toEqual([[500], [300]])
  expect(toneAmplitude(b.phone.last(200), 300)).toBeCloseTo(16_000 / 32_768, 1)
})

test('what is said is heard within 60 ms', async () => {
  const [a, b] = await twoSpeak()
  a.phone.isSpeaking = false
  engine.bridge(a.leg, b.leg)
  await clock.sleep(500)
  const before = b.phone.heard.length
  a.phone.isSpeaking = true
  await clock.sleep(200)
  const later = b.phone.heard.slice(before)
  const first = later.findIndex(({ payload }) => payload.some((byte) => byte !== 0xff))
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThanOrEqual(3)
})

test('laws may differ', async () => {
  const [a, b] = await twoSpeak({ law: 'pcma' }, { law: 'pcmu' })
  engine.bridge(a.leg, b.leg)
  await clock.sleep(400)
  expect([hears(a), hears(b)]).toEqual([[500], [300]])
  expect(toneAmplitude(a.phone.last(200), 500)).toBeCloseTo(16_000 / 32_768, 1)
})

test('to both we are the end: source, sequence and timestamps go on when a bridge begins and ends', async () => {
  const [a, b] = await twoSpeak()
  await clock.sleep(200)
  const bridge = engine.bridge(a.leg, b.leg)
  await clock.sleep(200)
  bridge.stop()
  await clock.sleep(200)
  const { heard } = a.phone
  expect(heard.length).toBeGreaterThan(25)
  for (const [index, packet] of heard.entries()) {
    expect(packet.ssrc).toBe(heard[0]?.ssrc)
    expect(packet.sequence).toBe(((heard[0]?.sequence ?? 0) + index) & 0xffff)
    expect(packet.timestamp).toBe(((heard[0]?.timestamp ?? 0) + index * 160) >>> 0)
  }
})

test('it is over when told, and both hear silence', async () => {
  const [a, b] = await twoSpeak()
  const bridge = engine.bridge(a.leg, b.leg)
  await clock.sleep(200)
  bridge.stop()
  expect(await bridge.done).toBe('stopped')
  await clock.sleep(300)
  expect([hears(a), hears(b)]).toEqual([[], []])
})

test('it is over when either closes, and the other can be bridged again', async () => {
  const [a, b] = await twoSpeak()
  const bridge = engine.bridge(a.leg, b.leg)
  await clock.sleep(200)
  await b.leg.close()
  b.phone.fallSilent() // The port that it speaks to may be given to the next phone.
  expect(await bridge.done).toBe('stopped')
  const c = await party({ voiceHz: 700 })
  c.agree()
  c.phone.callTo(c.leg.port)
  c.phone.isSpeaking = true
  engine.bridge(c.leg, a.leg)
  await clock.sleep(400)
  expect([hears(a), hears(c)]).toEqual([[700], [300]])
})

test('a bridge with a leg that is closed is over at once', async () => {
  const [a, b] = await twoSpeak()
  await b.leg.close()
  expect(await engine.bridge(a.leg, b.leg).done).toBe('stopped')
  const closing = a.leg.close()
  expect(await engine.bridge(b.leg, a.leg).done).toBe('stopped')
  await closing
})

test('it takes the place of what was heard, and what is played takes its place', async () => {
  const [a, b] = await twoSpeak()
  const playing = a.leg.play(prompt, Infinity)
  await clock.sleep(300)
  expect(hears(a)).toEqual([700])
  const bridge = engine.bridge(a.leg, b.leg)
  expect(await playing.done).toBe('stopped')
  await clock.sleep(300)
  expect(hears(a)).toEqual([500])
  b.leg.play(prompt, Infinity)
  expect(await bridge.done).toBe('stopped')
  await clock.sleep(300)
  expect([hears(a), hears(b)]).toEqual([[], [700]])
})

test('a bridge with another takes the place of the first, whose other side is left alone', async () => {
  const [a, b] = await twoSpeak()
  const c = await party({ voiceHz: 700 })
  c.agree()
  c.phone.callTo(c.leg.port)
  c.phone.isSpeaking = true
  const first = engine.bridge(a.leg, b.leg)
  await clock.sleep(300)
  engine.bridge(a.leg, c.leg)
  expect(await first.done).toBe('stopped')
  await clock.sleep(300)
  expect([hears(a), hears(b), hears(c)]).toEqual([[700], [], [300]])
})

test('keys go across with the payload type of the other side, once, as long as they were pressed', async () => {
  const [a, b] = await twoSpeak({ telephoneEvent: 96 }, { telephoneEvent: 101 })
  engine.bridge(a.leg, b.leg)
  await clock.sleep(200)
  a.phone.press('5')
  a.phone.press('#')
  await clock.sleep(600)
  expect([a.told, b.told]).toEqual([['5', '#'], []])
  const events = keysOf(b)
  expect(events.filter(({ marker }) => marker).map(({ payload }) => payload[0])).toEqual([5, 11])
  const ends = events.filter(({ payload }) => (payload[1] ?? 0) >= 0x80)
  expect(ends.map(({ payload }) => payload[0])).toEqual([5, 5, 5, 11, 11, 11])
  for (const { payload } of ends) expect(((payload[2] ?? 0) << 8) + (payload[3] ?? 0)).toBeLessThanOrEqual(640)
  expect(keysOf(b, 96)).toEqual([])
})

test('keys are tones to who has no telephone-events, and what is said goes on afterwards', async () => {
  const [a, b] = await twoSpeak()
  b.agree({ telephoneEvent: undefined })
  engine.bridge(a.leg, b.leg)
  await clock.sleep(200)
  a.phone.press('5')
  const begun = b.phone.heard.length
  await clock.sleep(600)
  const tones = b.phone.runs({ low: 770, high: 1336 })
  expect(tones.length).toBe(1)
  expect(tones[0]?.ms).toBeGreaterThanOrEqual(60)
  expect(b.phone.heard.length - begun).toBeGreaterThanOrEqual(29)
  expect(hears(b)).toEqual([300])
  expect(a.told).toEqual(['5'])
})

test('our own keys can be sent into a bridge without ending it', async () => {
  const [a, b] = await twoSpeak()
  b.agree({ telephoneEvent: undefined })
  const bridge = engine.bridge(a.leg, b.leg)
  await clock.sleep(200)
  expect(await a.leg.sendDigits('1', 100).done).toBe('finished')
  expect(await b.leg.sendDigits('1', 100).done).toBe('finished')
  await clock.sleep(300)
  expect(keysOf(a).length).toBe(7)
  expect([hears(a), hears(b)]).toEqual([[500], [300]])
  bridge.stop()
})

test('who holds hears nothing of the other, and the other hears music until the call is taken up again', async () => {
  const [a, b] = await twoSpeak()
  engine.bridge(a.leg, b.leg).holdMusic('b', music)
  await clock.sleep(300)
  a.agree({ direction: 'inactive' })
  await clock.sleep(1)
  const before = a.phone.heard.length
  await clock.sleep(400)
  expect(a.phone.heard.length).toBe(before)
  expect(hears(b)).toEqual([900])
  a.agree()
  await clock.sleep(400)
  expect([hears(a), hears(b)]).toEqual([[500], [300]])
})

test('without music of ours, the music of who holds is heard', async () => {
  const [a, b] = await twoSpeak()
  engine.bridge(a.leg, b.leg)
  a.agree({ direction: 'recvonly' })
  await clock.sleep(400)
  expect(hears(b)).toEqual([300])
})

test('who is on hold already when the bridge begins is waited for with music', async () => {
  const [a, b] = await twoSpeak()
  a.agree({ direction: 'recvonly' })
  engine.bridge(a.leg, b.leg).holdMusic('b', music)
  await clock.sleep(400)
  expect(hears(b)).toEqual([900])
})

test('one side may agree later than the bridge begins', async () => {
  const [a] = await twoSpeak()
  const c = await party({ voiceHz: 700 })
  engine.bridge(a.leg, c.leg)
  await clock.sleep(300)
  expect(hears(a)).toEqual([])
  c.agree()
  c.phone.callTo(c.leg.port)
  c.phone.isSpeaking = true
  await clock.sleep(400)
  expect([hears(a), hears(c)]).toEqual([[700], [300]])
})

test('when one side sends nothing, the other goes on hearing silence', async () => {
  const [a, b] = await twoSpeak()
  engine.bridge(a.leg, b.leg)
  await clock.sleep(300)
  b.phone.fallSilent()
  await clock.sleep(100)
  const before = a.phone.heard.length
  await clock.sleep(1_000)
  expect(a.phone.heard.length - before).toBe(50)
  expect(a.phone.heard.slice(before).every(({ payload }) => payload.every((byte) => byte === 0xff))).toBe(true)
})

test('a leg may be opened beside another, and a leg is not bridged with itself', async () => {
  const [a] = await twoSpeak()
  const beside = await engine.open(
    { digit: () => undefined, inactive: () => undefined, lost: () => undefined },
    { beside: a.leg },
  )
  expect(beside.port).toBeGreaterThan(0)
  expect(await engine.bridge(a.leg, a.leg).done).toBe('stopped')
})
