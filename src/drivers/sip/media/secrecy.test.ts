import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../../../base/index.ts'
import { passTime } from '../../../../test/support/pass-time.ts'
import { RtpCaller, toneOf, type CallerOptions } from '../../../../test/support/rtp-caller.ts'
import type { SrtpKey, SrtpSuite } from '../../../rtp/index.ts'
import type { MediaAgreement, MediaEngine, MediaLeg } from '../media-port.ts'
import { newKey } from '../sdes.ts'
import { openMediaEngine } from './engine.ts'

let clock: VirtualClock
let time: ReturnType<typeof passTime>
let engine: MediaEngine
let callers: RtpCaller[]
let told: string[]

beforeEach(() => {
  told = []
  callers = []
  clock = new VirtualClock()
  time = passTime(clock)
  const ports = { first: 0, last: 0 }
  engine = openMediaEngine({ clock, log: silentLog, host: '127.0.0.1', ports, workers: 0, inactivityMs: 0 })
})

afterEach(async () => {
  await engine.close()
  for (const caller of callers) caller.close()
  await time.stop()
})

const suite: SrtpSuite = 'AES_CM_128_HMAC_SHA1_80'
const keys = (ours: SrtpKey, theirs: SrtpKey) => ({ send: ours, receive: theirs })

interface Call {
  readonly leg: MediaLeg
  readonly caller: RtpCaller
  readonly agreement: MediaAgreement
}

/** A leg and a caller who both speak; the caller has its keys the other way round. */
async function call(srtp?: MediaAgreement['srtp'], options: CallerOptions = {}): Promise<Call> {
  const leg = await engine.open({
    digit: (digit) => void told.push(digit),
    inactive: () => undefined,
    lost: () => undefined,
  })
  const theirs = srtp && { srtp: keys(srtp.receive, srtp.send) }
  const caller = await RtpCaller.open(clock, { ...theirs, ...options })
  callers.push(caller)
  const agreement: MediaAgreement = {
    address: '127.0.0.1',
    port: caller.port,
    law: 'pcmu',
    payloadType: 0,
    telephoneEvent: 101,
    direction: 'sendrecv',
    ptimeMs: 20,
    signallingAddress: '127.0.0.1',
    ...(srtp === undefined ? {} : { srtp }),
  }
  leg.agree(agreement)
  caller.callTo(leg.port)
  return { leg, caller, agreement }
}

const prompt = { key: 'prompt', samples: toneOf(700, 200), durationMs: 200, endless: false }
const hears = ({ caller }: Call, sinceMs = 0) =>
  caller
    .runs(
      { prompt: 700, voice: 300, other: 500 },
      caller.heard.filter(({ atMs }) => atMs > sinceMs),
    )
    .map(({ media }) => media)

test.each([
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
  'AES_256_CM_HMAC_SHA1_80',
  'AEAD_AES_128_GCM',
] as const)('with %s both are heard, and nothing is to be understood on the way', async (name) => {
  const secure = await call(keys(newKey(name), newKey(name)))
  secure.caller.press('7')
  await secure.leg.play(prompt, 1).done
  await clock.sleep(300)
  expect(hears(secure)).toEqual(['prompt'])
  expect(told).toEqual(['7'])
  expect(await secure.leg.stats()).toMatchObject({ isEncrypted: true, rejected: 0, lost: 0 })
  // G.711's silence is one byte over and over, and so easy to see.
  const silent = secure.caller.packets.filter((packet) => packet.subarray(20, 40).every((byte) => byte === 0xff))
  expect(silent).toEqual([])
})

test('who does not know the key is not heard, and is counted', async () => {
  const secure = await call(keys(newKey(suite), newKey(suite)))
  await clock.sleep(100)
  secure.caller.rekey(undefined)
  secure.caller.press('1')
  await clock.sleep(200)
  secure.caller.rekey(keys(newKey(suite), newKey(suite)))
  secure.caller.press('2')
  await clock.sleep(200)
  const { received, rejected } = await secure.leg.stats()
  expect(told).toEqual([])
  expect(received).toBeLessThan(8)
  expect(rejected).toBeGreaterThan(15)
})

test('a packet that comes again is dropped', async () => {
  const same = newKey(suite)
  const echo = await call(keys(same, same))
  await clock.sleep(100)
  const { received } = await echo.leg.stats()
  // With one key for both directions, what we send could be sent back to us.
  for (const packet of echo.caller.packets.slice(0, 3)) for (let i = 0; i < 2; i++) echo.caller.sends(packet)
  await clock.sleep(50)
  const after = await echo.leg.stats()
  expect(after.rejected).toBe(3)
  expect(after.received).toBeGreaterThanOrEqual(received + 3)
})

test('the far end takes another key, and so do we: nothing is lost, and our stream is another one', async () => {
  const secure = await call(keys(newKey(suite), newKey(suite)))
  secure.caller.isSpeaking = true
  await clock.sleep(200)
  const before = secure.caller.heard.at(-1)
  const next = keys(newKey(suite), newKey(suite))
  secure.leg.agree({ ...secure.agreement, srtp: next })
  // The answer is still on its way.
  await clock.sleep(100)
  secure.caller.rekey(keys(next.receive, next.send))
  const sinceMs = clock.now()
  await secure.leg.play(prompt, 1).done
  await clock.sleep(100)
  expect(hears(secure, sinceMs)).toEqual(['prompt'])
  expect(secure.caller.heard.at(-1)?.ssrc).not.toBe(before?.ssrc)
  expect(await secure.leg.stats()).toMatchObject({ lost: 0, rejected: 0 })
})

test('the same keys again, as by a re-INVITE that only holds, change nothing', async () => {
  const secure = await call(keys(newKey(suite), newKey(suite)))
  await clock.sleep(100)
  secure.leg.agree({ ...secure.agreement, direction: 'recvonly' })
  await clock.sleep(100)
  const { srtp } = secure.agreement
  const copy = srtp && { send: structuredClone(srtp.send), receive: structuredClone(srtp.receive) }
  secure.leg.agree({ ...secure.agreement, ...(copy && { srtp: copy }) })
  await secure.leg.play(prompt, 1).done
  await clock.sleep(50)
  expect(hears(secure)).toEqual(['prompt'])
  expect(new Set(secure.caller.heard.map(({ ssrc }) => ssrc)).size).toBe(1)
  expect(await secure.leg.stats()).toMatchObject({ lost: 0, rejected: 0 })
})

test('a call that is not encrypted any more is heard in clear', async () => {
  const secure = await call(keys(newKey(suite), newKey(suite)))
  await clock.sleep(100)
  const { srtp, ...plain } = secure.agreement
  expect(srtp).toBeDefined()
  secure.leg.agree(plain)
  secure.caller.rekey(undefined)
  await secure.leg.play(prompt, 1).done
  await clock.sleep(50)
  expect(hears(secure)).toEqual(['prompt'])
})

test('who encrypts talks with who does not, in a bridge and in a room', async () => {
  const secure = await call(keys(newKey(suite), newKey(suite)), { voiceHz: 300 })
  const plain = await call(undefined, { voiceHz: 500 })
  for (const { caller } of [secure, plain]) caller.isSpeaking = true
  const bridge = engine.bridge(secure.leg, plain.leg)
  await clock.sleep(300)
  expect([hears(secure), hears(plain)]).toEqual([['other'], ['voice']])
  bridge.stop()
  await clock.sleep(100)
  const sinceMs = clock.now()
  const room = engine.room()
  for (const { leg } of [secure, plain]) room.join(leg)
  await clock.sleep(300)
  expect([hears(secure, sinceMs), hears(plain, sinceMs)]).toEqual([['other'], ['voice']])
})
