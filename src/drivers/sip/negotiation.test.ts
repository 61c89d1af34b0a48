import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../../base/index.ts'
import type { LegEvent } from '../../call/index.ts'
import { FakeInvite, type FakeInviteOptions } from '../../../test/support/fake-invite.ts'
import { IncomingLeg } from './incoming-leg.ts'
import { noStats, type MediaAgreement, type MediaEngine, type MediaLeg, type MediaListener } from './media-port.ts'
import { readSdp } from './sdp.ts'

const sdp = (media: string, ...more: string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', media, ...more, ''].join('\r\n')
const usual = sdp('m=audio 4000 RTP/AVP 0 8')

/** A leg whose media is written down instead of being sent. */
function ring(options: FakeInviteOptions): {
  leg: IncomingLeg
  session: FakeInvite
  agreed: MediaAgreement[]
  events: LegEvent[]
  media: () => MediaListener
} {
  const agreed: MediaAgreement[] = []
  const listeners: MediaListener[] = []
  const media: MediaLeg = {
    port: 20_000,
    agree: (agreement) => void agreed.push(agreement),
    play: () => ({ done: Promise.resolve('finished'), stop: () => undefined }),
    record: () => ({
      done: Promise.resolve({ durationMs: 0, endedBy: 'stopped', hadSpeech: false }),
      stop: () => undefined,
    }),
    recordCall: () => {
      throw new Error('nothing is recorded here')
    },
    sendDigits: () => ({ done: Promise.resolve('finished'), stop: () => undefined }),
    stats: async () => noStats,
    close: async () => noStats,
  }
  const engine: MediaEngine = {
    open: async (listener) => {
      listeners.push(listener)
      return media
    },
    bridge: () => ({ done: Promise.resolve('stopped'), stop: () => undefined, holdMusic: () => undefined }),
    eavesdrop: () => ({ done: Promise.resolve('stopped'), stop: () => undefined, speaksTo: () => undefined }),
    room: () => {
      throw new Error('no rooms here')
    },
    legs: 1,
    isFull: false,
    close: async () => undefined,
  }
  const session = new FakeInvite(options)
  const leg = new IncomingLeg({
    session,
    offer: options.offer === undefined ? undefined : readSdp(options.offer),
    engine,
    audio: { open: async () => Promise.reject(new Error('no sound here')) },
    clock: new VirtualClock(),
    log: silentLog,
    address: '198.51.100.1',
    recordingsDir: '/nowhere',
    retryAfterSeconds: 5,
    gone: () => undefined,
  })
  const events: LegEvent[] = []
  leg.observe((event) => events.push(event))
  const listener = (): MediaListener => {
    const [first] = listeners
    if (first === undefined) throw new Error('no media was opened')
    return first
  }
  return { leg, session, agreed, events, media: listener }
}

test('the sound flows as agreed as soon as the answer is on its way', async () => {
  const { leg, session, agreed } = ring({ offer: usual })
  await leg.answer()
  expect(session.sdps[0]).toContain('m=audio 20000 RTP/AVP 0')
  expect(agreed).toEqual([
    expect.objectContaining({ address: '192.0.2.9', port: 4000, signallingAddress: '127.0.0.1' }),
  ])
})

test('early media and the answer say the same', async () => {
  const { leg, session } = ring({ offer: usual })
  await leg.earlyMedia()
  await leg.answer()
  expect(session.sdps[1]).toBe(session.sdps[0])
})

test('a caller without an offer gets ours, and is answered when his answer has come', async () => {
  const { leg, session, agreed } = ring({ offer: undefined })
  session.onAnswered = ({ listener }) => listener.remoteAnswer(sdp('m=audio 4000 RTP/AVP 8'))
  await leg.answer()
  expect(session.sdps[0]).toContain('m=audio 20000 RTP/AVP 0 8 101')
  expect(agreed).toEqual([expect.objectContaining({ law: 'pcma', payloadType: 8 })])
})

test('a caller without an offer who cannot take ours early is answered instead', async () => {
  const { leg, session } = ring({ offer: undefined })
  session.onAnswered = ({ listener }) => listener.remoteAnswer(usual)
  await leg.earlyMedia()
  expect(session.said).toEqual(['answered'])
})

test('a caller without an offer who asks for a reliable 183 has our offer in it', async () => {
  const { leg, session } = ring({ offer: undefined, headers: [['Require', '100rel']] })
  await leg.earlyMedia()
  expect(session.said).toEqual(['early'])
  expect(session.sdps[0]).toContain('m=audio 20000 RTP/AVP 0 8 101')
})

test('an answer that leaves nothing to talk with ends the call', async () => {
  const { leg, session } = ring({ offer: undefined })
  session.onAnswered = ({ listener }) => listener.remoteAnswer(sdp('m=audio 0 RTP/AVP 0'))
  await leg.answer()
  expect(session.said).toEqual(['answered', 'hung up'])
  expect(leg.ended.reason).toMatchObject({ cause: 'INCOMPATIBLE_DESTINATION' })
})

test('a caller who puts us on hold and takes us back is understood', async () => {
  const { leg, session, agreed, events } = ring({ offer: usual })
  await leg.answer()
  const hold = session.listener.remoteOffer(sdp('m=audio 4000 RTP/AVP 0', 'a=sendonly'))
  expect(hold).toContain('a=recvonly')
  expect(session.listener.remoteOffer(sdp('m=audio 4002 RTP/AVP 0'))).toContain('a=sendrecv')
  expect(events.map(({ type }) => type)).toEqual(['leg.answered', 'leg.held', 'leg.resumed'])
  expect(agreed.map(({ direction, port }) => [direction, port])).toEqual([
    ['sendrecv', 4000],
    ['recvonly', 4000],
    ['sendrecv', 4002],
  ])
})

test('an offer that does not fit is refused, and the call goes on as it was', async () => {
  const { leg, session, agreed } = ring({ offer: usual })
  await leg.answer()
  expect(session.listener.remoteOffer(sdp('m=audio 4000 RTP/SAVP 0'))).toBeUndefined()
  expect(agreed).toHaveLength(1)
  expect(leg.state).toBe('answered')
})

test('a refused caller is told the cause, and when to come back if the house is full', async () => {
  const { leg, session } = ring({ offer: usual })
  await leg.reject(503)
  expect(session.refusal).toContainEqual(['Retry-After', '5'])
  expect(session.refusal).toContainEqual(['Reason', 'Q.850;cause=41;text="NORMAL_TEMPORARY_FAILURE"'])
})

test('whoever is hung up on is told the cause', async () => {
  const { leg, session } = ring({ offer: usual })
  await leg.answer()
  await leg.hangup('USER_BUSY')
  expect(session.goodbye).toEqual({ q850: 17, text: 'USER_BUSY' })
})

test('a key told by INFO counts, and not again by telephone-event', async () => {
  const { leg, session, events, media } = ring({ offer: usual })
  await leg.answer()
  session.listener.digit('7', 100)
  media().digit('7', 100)
  session.listener.digit('x', 100)
  expect(events.slice(1)).toEqual([{ type: 'digit.received', digit: '7', via: 'info' }])
  expect(leg.takeDigits()).toBe('7')
})

test('an answered caller who is gone without a word is hung up on; an unanswered one need not speak', async () => {
  const { leg, session, media } = ring({ offer: usual })
  await leg.earlyMedia()
  media().inactive()
  expect(leg.state).toBe('early')
  await leg.answer()
  media().inactive()
  expect(session.said).toEqual(['early', 'answered', 'hung up'])
  expect(leg.ended.reason).toMatchObject({ by: 'network', cause: 'MEDIA_TIMEOUT' })
})

test('the caller is whom From names, and custom headers come along', () => {
  const headers = [
    ['X-Tenant', '7'],
    ['P-Asserted-Identity', '<sip:+15550100@trunk.example>'],
  ] as const
  const { leg } = ring({ offer: usual, headers })
  expect(leg.from).toEqual({ user: 'alice', realm: 'far.example', name: 'Alice' })
  expect(leg.request).toEqual({ user: '2030', realm: 'house.example' })
  expect(leg.headers).toEqual({ 'X-Tenant': '7' })
  expect(leg.source).toBe('127.0.0.1:5070')
})
