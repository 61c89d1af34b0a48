import fc from 'fast-check'
import { parse } from 'sdp-transform'
import { expect, test } from 'vitest'
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
