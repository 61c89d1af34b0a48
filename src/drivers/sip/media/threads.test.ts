import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog, systemClock as clock } from '../../../base/index.ts'
import { toneAmplitude } from '../../../media/index.ts'
import { RtpCaller } from '../../../../test/support/rtp-caller.ts'
import type { MediaEngine, MediaLeg } from '../media-port.ts'
import { openMediaEngine } from './engine.ts'

/** Two media threads; legs are spread evenly, so that one after another is in the other thread. */
let engine: MediaEngine
const told: string[] = []
const phones: RtpCaller[] = []

beforeAll(() => {
  const ports = { first: 0, last: 0 }
  engine = openMediaEngine({ clock, log: silentLog, host: '127.0.0.1', ports, workers: 2, inactivityMs: 0 })
})

afterAll(async () => {
  for (const phone of phones) phone.close()
  await engine.close()
})

async function speaks(voiceHz: number, beside?: MediaLeg): Promise<{ phone: RtpCaller; leg: MediaLeg }> {
  const phone = await RtpCaller.open(clock, { voiceHz })
  phones.push(phone)
  const listener = {
    digit: (digit: string) => void told.push(`${voiceHz} ${digit}`),
    inactive: () => undefined,
    lost: () => void told.push(`${voiceHz} lost`),
  }
  const leg = await engine.open(listener, beside === undefined ? {} : { beside })
  leg.agree({
    address: '127.0.0.1',
    port: phone.port,
    law: 'pcmu',
    payloadType: 0,
    telephoneEvent: 101,
    direction: 'sendrecv',
    ptimeMs: 20,
    signallingAddress: '127.0.0.1',
  })
  phone.callTo(leg.port)
  phone.isSpeaking = true
  return { phone, leg }
}

const pitches = [300, 500, 700]
const heardBy = (phone: RtpCaller): number[] => pitches.filter((hz) => toneAmplitude(phone.last(100), hz) > 0.01)

test('legs of two threads hear each other, keys go across, and the end of one is the end of the bridge', async () => {
  const [a, b] = [await speaks(300), await speaks(500)]
  const bridge = engine.bridge(a.leg, b.leg)
  await expect.poll(() => [heardBy(a.phone), heardBy(b.phone)]).toEqual([[500], [300]])
  a.phone.press('7')
  const keys = (): number[] =>
    b.phone.heard.flatMap(({ payloadType, payload }) => (payloadType === 101 ? [payload[0] ?? 0] : []))
  await expect.poll(() => keys().length).toBeGreaterThanOrEqual(5)
  expect(new Set(keys())).toEqual(new Set([7]))
  expect(told).toEqual(['300 7'])
  await b.leg.close()
  expect(await bridge.done).toBe('stopped')
  await expect.poll(() => heardBy(a.phone)).toEqual([])
  await a.leg.close()
})

test('the bridge of two threads is over when told, for both', async () => {
  const [a, b] = [await speaks(300), await speaks(500)]
  const bridge = engine.bridge(a.leg, b.leg)
  await expect.poll(() => [heardBy(a.phone), heardBy(b.phone)]).toEqual([[500], [300]])
  bridge.stop()
  expect(await bridge.done).toBe('stopped')
  await expect.poll(() => [heardBy(a.phone), heardBy(b.phone)]).toEqual([[], []])
  const c = await speaks(700, a.leg)
  engine.bridge(c.leg, a.leg)
  await expect.poll(() => [heardBy(a.phone), heardBy(c.phone)]).toEqual([[700], [300]])
  for (const { leg } of [a, b, c]) await leg.close()
})

test('a room hears legs of both threads, and lets both go', async () => {
  const all = [await speaks(300), await speaks(500), await speaks(700)]
  const room = engine.room()
  const members = all.map(({ leg }) => room.join(leg))
  const heard = (): number[][] => all.map(({ phone }) => heardBy(phone))
  await expect.poll(heard).toEqual([
    [500, 700],
    [300, 700],
    [300, 500],
  ])
  for (const member of members) member.change({ isMuted: true })
  await expect.poll(heard).toEqual([[], [], []])
  for (const member of members) member.change({ isMuted: false })
  members[1]?.stop()
  await expect.poll(heard).toEqual([[700], [], [300]])
  await room.close()
  expect(await Promise.all(members.map(({ done }) => done))).toEqual(['stopped', 'stopped', 'stopped'])
  await expect.poll(heard).toEqual([[], [], []])
})

test('a leg of one thread listens to one of the other and speaks to both sides, until either is gone', async () => {
  const [a, c] = [await speaks(300), await speaks(700)]
  const b = await speaks(500, a.leg)
  engine.bridge(a.leg, b.leg)
  const listening = engine.eavesdrop(c.leg, a.leg)
  const heard = (): number[][] => [a, b, c].map(({ phone }) => heardBy(phone))
  await expect.poll(heard).toEqual([[500], [300], [300, 500]])
  listening.speaksTo('both')
  await expect.poll(heard).toEqual([
    [500, 700],
    [300, 700],
    [300, 500],
  ])
  listening.stop()
  expect(await listening.done).toBe('stopped')
  await expect.poll(heard).toEqual([[500], [300], []])
  const again = engine.eavesdrop(c.leg, a.leg)
  await expect.poll(heard).toEqual([[500], [300], [300, 500]])
  await a.leg.close()
  expect(await again.done).toBe('stopped')
  for (const { leg } of [b, c]) await leg.close()
})
