import { afterEach, expect, test } from 'vitest'
import { jsonLog, never } from '../../base/index.ts'
import { FakeInvite } from '../../../test/support/fake-invite.ts'
import { pitches, sdpOf, SipOffice } from '../../../test/support/sip-office.ts'
import type { EmbeddedOptions } from './index.ts'
import { cryptoLine, newKey, type Crypto } from './sdes.ts'
import { readSdp } from './sdp.ts'

const bob = { kind: 'sip', uri: 'sips:bob@192.0.2.7' } as const
const welcome = { kind: 'stored', accountId: 'a1', id: 'welcome' } as const
const callerId = { name: 'Ann', number: '1000', realm: 'a1.example', isPrivate: false }
let office: SipOffice

afterEach(() => office.close())

const open = async (changes: Partial<EmbeddedOptions> = {}): Promise<SipOffice> =>
  (office = await SipOffice.open(changes))
const newCrypto = (): Crypto => ({ tag: 1, key: newKey('AES_CM_128_HMAC_SHA1_80') })

/** A caller who encrypts, and what we know of each other after the answer. */
async function securely() {
  const theirs = newCrypto()
  const caller = await office.ring({}, undefined, cryptoLine(theirs))
  await caller.leg.answer()
  const ours = readSdp(caller.session.sdps.at(-1) ?? '')?.crypto
  if (ours === undefined) throw new Error('we do not encrypt')
  caller.rtp.rekey({ send: theirs.key, receive: ours.key })
  return { ...caller, theirs, ours }
}

const hears = (rtp: { runs: (of: typeof pitches) => { media: string }[] }): string[] => [
  ...new Set(rtp.runs(pitches).map(({ media }) => media)),
]

test('a caller who encrypts hears its prompt, presses a key, and is counted as one who does', async () => {
  await open()
  const { leg, rtp } = await securely()
  rtp.press('4')
  await leg.play(welcome, { signal: never })
  await office.clock.sleep(200)
  expect(hears(rtp)).toEqual(['welcome'])
  expect(leg.takeDigits()).toBe('4')
  await leg.hangup('NORMAL_CLEARING')
  await office.clock.sleep(50)
  expect(office.driver.counters()).toMatchObject({ legsEncrypted: 1, packetsRejected: 0 })
})

test('a caller who encrypts talks with a phone that does not, holds, and comes back with another key', async () => {
  await open()
  const a = await securely()
  const b = await office.driver.dial(bob, { callerId, headers: {}, beside: a.leg })
  const called = await office.callee()
  called.session.answers(called.sdp)
  for (const { rtp } of [a, called]) rtp.isSpeaking = true
  office.driver.bridge(a.leg, b, { signal: never }).catch(() => undefined)
  await office.clock.sleep(400)
  expect([hears(a.rtp), hears(called.rtp)]).toEqual([['callee'], ['caller']])
  a.session.listener.remoteOffer(`${a.sdp}a=sendonly\r\n`)
  await office.clock.sleep(100)
  const next = newCrypto()
  const answer = a.session.listener.remoteOffer(a.sdp.replace(cryptoLine(a.theirs), cryptoLine(next)))
  const ours = readSdp(answer ?? '')?.crypto
  expect(ours?.key).not.toEqual(a.ours.key)
  a.rtp.rekey({ send: next.key, receive: ours?.key ?? next.key })
  const before = a.rtp.heard.length
  await office.clock.sleep(300)
  expect(a.rtp.runs(pitches, a.rtp.heard.slice(before)).map(({ media }) => media)).toEqual(['callee'])
})

test('a phone that has to be called encrypted is, over TLS, and must agree', async () => {
  await open()
  const leg = await office.driver.dial(bob, { callerId, headers: {}, encryption: 'required' })
  const { session, rtp, sdp } = await office.callee()
  expect(session.invite.offer).toContain('RTP/SAVP')
  const offered = readSdp(session.invite.offer ?? '')?.crypto
  const theirs = newCrypto()
  session.answers(`${sdp.replace('RTP/AVP', 'RTP/SAVP')}${cryptoLine(theirs)}`)
  rtp.rekey({ send: theirs.key, receive: offered?.key ?? theirs.key })
  await leg.play(welcome, { signal: never })
  await office.clock.sleep(20)
  expect(hears(rtp)).toEqual(['welcome'])
  expect(session.listener.remoteOffer(sdp)).toBeUndefined()

  const other = await office.driver.dial(bob, { callerId, headers: {}, encryption: 'required' })
  const careless = await office.callee()
  careless.session.answers(careless.sdp)
  expect(other.ended.reason).toMatchObject({ cause: 'INCOMPATIBLE_DESTINATION' })
})

test('keys are not offered in clear, unless the house says so', async () => {
  const inClear = { kind: 'sip', uri: 'sip:bob@192.0.2.7' } as const
  const options = { callerId, headers: {}, encryption: 'required' } as const
  await open()
  await expect(office.driver.dial(inClear, options)).rejects.toMatchObject({ code: 'DIAL_INSECURE' })
  expect(office.driver.counters()).toMatchObject({ legs: 0, mediaLegs: 0 })
  await office.close()
  await open({ offersKeysInClear: true })
  await office.driver.dial(inClear, options)
  expect(office.sip.phones[0]?.invite.offer).toContain('RTP/SAVP')
})

test('a call that offers keys is not sent on to where they would be read', async () => {
  const redirected = async (changes: Partial<EmbeddedOptions>): Promise<string[]> => {
    await open({ mayDial: async () => true, ...changes })
    await office.driver.dial(bob, { callerId, headers: {}, encryption: 'required' })
    office.sip.phones[0]?.refuses(302, [], ['sip:carol@192.0.2.8', 'sips:dan@192.0.2.8'])
    await office.clock.sleep(10)
    return office.sip.phones.map(({ invite }) => invite.uri)
  }
  expect(await redirected({})).toEqual([bob.uri, 'sips:dan@192.0.2.8'])
  await office.close()
  expect(await redirected({ offersKeysInClear: true })).toEqual([bob.uri, 'sip:carol@192.0.2.8'])
})

test.each([
  ['required', 'RTP/AVP', false],
  ['required', 'RTP/SAVP', true],
  ['off', 'RTP/AVP', true],
  ['off', 'RTP/SAVP', false],
  ['optional', 'RTP/AVP', true],
  ['optional', 'RTP/SAVP', true],
] as const)('where encryption is %s, a caller with %s is taken: %s', async (srtp, protocol, isTaken) => {
  await open({ srtp })
  const offer = sdpOf(4_000).replace('RTP/AVP', protocol)
  const session = new FakeInvite({ offer: protocol === 'RTP/SAVP' ? `${offer}${cryptoLine(newCrypto())}` : offer })
  office.sip.comesIn(session)
  expect(session.said).toEqual(isTaken ? [] : ['refused 488'])
})

test('where encryption is required, a caller who wants our offer in clear is refused', async () => {
  await open({ srtp: 'required' })
  const session = new FakeInvite({ offer: undefined })
  office.sip.comesIn(session)
  expect(session.said).toEqual(['refused 488'])
})

test('no key is ever logged, nor told by an event', async () => {
  const lines: string[] = []
  const log = jsonLog({ level: 'debug', pii: true, write: (line: string) => void lines.push(line) })
  await open({ log })
  const { leg, theirs, ours, session } = await securely()
  leg.observe((event) => void lines.push(JSON.stringify(event)))
  await leg.play(welcome, { signal: never })
  session.hangUp()
  await office.clock.sleep(50)
  const told = lines.join('\n')
  expect(told).toContain('sip.leg-ended')
  expect(told).toContain('"isEncrypted":true')
  for (const { key } of [theirs, ours]) {
    expect(told).not.toContain(Buffer.from(key.master).toString('base64').slice(0, 20))
    expect(told).not.toContain(Buffer.from(key.master).toString('hex').slice(0, 20))
  }
  expect(told).not.toContain('master')
})
