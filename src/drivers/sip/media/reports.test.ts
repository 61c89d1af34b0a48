import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../../../base/index.ts'
import { passTime } from '../../../../test/support/pass-time.ts'
import { RtpCaller } from '../../../../test/support/rtp-caller.ts'
import {
  isRtcp,
  parseRtcp,
  shortTime,
  shortTimesApart,
  SrtpReceiver,
  SrtpSender,
  writeRtcp,
  type RtcpReport,
} from '../../../rtp/index.ts'
import type { MediaAgreement, MediaEngine, MediaLeg } from '../media-port.ts'
import { newKey } from '../sdes.ts'
import { openMediaEngine } from './engine.ts'

let clock: VirtualClock
let time: ReturnType<typeof passTime>
let engine: MediaEngine
let leg: MediaLeg
let caller: RtpCaller
let reports: Reporter
let told: string[]

/** Where the caller takes reports, and sends its own from. */
class Reporter {
  readonly heard: { readonly bytes: Uint8Array; readonly from: RemoteInfo }[] = []
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes, from) => this.heard.push({ bytes: Uint8Array.from(bytes), from }))
  }

  static async open(): Promise<Reporter> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Reporter(socket)
  }

  get port(): number {
    return this.#socket.address().port
  }

  get read(): (RtcpReport | undefined)[] {
    return this.heard.map(({ bytes }) => parseRtcp(bytes))
  }

  send(bytes: Uint8Array, port: number): void {
    this.#socket.send(bytes, port, '127.0.0.1')
  }

  close(): void {
    this.#socket.close()
  }
}

beforeEach(async () => {
  told = []
  clock = new VirtualClock(1_800_000_000_000)
  time = passTime(clock)
  const ports = { first: 0, last: 0 }
  engine = openMediaEngine({ clock, log: silentLog, host: '127.0.0.1', ports, workers: 0, inactivityMs: 2_000 })
  leg = await engine.open({
    digit: () => undefined,
    inactive: () => void told.push('inactive'),
    lost: () => void told.push('lost'),
  })
  caller = await RtpCaller.open(clock)
  reports = await Reporter.open()
})

afterEach(async () => {
  await engine.close()
  caller.close()
  reports.close()
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
  rtcp: { address: '127.0.0.1', port: reports.port },
  ...changes,
})

function talk(changes: Partial<MediaAgreement> = {}): void {
  leg.agree(agreement(changes))
  caller.callTo(leg.port)
}

/** A report of the caller's on what it hears of us. */
const theirs = (changes: { readonly ssrc?: number; readonly lastReport?: number; readonly sinceLastReport?: number }) =>
  writeRtcp({
    ssrc: 0x0ca1_1e40,
    sender: { atMs: clock.now(), timestamp: 0, packets: 1, bytes: 160 },
    block: {
      ssrc: caller.heard[0]?.ssrc ?? 0,
      fractionLost: 3,
      lost: 5,
      highest: 1,
      jitter: 40,
      lastReport: 0,
      sinceLastReport: 0,
      ...changes,
    },
    cname: 'them',
    isGoodbye: false,
  })

test('every five seconds or so the far end is told what was sent and what was heard, and at last that it is over', async () => {
  talk()
  await clock.sleep(60_000)
  const { sent, received } = await leg.stats()
  expect(reports.heard.length).toBeGreaterThanOrEqual(8)
  expect(reports.heard.length).toBeLessThanOrEqual(30)
  expect(new Set(reports.heard.map(({ from }) => from.port))).toEqual(new Set([leg.port + 1]))
  const last = reports.read.at(-1)
  expect(last).toMatchObject({ ssrc: caller.heard[0]?.ssrc, goodbyes: [] })
  expect(last?.sentAt).toBeDefined()
  expect(last?.blocks).toMatchObject([{ fractionLost: 0, lost: 0, lastReport: 0 }])
  expect(received).toBeGreaterThan(2_900)
  const packetsTold = new DataView(reports.heard.at(-1)?.bytes.buffer ?? new ArrayBuffer(28)).getUint32(20)
  expect(sent - packetsTold).toBeLessThan(400)
  await leg.close()
  await clock.sleep(5)
  expect(reports.read.at(-1)?.goodbyes).toEqual([caller.heard[0]?.ssrc])
})

test('what the far end reports is known at the end: loss, jitter and the way there and back', async () => {
  talk()
  await clock.sleep(8_000)
  const [first] = reports.read
  await clock.sleep(500)
  const lastReport = first?.sentAt ?? 0
  // It had our report for as long as we know, but for 40 ms of way.
  const sinceMs = shortTimesApart(lastReport, shortTime(clock.now()))
  reports.send(theirs({ lastReport, sinceLastReport: Math.round((sinceMs - 40) * 65.536) }), leg.port + 1)
  await clock.sleep(20)
  const { roundTripMs = 0, ...stats } = await leg.stats()
  expect(stats).toMatchObject({ farLost: 5, farJitterMs: 5 })
  expect(Math.abs(roundTripMs - 40)).toBeLessThanOrEqual(25)
})

test('our reports answer theirs', async () => {
  talk()
  await clock.sleep(100)
  reports.send(theirs({}), leg.port + 1)
  const atMs = clock.now()
  await clock.sleep(8_000)
  const block = reports.read.at(-1)?.blocks[0]
  expect(block?.lastReport).not.toBe(0)
  expect((block?.sinceLastReport ?? 0) / 65.536).toBeLessThanOrEqual(clock.now() - atMs)
})

test('reports on somebody else’s stream, and a time that cannot be, say nothing of ours', async () => {
  talk()
  await clock.sleep(100)
  reports.send(theirs({ ssrc: 1 }), leg.port + 1)
  await clock.sleep(20)
  expect((await leg.stats()).farLost).toBeUndefined()
  reports.send(theirs({ lastReport: 1, sinceLastReport: 1 }), leg.port + 1)
  await clock.sleep(20)
  expect(await leg.stats()).toMatchObject({ farLost: 5 })
  expect((await leg.stats()).roundTripMs).toBeUndefined()
})

test('reports and sound may share a port', async () => {
  talk({ rtcp: 'muxed' })
  await clock.sleep(8_000)
  const muxed = caller.packets.filter((packet) => isRtcp(packet)).map((packet) => parseRtcp(packet))
  expect(muxed[0]).toMatchObject({ ssrc: caller.heard[0]?.ssrc })
  expect(reports.heard).toEqual([])
  caller.sends(theirs({}))
  await clock.sleep(20)
  expect(await leg.stats()).toMatchObject({ farLost: 5, lost: 0 })
})

test('reports of a call that is encrypted are too, and others do not count', async () => {
  const srtp = { send: newKey('AES_CM_128_HMAC_SHA1_32'), receive: newKey('AES_CM_128_HMAC_SHA1_32') }
  talk({ srtp })
  caller.rekey({ send: srtp.receive, receive: srtp.send })
  await clock.sleep(8_000)
  const [first] = reports.heard
  const opened = new SrtpReceiver(srtp.send).unprotectRtcp(Uint8Array.from(first?.bytes ?? []))
  expect(parseRtcp(opened ?? new Uint8Array())).toMatchObject({ ssrc: caller.heard[0]?.ssrc })
  reports.send(theirs({}), leg.port + 1)
  await clock.sleep(20)
  expect((await leg.stats()).farLost).toBeUndefined()
  reports.send(Uint8Array.from(new SrtpSender(srtp.receive).protectRtcp(theirs({}))), leg.port + 1)
  await clock.sleep(20)
  expect(await leg.stats()).toMatchObject({ farLost: 5, rejected: 1 })
})

test('once the far end has reported, nobody else reports for it', async () => {
  talk()
  await clock.sleep(100)
  reports.send(theirs({}), leg.port + 1)
  await clock.sleep(20)
  const stranger = await Reporter.open()
  stranger.send(writeRtcp({ ssrc: 1, sender: undefined, block: undefined, cname: 'x', isGoodbye: false }), leg.port + 1)
  await clock.sleep(8_000)
  expect(stranger.heard).toEqual([])
  expect(reports.heard.length).toBeGreaterThan(0)
  stranger.close()
})

test('reports are a sign of life while somebody holds, and none while both should send', async () => {
  caller.fallSilent()
  leg.agree(agreement({ direction: 'recvonly' }))
  for (let i = 0; i < 8; i++) {
    await clock.sleep(10_000)
    reports.send(theirs({}), leg.port + 1)
  }
  expect(told).toEqual([])
  leg.agree(agreement())
  for (let i = 0; i < 3; i++) {
    await clock.sleep(1_000)
    reports.send(theirs({}), leg.port + 1)
  }
  expect(told).toEqual(['inactive'])
})

test('whatever comes for a report, the call goes on', async () => {
  talk()
  await clock.sleep(100)
  const packets = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.uint8Array({ maxLength: 100 }).map((rest) => Uint8Array.from([0x81, 0xc8, 0, 12, ...rest])),
  )
  await fc.assert(
    fc.asyncProperty(packets, async (bytes) => {
      reports.send(bytes, leg.port + 1)
      reports.send(bytes, leg.port)
      caller.sends(bytes)
      await clock.sleep(1)
    }),
    { numRuns: 100 },
  )
  const before = caller.heard.length
  await clock.sleep(200)
  expect(caller.heard.length - before).toBeGreaterThanOrEqual(9)
  expect(told).toEqual([])
})

test('when somebody else has the port above, there are no reports, and the call is as good', async () => {
  const holder = createSocket('udp4').bind(leg.port + 1, '127.0.0.1')
  await once(holder, 'listening')
  talk()
  await clock.sleep(8_000)
  expect(reports.heard).toEqual([])
  expect(caller.heard.length).toBeGreaterThan(390)
  await leg.close()
  holder.close()
})
