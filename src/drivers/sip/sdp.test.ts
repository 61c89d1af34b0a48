import fc from 'fast-check'
import { parse } from 'sdp-transform'
import { expect, test } from 'vitest'
import { newOffer, termsOf, type SrtpPolicy } from './sdes.ts'
import { LocalDescription, readSdp } from './sdp.ts'

const sdp = (...lines: string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...lines, ''].join('\r\n')

const ours = (): LocalDescription => new LocalDescription('198.51.100.1', 20_000)

function answerTo(offer: string): ReturnType<typeof parse> {
  const remote = readSdp(offer)
  if (remote === undefined) throw new Error('nothing fits')
  return parse(ours().answer(remote))
}

test('a phone that offers much is answered with one law and its number for keys', () => {
  const offer = sdp(
    'm=audio 4000 RTP/AVP 9 8 0 96 101',
    'a=rtpmap:9 G722/8000',
    'a=rtpmap:96 opus/48000/2',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
  )
  expect(readSdp(offer)?.agreed).toEqual({
    address: '192.0.2.9',
    port: 4000,
    law: 'pcma',
    payloadType: 8,
    telephoneEvent: 101,
    direction: 'sendrecv',
    ptimeMs: 20,
  })
  const [media] = answerTo(offer).media
  expect(media).toMatchObject({ type: 'audio', port: 20_000, payloads: '8 101', direction: 'sendrecv', ptime: 20 })
  expect(media?.rtp).toEqual([
    { payload: 8, codec: 'PCMA', rate: 8000 },
    { payload: 101, codec: 'telephone-event', rate: 8000 },
  ])
})

test('the far end decides which law comes first, and by which number', () => {
  expect(readSdp(sdp('m=audio 4000 RTP/AVP 0 8'))?.agreed.law).toBe('pcmu')
  const dynamic = sdp('m=audio 4000 RTP/AVP 97 0', 'a=rtpmap:97 pcma/8000')
  expect(readSdp(dynamic)?.agreed).toMatchObject({ law: 'pcma', payloadType: 97, telephoneEvent: undefined })
})

test('keys at another clock rate are not ours', () => {
  const offer = sdp(
    'm=audio 4000 RTP/AVP 0 101 102',
    'a=rtpmap:101 telephone-event/48000',
    'a=rtpmap:102 telephone-event/8000',
  )
  expect(readSdp(offer)?.agreed.telephoneEvent).toBe(102)
})

test('other lines are refused with port 0, in their order', () => {
  const offer = sdp(
    'm=video 5000 RTP/AVP 99',
    'm=audio 0 RTP/AVP 0',
    'm=audio 4000 RTP/AVP 0',
    'm=image 6000 udptl t38',
  )
  expect(answerTo(offer).media.map(({ type, port, protocol }) => [type, port, protocol])).toEqual([
    ['video', 0, 'RTP/AVP'],
    ['audio', 0, 'RTP/AVP'],
    ['audio', 20_000, 'RTP/AVP'],
    ['image', 0, 'udptl'],
  ])
})

test.each([
  ['a=sendrecv', 'sendrecv', false],
  ['a=sendonly', 'recvonly', true],
  ['a=recvonly', 'sendonly', false],
  ['a=inactive', 'inactive', true],
])('%s is answered %s', (theirs, direction, isHold) => {
  const offer = sdp('m=audio 4000 RTP/AVP 0', theirs)
  expect(readSdp(offer)).toMatchObject({ isHold, agreed: { direction } })
  expect(answerTo(offer).media[0]?.direction).toBe(direction)
})

test('the old way of holding is understood', () => {
  const offer = sdp('c=IN IP4 0.0.0.0', 'm=audio 4000 RTP/AVP 0').replace('c=IN IP4 192.0.2.9\r\n', '')
  expect(readSdp(offer)).toMatchObject({ isHold: true, agreed: { direction: 'recvonly' } })
})

test('the connection of the media line wins over that of the session, and IPv6 is an address like others', () => {
  const offer = sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1')
  expect(readSdp(offer)?.agreed.address).toBe('2001:db8::1')
  expect(parse(new LocalDescription('2001:db8::2', 20_000).offer())).toMatchObject({
    origin: { ipVer: 6 },
    connection: { version: 6, ip: '2001:db8::2' },
  })
})

test('our version rises when we say something else, and only then', () => {
  const local = ours()
  const [usual, hold] = [readSdp(sdp('m=audio 4000 RTP/AVP 0')), readSdp(sdp('m=audio 4000 RTP/AVP 0', 'a=sendonly'))]
  if (usual === undefined || hold === undefined) throw new Error('nothing fits')
  const versions = [usual, usual, hold, usual].map((remote) => parse(local.answer(remote)).origin.sessionVersion)
  expect(versions).toEqual([1, 1, 2, 3])
})

test('what we offer ourselves is both laws and keys', () => {
  expect(parse(ours().offer()).media[0]).toMatchObject({ payloads: '0 8 101', port: 20_000, direction: 'sendrecv' })
})

test.each([
  ['nothing but Opus', sdp('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2')],
  ['payload 0 renamed', sdp('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 SPEEX/8000')],
  ['a law at 16 kHz', sdp('m=audio 4000 RTP/AVP 97', 'a=rtpmap:97 PCMU/16000')],
  ['SRTP', sdp('m=audio 4000 RTP/SAVP 0')],
  ['no media', sdp()],
  ['no address', 'v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'],
  ['a media line without an end', sdp('m=audio')],
  ['a codec named by a number', sdp('m=audio 4000 RTP/AVP 97', 'a=rtpmap:97 123/8000')],
  ['too many lines', sdp(...Array<string>(17).fill('m=audio 4000 RTP/AVP 0'))],
  ['too much', sdp('m=audio 4000 RTP/AVP 0', `a=${'x'.repeat(20_000)}`)],
  ['nothing at all', ''],
])('%s is nothing for us', (_what, text) => {
  expect(readSdp(text)).toBeUndefined()
})

const inline = (fill: number, length = 30): string => `inline:${Buffer.alloc(length, fill).toString('base64')}`
const key80 = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${inline(1)}`
const offers = (...lines: string[]) => readSdp(sdp('m=audio 4000 RTP/SAVP 0', ...lines))?.crypto

test('of the keys that a phone offers, the first that we can use is taken', () => {
  const crypto = offers(
    `a=crypto:1 F8_128_HMAC_SHA1_80 ${inline(1)}`,
    `a=crypto:2 AES_CM_128_HMAC_SHA1_32 ${inline(2)}|2^20|1:4`,
    key80,
  )
  const key = { suite: 'AES_CM_128_HMAC_SHA1_32', master: new Uint8Array(30).fill(2), mkiBytes: 4 } as const
  expect(crypto).toEqual({ tag: 2, key })
})

test.each([
  ['a lifetime', `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${inline(1)}|2^48`],
  ['a lifetime in packets', `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${inline(1)}|1048576`],
  ['a hint for the window', `${key80} WSH=128`],
  ['an extension that may be ignored', `${key80} -what=ever`],
  ['GCM', `a=crypto:1 AEAD_AES_128_GCM ${inline(1, 28)}`],
  ['AES of 256 bits', `a=crypto:1 AES_256_CM_HMAC_SHA1_80 ${inline(1, 46)}`],
])('%s is understood', (_what, line) => {
  expect(offers(line)?.tag).toBe(1)
})

test.each([
  ['no key', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80'],
  ['a key that is too short', `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${inline(1, 16)}`],
  ['two keys', `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${inline(1)};${inline(2)}`],
  ['a key from elsewhere', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 uri:https://example.com/key'],
  ['what is not encrypted', `${key80} UNENCRYPTED_SRTP`],
  ['what is not authenticated', `${key80} UNAUTHENTICATED_SRTP`],
  ['keys that change', `${key80} KDR=1`],
  ['a name of the key that is too long', `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${inline(1)}|1:129`],
  ['no tag', `a=crypto: AES_CM_128_HMAC_SHA1_80 ${inline(1)}`],
])('%s is nothing for us', (_what, line) => {
  expect(offers(line)).toBeUndefined()
})

test('who asks for encryption is answered with it, and with our key', () => {
  const remote = readSdp(sdp('m=audio 4000 RTP/SAVP 0 101', key80, 'a=rtpmap:101 telephone-event/8000'))
  if (remote === undefined) throw new Error('nothing fits')
  const key = { suite: 'AES_CM_128_HMAC_SHA1_80', master: new Uint8Array(30).fill(9) } as const
  const [media] = parse(ours().answer(remote, { tag: 1, key })).media
  expect(media).toMatchObject({ protocol: 'RTP/SAVP', port: 20_000 })
  expect(media?.crypto).toEqual([{ id: 1, suite: 'AES_CM_128_HMAC_SHA1_80', config: inline(9) }])
})

test('keys without encryption being asked for are taken, or not, as the house wants it', () => {
  const polite = sdp('m=audio 4000 RTP/AVP 0', key80)
  const plain = sdp('m=audio 4000 RTP/AVP 0')
  const secure = sdp('m=audio 4000 RTP/SAVP 0', key80)
  const taken = (policy: SrtpPolicy) =>
    [polite, plain, secure].map((text) => readSdp(text, termsOf(policy))?.crypto?.tag)
  expect(taken('optional')).toEqual([1, undefined, 1])
  expect(taken('required')).toEqual([1, undefined, 1])
  expect(taken('off')).toEqual([undefined, undefined, undefined])
  expect(readSdp(plain, termsOf('required'))).toBeUndefined()
  expect(readSdp(secure, termsOf('off'))).toBeUndefined()
  expect(readSdp(polite, termsOf('off'))).toBeDefined()
})

test('of two lines for the same sound, the first that will do is taken', () => {
  const both = sdp('m=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/SAVP 0', key80)
  expect(readSdp(both, termsOf('required'))).toMatchObject({ line: 1, agreed: { port: 4002 } })
  expect(readSdp(both)).toMatchObject({ line: 0, agreed: { port: 4000 } })
})

test('what we offer has a key for each suite, and is more than a wish when it has to be', () => {
  const [media] = parse(ours().offer(newOffer(), true)).media
  expect(media?.protocol).toBe('RTP/SAVP')
  expect(media?.crypto?.map(({ id, suite }) => [id, suite])).toEqual([
    [1, 'AES_CM_128_HMAC_SHA1_80'],
    [2, 'AES_CM_128_HMAC_SHA1_32'],
  ])
  expect(new Set(media?.crypto?.map(({ config }) => config)).size).toBe(2)
  expect(parse(ours().offer(newOffer())).media[0]?.protocol).toBe('RTP/AVP')
})

test.each([
  ['a=rtcp-mux', 'muxed'],
  ['a=rtcp:5001', { address: '192.0.2.9', port: 5001 }],
  ['a=rtcp:5001 IN IP4 192.0.2.8', { address: '192.0.2.8', port: 5001 }],
  ['a=rtcp:0', undefined],
  ['a=rtcp:5001 IN IP4 reports.example', undefined],
  ['a=rtcp:99999', undefined],
] as const)('%s says where reports go', (line, rtcp) => {
  const offer = sdp('m=audio 4000 RTP/AVP 0', line)
  expect(readSdp(offer)?.agreed.rtcp).toEqual(rtcp)
  expect(answerTo(offer).media[0]?.rtcpMux).toBe(rtcp === 'muxed' ? 'rtcp-mux' : undefined)
})

test('whatever is offered, it is refused or answered line by line', () => {
  const line = fc.constantFrom(
    'm=audio 4000 RTP/AVP 0 8 101',
    'm=audio 4000 RTP/AVP',
    'm=audio 99999 RTP/AVP 0',
    'm=video 1 RTP/AVP 0',
    'm= 1 2 3',
    'a=rtpmap:101 telephone-event/8000',
    'a=rtpmap:0',
    'a=rtpmap:0 0/0/0',
    'a=sendonly',
    'a=ptime:abc',
    'm=audio 4000 RTP/SAVP 0',
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'A'.repeat(40)}`,
    'a=crypto:1 1 1 1',
    'a=crypto:x',
    'a=rtcp:x',
    'a=rtcp-mux',
    'c=IN IP4',
    'c=IN IP6 ::',
    'c=IN IP4 example.com/127/3',
    '',
  )
  const text = fc.oneof(fc.string({ maxLength: 40 }), line)
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), (lines) => {
      const remote = readSdp(sdp(...lines))
      if (remote === undefined) return
      expect(parse(ours().answer(remote)).media).toHaveLength(remote.media.length)
      expect(remote.agreed.port).toBeGreaterThan(0)
    }),
    { numRuns: 1_000 },
  )
})
