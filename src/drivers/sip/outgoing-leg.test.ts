import { describe, expect, test } from 'vitest'
import { Failure, silentLog, VirtualClock } from '../../base/index.ts'
import type { AudioLibrary, LegEvent } from '../../call/index.ts'
import { FakeOutgoing } from '../../../test/support/fake-outgoing.ts'
import { noStats, type MediaAgreement, type MediaEngine, type MediaLeg } from './media-port.ts'
import { OutgoingLeg, type OutgoingLegOptions } from './outgoing-leg.ts'

const sdpOf = (port: number, payloads = '0 101'): string =>
  `v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio ${port} RTP/AVP ${payloads}\r\n`

const library: AudioLibrary = {
  open: () => Promise.reject(new Failure('MEDIA_NOT_FOUND', { source: '' })),
}

interface Dialled {
  readonly leg: OutgoingLeg
  /** One for each phone that is called. */
  readonly phones: readonly FakeOutgoing[]
  readonly agreed: MediaAgreement[]
  readonly events: LegEvent[]
}

const cancelled = ['called', 'cancelled']

async function dial(
  addresses = ['192.0.2.7'],
  laws: readonly ('pcmu' | 'pcma')[] = ['pcmu', 'pcma'],
  beforeAnybodyListens: (phones: readonly FakeOutgoing[]) => void = () => undefined,
  onRedirect: OutgoingLegOptions['onRedirect'] = 'ignore',
): Promise<Dialled> {
  const agreed: MediaAgreement[] = []
  const phones: FakeOutgoing[] = []
  const media: Partial<MediaLeg> = {
    port: 4_000,
    agree: (agreement) => void agreed.push(agreement),
    close: () => Promise.resolve(noStats),
  }
  const engine: Partial<MediaEngine> = { open: () => Promise.resolve(media as MediaLeg) }
  const to = { user: '1001', realm: 'demo.example' }
  const leg = new OutgoingLeg({
    engine: engine as MediaEngine,
    audio: library,
    clock: new VirtualClock(),
    log: silentLog,
    address: '198.51.100.1',
    recordingsDir: '',
    gone: () => undefined,
    from: { user: '1000', realm: 'demo.example' },
    to,
    headers: {},
    laws,
    onRedirect,
    destinations: addresses.map((address) => ({
      uri: `sip:1001@${address}`,
      flow: { transport: 'udp', address, port: 5060 },
      from: { uri: 'sip:1000@demo.example' },
    })),
    invite: (options) => {
      const phone = new FakeOutgoing(options, { 'user-agent': `phone at ${options.uri}` })
      phones.push(phone)
      return phone
    },
  })
  const events: LegEvent[] = []
  await leg.begin()
  beforeAnybodyListens(phones)
  leg.observe((event) => events.push(event))
  return { leg, phones, agreed, events }
}

/** The phones of a device, which rings everywhere. */
async function two(): Promise<Dialled & { readonly first: FakeOutgoing; readonly second: FakeOutgoing }> {
  const dialled = await dial(['192.0.2.7', '192.0.2.8'])
  const [first, second] = dialled.phones
  if (first === undefined || second === undefined) throw new Error('two phones should ring')
  return { ...dialled, first, second }
}

async function one(laws?: readonly ('pcmu' | 'pcma')[]): Promise<Dialled & { readonly phone: FakeOutgoing }> {
  const dialled = await dial(undefined, laws)
  const [phone] = dialled.phones
  if (phone === undefined) throw new Error('a phone should ring')
  return { ...dialled, phone }
}

describe('a call to one phone', () => {
  test('offers both laws and keys, at our address', async () => {
    const { phone } = await one()
    expect(phone.invite.offer).toContain('c=IN IP4 198.51.100.1')
    expect(phone.invite.offer).toContain('m=audio 4000 RTP/AVP 0 8 101')
  })

  test('offers what is wanted, in that order', async () => {
    const { phone } = await one(['pcma'])
    expect(phone.invite.offer).toContain('m=audio 4000 RTP/AVP 8 101')
  })

  test('rings once, is heard before the answer, is answered, and hung up on by the callee', async () => {
    const { leg, phone, agreed, events } = await one()
    phone.listener.ringing(180)
    phone.listener.ringing(180)
    phone.listener.early(sdpOf(5_000))
    expect(leg.state).toBe('early')
    expect(leg.source).toBe('192.0.2.7:5060')
    expect(leg.userAgent).toBe('phone at sip:1001@192.0.2.7')
    phone.answers(sdpOf(5_002))
    expect(leg.state).toBe('answered')
    phone.hangUp()
    expect(events).toEqual([
      { type: 'leg.ringing' },
      { type: 'leg.early' },
      { type: 'leg.answered' },
      { type: 'leg.ended', by: 'callee', cause: 'NORMAL_CLEARING', sipStatus: 200 },
    ])
    expect(agreed).toMatchObject([
      { port: 5_000, law: 'pcmu', signallingAddress: '192.0.2.7' },
      { port: 5_002, law: 'pcmu' },
    ])
  })

  test('an answer that we cannot talk with is hung up on, and nobody takes it for one', async () => {
    const { phone, events } = await one()
    phone.answers(sdpOf(5_000, '18'))
    expect(phone.goodbye).toEqual({ q850: 88, text: 'INCOMPATIBLE_DESTINATION' })
    expect(events).toEqual([{ type: 'leg.ended', by: 'server', cause: 'INCOMPATIBLE_DESTINATION', sipStatus: 488 }])
  })

  test.each([
    [486, [], 'USER_BUSY'],
    [603, [], 'CALL_REJECTED'],
    [404, [], 'UNALLOCATED_NUMBER'],
    [503, [['Reason', 'Q.850;cause=34;text="no circuit"']] as const, 'NORMAL_CIRCUIT_CONGESTION'],
    [480, [['Reason', 'Q.850;cause=16']] as const, 'NO_USER_RESPONSE'],
  ])('a refusal with %i %j is %s', async (status, headers, cause) => {
    const { leg, phone, events } = await one()
    phone.refuses(status, headers)
    expect(events).toEqual([{ type: 'leg.ended', by: 'callee', cause, sipStatus: status }])
    expect(leg.ended.reason).toMatchObject({ by: 'callee', cause })
  })

  test.each([
    ['answer', 'RECOVERY_ON_TIMER_EXPIRE', 408],
    ['transport', 'NETWORK_OUT_OF_ORDER', 503],
  ] as const)('when there is no %s, the network is to blame', async (what, cause, sipStatus) => {
    const { phone, events } = await one()
    phone.over({ how: 'timeout', what })
    expect(events).toEqual([{ type: 'leg.ended', by: 'network', cause, sipStatus }])
  })

  test('what happens before whoever dials can listen is told once they do', async () => {
    const lost = { how: 'timeout', what: 'transport' } as const
    const { events } = await dial(undefined, undefined, ([phone]) => phone?.over(lost))
    expect(events).toEqual([{ type: 'leg.ended', by: 'network', cause: 'NETWORK_OUT_OF_ORDER', sipStatus: 503 }])
  })

  test('to hang up before the answer is to cancel, and says why', async () => {
    const { leg, phone, events } = await one()
    phone.listener.ringing(180)
    await leg.hangup('NO_ANSWER')
    expect(phone.reason).toBe('Q.850;cause=19;text="NO_ANSWER"')
    expect(events.at(-1)).toEqual({ type: 'leg.ended', by: 'server', cause: 'NO_ANSWER', sipStatus: 480 })
    phone.listener.answered(sdpOf(5_000))
    expect(leg.state).toBe('ended')
  })

  test('who was slower than somebody else is told so, and shows no missed call', async () => {
    const { leg, phone } = await one()
    await leg.hangup('LOSE_RACE')
    expect(phone.reason).toBe('SIP;cause=200;text="Call completed elsewhere"')
  })

  test('what only the callee can do does nothing', async () => {
    const { leg, phone, events } = await one()
    leg.ring()
    await leg.earlyMedia()
    await leg.answer()
    await leg.reject(486)
    expect(leg.state).toBe('ringing')
    expect(events).toEqual([])
    expect(phone.said).toEqual(['called'])
  })

  test('to refuse an answered callee is to hang up', async () => {
    const { leg, phone } = await one()
    phone.answers(sdpOf(5_000))
    await leg.reject(486)
    expect(phone.goodbye).toEqual({ q850: 17, text: 'USER_BUSY' })
  })

  test('a callee may hold the call', async () => {
    const { phone, events } = await one()
    phone.answers(sdpOf(5_000))
    expect(phone.listener.remoteOffer(`${sdpOf(5_000)}a=sendonly\r\n`)).toContain('a=recvonly')
    expect(phone.listener.remoteOffer(sdpOf(5_000))).toContain('a=sendrecv')
    expect(events.slice(1)).toEqual([{ type: 'leg.held' }, { type: 'leg.resumed' }])
  })
})

describe('a call to a device with two phones', () => {
  test('they are called at once, as branches of one call', async () => {
    const { leg, first, second } = await two()
    expect([first.callId, second.callId]).toEqual([leg.callId, leg.callId])
    expect([first.invite.uri, second.invite.uri]).toEqual(['sip:1001@192.0.2.7', 'sip:1001@192.0.2.8'])
  })

  test('the first that answers wins, and the other is told that it was taken elsewhere', async () => {
    const { leg, first, second, agreed, events } = await two()
    first.listener.early(sdpOf(5_000))
    second.answers(sdpOf(6_000))
    expect(first.reason).toBe('SIP;cause=200;text="Call completed elsewhere"')
    expect(second.said).toEqual(['called'])
    expect(leg.source).toBe('192.0.2.8:5060')
    expect(agreed.at(-1)).toMatchObject({ port: 6_000, signallingAddress: '192.0.2.8' })
    await leg.hangup('NORMAL_CLEARING')
    expect(second.said).toEqual(['called', 'hung up'])
    expect(first.said).toEqual(cancelled)
    expect(events.map(({ type }) => type)).toEqual(['leg.early', 'leg.answered', 'leg.ended'])
  })

  test('one that refuses leaves the other ringing', async () => {
    const { leg, first, second } = await two()
    first.refuses(486)
    expect(leg.state).toBe('ringing')
    second.answers(sdpOf(6_000))
    expect(leg.state).toBe('answered')
  })

  test.each([
    [480, 486, 'USER_BUSY'],
    [486, 480, 'USER_BUSY'],
    [503, 480, 'NO_USER_RESPONSE'],
    [488, 500, 'INCOMPATIBLE_DESTINATION'],
  ])('of refusals with %i and %i, the more telling one counts', async (one, other, cause) => {
    const { leg, first, second } = await two()
    first.refuses(one)
    second.refuses(other)
    expect(leg.ended.reason).toMatchObject({ by: 'callee', cause })
  })

  test('one that is not there counts less than one that is busy', async () => {
    const { leg, first, second } = await two()
    first.refuses(486)
    second.over({ how: 'timeout', what: 'transport' })
    expect(leg.ended.reason).toMatchObject({ by: 'callee', cause: 'USER_BUSY' })
  })

  test('who declines everywhere declines for all', async () => {
    const { leg, first, second } = await two()
    first.refuses(603)
    expect(leg.ended.reason).toMatchObject({ by: 'callee', cause: 'CALL_REJECTED', sipStatus: 603 })
    expect(second.said).toEqual(cancelled)
  })

  test('to give up is to cancel all', async () => {
    const { leg, first, second } = await two()
    await leg.hangup('ORIGINATOR_CANCEL')
    expect([first.said, second.said]).toEqual([cancelled, cancelled])
  })
})

describe('a far end that sends the call elsewhere', () => {
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const bob = 'sip:bob@192.0.2.9'
  const carol = 'sip:carol@192.0.2.10'

  test('of a device ends the leg at once, and says where; its other phones stop ringing', async () => {
    const { leg, phones } = await dial(['192.0.2.7', '192.0.2.8'], undefined, undefined, 'tell')
    phones[0]?.refuses(302, [], [bob, 'tel:+15551230001', 'sip:192.0.2.11'])
    expect(leg.ended.reason).toMatchObject({
      by: 'callee',
      sipStatus: 302,
      redirectTo: [
        { user: 'bob', realm: '192.0.2.9' },
        { user: '+15551230001', realm: '' },
      ],
    })
    expect(phones[1]?.said).toEqual(cancelled)
  })

  test('is refused like any other when nobody wants to follow', async () => {
    const { leg, phones } = await dial(undefined, undefined, undefined, 'ignore')
    phones[0]?.refuses(302, [], [bob])
    expect(phones).toHaveLength(1)
    expect(leg.ended.reason).toMatchObject({ by: 'callee', sipStatus: 302, redirectTo: [] })
  })

  test('is followed from an address to the first that may be called, with a word of who has sent it', async () => {
    const asked: string[] = []
    const mayCall = async (uri: string): Promise<boolean> => asked.push(uri) > 1
    const { leg, phones } = await dial(undefined, undefined, undefined, mayCall)
    phones[0]?.refuses(302, [], [bob, carol])
    await settle()
    expect(asked).toEqual([bob, carol])
    expect(phones.map(({ invite }) => invite.uri)).toEqual(['sip:1001@192.0.2.7', carol])
    expect(phones[1]?.invite.flow).toBeUndefined()
    expect(phones[1]?.invite.headers).toEqual([['Diversion', '<sip:1001@192.0.2.7>;reason=deflection']])
    phones[1]?.answers(sdpOf(4_002))
    expect(leg.state).toBe('answered')
  })

  test('when the first is busy, the next is called; when there is none, that is why the leg ends', async () => {
    const { leg, phones } = await dial(undefined, undefined, undefined, async () => true)
    phones[0]?.refuses(300, [], [bob, carol])
    await settle()
    phones[1]?.refuses(486)
    await settle()
    expect(phones[2]?.invite.uri).toBe(carol)
    phones[2]?.refuses(404)
    await settle()
    expect(leg.ended.reason).toMatchObject({ by: 'callee', sipStatus: 300 })
  })

  test('is not followed in circles, nor more than five times', async () => {
    const { leg, phones } = await dial(undefined, undefined, undefined, async () => true)
    phones[0]?.refuses(302, [], ['sip:1001@192.0.2.7', bob])
    await settle()
    phones[1]?.refuses(302, [], ['sip:1001@192.0.2.7', bob])
    await settle()
    expect(phones.map(({ invite }) => invite.uri)).toEqual(['sip:1001@192.0.2.7', bob])
    expect(leg.state).toBe('ended')
    const far = await dial(undefined, undefined, undefined, async () => true)
    for (let next = 0; next < 8; next++) {
      far.phones[next]?.refuses(302, [], [`sip:hop${next}@192.0.2.9`])
      await settle()
    }
    expect(far.phones).toHaveLength(6)
    expect(far.leg.state).toBe('ended')
  })

  test('is not followed any more when the leg is hung up meanwhile', async () => {
    let allow = (_may: boolean): void => undefined
    const { leg, phones } = await dial(
      undefined,
      undefined,
      undefined,
      () => new Promise((resolve) => (allow = resolve)),
    )
    phones[0]?.refuses(302, [], [bob])
    await leg.hangup('ORIGINATOR_CANCEL')
    allow(true)
    await settle()
    expect(phones).toHaveLength(1)
  })
})
