import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { never } from '../../base/index.ts'
import { Replaced, type Leg } from '../../call/index.ts'
import { everyOffice, type Office, type Talker } from '../../../test/contract/bridge.ts'
import type { FakeInvite } from '../../../test/support/fake-invite.ts'
import type { FakeOutgoing } from '../../../test/support/fake-outgoing.ts'
import type { CallerOptions, RtpCaller } from '../../../test/support/rtp-caller.ts'
import { transferringBySip } from '../../../test/support/transferring.ts'
import { digitsHeard, pitches, portOf, sdpOf, SipOffice, type Phone } from '../../../test/support/sip-office.ts'

const { callee, welcome, menu } = pitches
const prompts = { welcome, menu }
const bob = { kind: 'sip', uri: 'sip:bob@192.0.2.7' } as const
const callerId = { name: 'Ann', number: '1000', realm: 'a1.example', isPrivate: false }

everyOffice('embedded', async (): Promise<Office> => {
  const office = await SipOffice.open()
  const { clock } = office
  const talker = (rtp: RtpCaller, session: FakeInvite | FakeOutgoing, sdp: string): Talker => ({
    hold: (isHeld) => void session.listener.remoteOffer(isHeld ? `${sdp}a=sendonly\r\n` : sdp),
    ...transferringBySip(session),
    hangUp: () => session.hangUp(),
    press: (digit) => rtp.press(digit),
    speak: (isSpeaking) => {
      rtp.isSpeaking = isSpeaking
    },
    hears: async () => {
      await clock.sleep(1) // what was sent last is still on its way
      return rtp.runs(prompts)
    },
    sees: async () => session.said,
    hearsOther: async () => {
      const heard = hearsWithin(rtp, clock.now() - 200)
      return heard.includes('caller') || heard.includes('callee')
    },
    digits: async () => digitsHeard(rtp),
  })
  return {
    driver: office.driver,
    clock,
    target: bob,
    device: { kind: 'device', accountId: 'a1', deviceId: 'd1', username: 'bob', realm: 'a1.example' },
    messagesTold: () => office.sip.messages.map(([, , summary]) => summary),
    nobody: { kind: 'device', accountId: 'a1', deviceId: 'd1', username: 'nobody', realm: 'a1.example' },
    async ring() {
      const { leg, rtp, session, sdp } = await office.ring()
      return { leg, farEnd: talker(rtp, session, sdp) }
    },
    async callee() {
      const { rtp, session, sdp } = await office.callee()
      const { from, headers = [] } = session.invite
      return {
        ...talker(rtp, session, sdp),
        ring: () => session.listener.ringing(180),
        sendEarly: () => session.listener.early(sdp),
        answer: () => session.answers(sdp),
        refuse: (sipStatus) => session.refuses(sipStatus),
        shown: async () => ({
          number: /sip:(.*)@/.exec(from.uri)?.[1] ?? '',
          name: from.displayName ?? '',
          headers: Object.fromEntries(headers),
        }),
      }
    },
    close: () => office.close(),
  }
})

/** What was heard since then. */
function hearsWithin(rtp: RtpCaller, sinceMs: number): string[] {
  const heard = rtp.heard.filter(({ atMs }) => atMs > sinceMs)
  return [...new Set(rtp.runs(pitches, heard).map(({ media }) => media))]
}

describe('embedded: what SIP and RTP add', () => {
  let office: SipOffice

  beforeEach(async () => {
    office = await SipOffice.open()
  })

  afterEach(() => office.close())

  /** Both speak all the time. */
  async function both(first: CallerOptions = {}, second: CallerOptions = {}) {
    const a = await office.ring(first)
    const b = await office.driver.dial(bob, { callerId, headers: {}, beside: a.leg })
    const called = await office.callee(second)
    for (const { rtp } of [a, called]) rtp.isSpeaking = true
    return { a, b: { ...called, leg: b } }
  }

  async function talking(first: CallerOptions = {}, second: CallerOptions = {}) {
    const { a, b } = await both(first, second)
    await a.leg.answer()
    b.session.answers(b.sdp)
    await bridge(a.leg, b.leg)
    return { a, b }
  }

  async function bridge(a: Leg, b: Leg): Promise<void> {
    office.driver.bridge(a, b, { signal: never }).catch(() => undefined)
    await office.clock.sleep(200)
  }

  /** What is heard in the next 300 ms. */
  async function hears({ rtp }: Pick<Phone<unknown>, 'rtp'>): Promise<string[]> {
    const beganMs = office.clock.now()
    await office.clock.sleep(300)
    return hearsWithin(rtp, beganMs)
  }

  test('they may speak different laws', async () => {
    const { a, b } = await talking({ law: 'pcma' }, { law: 'pcmu' })
    expect(await hears(a)).toEqual(['callee'])
    expect(await hears(b)).toEqual(['caller'])
  })

  test('keys go across with the payload type of the other side', async () => {
    const { a, b } = await talking({}, { telephoneEvent: 96 })
    a.rtp.press('5')
    await office.clock.sleep(400)
    expect(digitsHeard(b.rtp, 96)).toBe('5')
  })

  test('keys that come by INFO are events on the other side, one after another', async () => {
    const { a, b } = await talking()
    b.session.listener.digit('7', 160)
    b.session.listener.digit('7', 160)
    b.session.listener.digit('8', 160)
    await office.clock.sleep(1_200)
    expect(digitsHeard(a.rtp)).toBe('778')
    expect(await hears(a)).toEqual(['callee'])
    expect(b.leg.takeDigits()).toBe('778')
  })

  test('after the answer they hear each other, whatever was heard early', async () => {
    const { a, b } = await both()
    b.session.listener.early(b.sdp)
    const early = office.driver.bridge(a.leg, b.leg, { signal: never })
    early.catch(() => undefined)
    await office.clock.sleep(200)
    expect(a.session.said).toEqual(['early'])
    expect(await hears(a)).toEqual(['callee'])
    b.session.answers(b.sdp)
    await a.leg.answer()
    await expect(early).rejects.toBeInstanceOf(Replaced)
    await bridge(a.leg, b.leg)
    expect(await hears(a)).toEqual(['callee'])
    expect(await hears(b)).toEqual(['caller'])
  })

  test('when one of them holds, the bridge stays, and they hear each other again after it', async () => {
    const { a, b } = await talking()
    a.session.listener.remoteOffer(`${a.sdp}a=sendonly\r\n`)
    await office.clock.sleep(50)
    expect(await hears(a)).toEqual([])
    a.session.listener.remoteOffer(a.sdp)
    await office.clock.sleep(100)
    expect(await hears(a)).toEqual(['callee'])
    expect(await hears(b)).toEqual(['caller'])
  })

  test('one of them may move to another port and law', async () => {
    const { a, b } = await talking()
    const rtp = await office.phone({ voiceHz: callee, law: 'pcma' })
    rtp.isSpeaking = true
    b.rtp.fallSilent()
    rtp.callTo(portOf(b.session.listener.remoteOffer(sdpOf(rtp.port, { law: 'pcma' }))))
    await office.clock.sleep(200)
    expect(await hears({ rtp })).toEqual(['caller'])
    expect(await hears(a)).toEqual(['callee'])
  })

  test('when there are as many legs as there may be, nobody else is called', async () => {
    await office.close()
    office = await SipOffice.open({ limits: { mostCalls: 2 } })
    await both()
    await expect(office.driver.dial(bob, { callerId, headers: {} })).rejects.toMatchObject({ code: 'DIAL_FULL' })
  })

  test('a device is called where it is registered', async () => {
    await office.close()
    const flow = { transport: 'udp', address: '192.0.2.7', port: 5_062 } as const
    office = await SipOffice.open({ contactsOf: async () => [{ uri: 'sip:bob@10.0.0.7', flow }] })
    const device = { kind: 'device', accountId: 'a1', deviceId: 'd1', username: 'bob', realm: 'a1.example' } as const
    const leg = await office.driver.dial(device, { callerId, headers: {} })
    expect(leg.to).toEqual({ user: 'bob', realm: 'a1.example' })
    expect(office.sip.phones[0]?.invite).toMatchObject({ uri: 'sip:bob@10.0.0.7', flow })
  })

  test('whoever is called because of a transfer is told whose it is', async () => {
    const { a, b } = await talking()
    const shown = async (transferredBy: Leg): Promise<string | undefined> => {
      await office.driver.dial(bob, { callerId, headers: {}, transferredBy })
      return office.sip.phones.at(-1)?.invite.headers?.find(([name]) => name === 'Referred-By')?.[1]
    }
    expect(await shown(a.leg)).toBe('<sip:alice@far.example>')
    expect(await shown(b.leg)).toBe('<sip:bob@192.0.2.7>')
    const to = { displayName: undefined, user: '2041', host: 'a1.example', uri: 'sip:2041@a1.example' }
    a.session.listener.referred({ to, replaces: undefined, referredBy: 'sip:ann@a1.example' })
    expect(await shown(a.leg)).toBe('<sip:ann@a1.example>')
  })

  test('a number that somebody is to call is one of ours; an address is taken as it is', async () => {
    const { a } = await talking()
    const asked = async (target: string): Promise<string | undefined> => {
      a.leg.refer(target, { signal: never }).catch(() => undefined) // it ends with the office
      return a.session.referrals.at(-1)?.uri
    }
    expect(await asked('+15551230001')).toBe('sip:+15551230001@127.0.0.1')
    expect(await asked('sip:bob@pbx.example;transport=tcp')).toBe('sip:bob@pbx.example;transport=tcp')
    await expect(a.leg.refer('sip:bob>evil', { signal: never })).rejects.toMatchObject({ code: 'DIAL_TARGET_INVALID' })
  })

  test('where a device is registered it is told of messages; a phone of it that asks hears what was told last', async () => {
    await office.close()
    const contact = {
      uri: 'sip:bob@10.0.0.7',
      flow: { transport: 'udp', address: '192.0.2.7', port: 5_062 },
    } as const
    office = await SipOffice.open({ contactsOf: async () => [contact] })
    const device = { kind: 'device', accountId: 'a1', deviceId: 'd1', username: 'bob', realm: 'a1.example' } as const
    const bobs = { username: 'bob', realm: 'a1.example' }
    expect(await office.sip.subscribes(bobs)).toEqual({ newMessages: 0, savedMessages: 0 })
    const account = { user: '*97', realm: 'a1.example' }
    await office.driver.tellMessages(device, { newMessages: 2, savedMessages: 8, account })
    const summary = { newMessages: 2, savedMessages: 8, accountUri: 'sip:*97@a1.example' }
    expect(office.sip.messages).toEqual([
      [{ accountId: 'a1', deviceId: 'd1', uri: 'sip:bob@a1.example' }, [contact], summary],
    ])
    expect(await office.sip.subscribes(bobs)).toEqual(summary)
  })

  test('who has proved who it is, is known by that and not by what From says', async () => {
    const { leg: stranger } = await office.ring()
    expect(stranger.isAuthorized).toBe(false)
    const { leg } = await office.ring({}, { username: 'ann', realm: 'a1.example' })
    expect(leg).toMatchObject({ isAuthorized: true, authorizedAs: { user: 'ann', realm: 'a1.example' } })
    expect(leg.from.user).toBe('alice')
  })

  test('when the house closes, callees are hung up on too, and those that still ring are cancelled', async () => {
    const { b } = await talking()
    const { b: ringing } = await both()
    expect(office.driver.counters()).toMatchObject({ legs: 4, mediaLegs: 4 })
    await office.driver.close()
    expect(b.session.said).toEqual(['called', 'hung up'])
    expect(ringing.session.said).toEqual(['called', 'cancelled'])
    expect(office.driver.counters()).toMatchObject({ legs: 0, mediaLegs: 0 })
    await expect(office.driver.dial(bob, { callerId, headers: {} })).rejects.toMatchObject({ code: 'DIAL_UNSUPPORTED' })
  })
})
