import { describe, expect, test } from 'vitest'
import { descriptionOf, dials, farUri, type Dialled } from '../../test/support/sip-callee.ts'
import { callerFlow, offer } from '../../test/support/sip-wire.ts'

const a = descriptionOf('a')
const b = descriptionOf('b')
const repeats = [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]

async function isAnswered(
  options: Parameters<typeof dials>[0] = {},
  headers: readonly string[] = [],
): Promise<Dialled> {
  const call = await dials(options)
  await call.far.answers(200, { body: a, headers })
  call.told.length = 0
  call.far.wire.heard.length = 1 // the INVITE
  return call
}

describe('a call of ours', () => {
  test('is tried, rung, answered, acknowledged and hung up by the far end', async () => {
    const { agent, clock, far, session, told } = await dials({
      from: { uri: 'sip:2030@198.51.100.1', displayName: 'Zoë "Z"' },
      headers: [['P-Asserted-Identity', '<sip:2030@198.51.100.1>']],
    })
    const invite = far.wire.last('INVITE')
    expect(invite.requestUri).toBe(farUri)
    expect(invite.from).toMatchObject({ displayName: 'Zoë "Z"', uri: 'sip:2030@198.51.100.1' })
    expect(invite.first('to')).toBe(`<${farUri}>`)
    expect(invite.first('contact')).toBe('<sip:2030@198.51.100.1:5060>')
    expect(invite.first('p-asserted-identity')).toBe('<sip:2030@198.51.100.1>')
    expect(invite.body).toBe(offer)
    await far.answers(100)
    await far.answers(180)
    await far.answers(200, { body: a, headers: ['X-Far: yes', 'Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2;lr>'] })
    expect(told).toEqual(['trying', 'ringing 180', 'answered a'])
    expect(session.header('x-far')).toBe('yes')
    const ack = far.wire.last('ACK')
    expect([ack.requestUri, ack.toTag, ack.cseq?.number]).toEqual(['sip:1000@192.0.2.10:5060', 'far', 1])
    expect(ack.list('route')).toEqual(['<sip:192.0.2.2;lr>', '<sip:192.0.2.1;lr>'])
    expect(ack.via?.params.get('branch')).not.toBe(invite.via?.params.get('branch'))
    await far.asks('BYE', { cseq: 1, headers: ['Reason: Q.850;cause=16'] })
    expect(far.story).toEqual(['INVITE', 'ACK', '200 BYE'])
    expect(told.at(-1)).toBe('ended bye')
    await clock.advance(40_000)
    expect(agent.counters).toMatchObject({ dialogs: 0, transactions: 0, retransmitted: 0 })
  })

  test('is hung up by us with a Reason, and the waiting ends when the far end has confirmed', async () => {
    const { agent, clock, far, session, told } = await isAnswered()
    const done = session.bye(16, 'Normal call clearing')
    await clock.settle()
    expect(far.wire.last('BYE').first('reason')).toBe('Q.850;cause=16;text="Normal call clearing"')
    expect(far.wire.last('BYE').cseq?.number).toBe(2)
    await far.answers(200, { to: 'BYE' })
    await done
    expect(told).toEqual(['ended bye'])
    expect(agent.counters.dialogs).toBe(0)
  })

  test('goes to where it was told to go, by an outbound proxy, with a Contact of its own', async () => {
    const flow = { transport: 'udp', address: '203.0.113.9', port: 5080 } as const
    const { far, session } = await dials({ flow, routes: ['<sip:proxy.example;lr>'], contactUser: 'pivot' })
    const [heard] = far.wire.heard
    expect(heard?.to).toEqual(flow)
    expect(session.flow).toEqual(flow)
    expect(heard?.message.list('route')).toEqual(['<sip:proxy.example;lr>'])
    expect(heard?.message.first('contact')).toBe('<sip:pivot@198.51.100.1:5060>')
  })

  test('headers of its owner add nothing but themselves', async () => {
    const { far } = await dials({
      headers: [
        ['X-Note', 'one\r\nEvil: yes'],
        ['Evil\r\nTo', 'x'],
        ['Via', 'SIP/2.0/UDP 203.0.113.66'],
        ['f', '<sip:evil@203.0.113.66>'],
      ],
    })
    const invite = far.wire.last('INVITE')
    expect(invite.first('x-note')).toBe('one Evil: yes')
    expect(invite.first('evil')).toBeUndefined()
    expect([invite.count('via'), invite.count('from')]).toEqual([1, 1])
  })

  test.each([
    'sip:1000@192.0.2.10;transport=ws',
    'sips:1000@192.0.2.10;transport=udp',
    'tel:+15551230001',
    'sip:1000@192.0.2.10\r\nEvil: yes',
    'sip:1000@nowhere.example',
  ])('%s cannot be sent, which ends it at once', async (uri) => {
    const { agent, far, told } = await dials({ uri })
    expect(told).toEqual(['ended timeout transport'])
    expect(far.story).toEqual([])
    expect(agent.counters.dialogs).toBe(0)
  })
})

describe('by TLS', () => {
  test.each([
    ['sip:1000@192.0.2.10;transport=tls', 'tls 192.0.2.10 5061', '<sip:2030@198.51.100.1:5060;transport=tls>'],
    ['sips:1000@192.0.2.10', 'tls 192.0.2.10 5061', '<sips:2030@198.51.100.1:5060>'],
    ['sips:1000@192.0.2.10:5090;transport=tcp', 'tls 192.0.2.10 5090', '<sips:2030@198.51.100.1:5060>'],
    ['sip:1000@[2001:db8::9]:5070', 'udp 2001:db8::9 5070', '<sip:2030@198.51.100.1:5060>'],
  ])('%s goes there, and our Contact says how to come back', async (uri, way, contact) => {
    const { far, session } = await dials({ uri })
    const { transport, address, port } = session.flow ?? {}
    expect(`${transport} ${address} ${port}`).toBe(way)
    const invite = far.wire.last('INVITE')
    expect(invite.first('contact')).toBe(contact)
    expect(invite.via?.transport).toBe(transport?.toUpperCase())
  })

  test('a call to sips goes by TLS to its proxy too, or not at all', async () => {
    const uri = 'sips:1000@phone.example'
    const { session } = await dials({ uri, routes: ['<sip:192.0.2.7;lr>'] })
    expect(session.flow).toMatchObject({ transport: 'tls', address: '192.0.2.7', port: 5061 })
    const { told } = await dials({ uri, routes: ['<sip:192.0.2.7;lr;transport=udp>'] })
    expect(told).toEqual(['ended timeout transport'])
  })
})

describe('early media', () => {
  test('comes in a provisional response and stands when the 200 has none', async () => {
    const { far, told } = await dials()
    await far.answers(183, { body: a })
    await far.answers(183, { body: a })
    await far.answers(180)
    await far.answers(200)
    expect(told).toEqual(['trying', 'ringing 183', 'early a', 'ringing 183', 'ringing 180', 'answered a'])
  })

  test('is changed by the 200', async () => {
    const { far, told } = await dials()
    await far.answers(183, { body: a })
    await far.answers(200, { body: b })
    expect(told.slice(2)).toEqual(['early a', 'answered b'])
  })

  test('a 200 that describes nothing at all is hung up', async () => {
    const call = await dials()
    await call.far.answers(200)
    expect(call.far.story).toEqual(['INVITE', 'ACK', 'BYE'])
    expect(call.told).toEqual(['trying', 'ended bye'])
    expect(call.end).toMatchObject({ by: 'near' })
  })

  test('a reliable provisional response gets PRACK; repeated or out of order it is not heard again', async () => {
    const { far, told } = await dials()
    const reliable = (rseq: number): readonly string[] => ['Require: 100rel', `RSeq: ${rseq}`]
    await far.answers(183, { body: a, headers: reliable(7) })
    await far.answers(183, { body: a, headers: reliable(7) })
    await far.answers(180, { headers: reliable(9) })
    expect(far.story).toEqual(['INVITE', 'PRACK'])
    const prack = far.wire.last('PRACK')
    expect([prack.first('rack'), prack.toTag, prack.cseq?.number]).toEqual(['7 1 INVITE', 'far', 2])
    await far.answers(200, { to: 'PRACK' })
    await far.answers(180, { headers: reliable(8) })
    await far.answers(200, { to: 'PRACK' })
    await far.answers(200, { body: b })
    expect(told).toEqual(['trying', 'ringing 183', 'early a', 'ringing 180', 'answered a'])
    expect(far.wire.last('ACK').cseq?.number).toBe(1)
  })

  test('UPDATE changes what was given reliably, and nothing before that', async () => {
    const { far, told } = await dials()
    await far.answers(183, { body: a })
    await far.asks('UPDATE', { cseq: 1, body: b })
    expect(far.story.at(-1)).toBe('491 UPDATE')
    await far.answers(183, { body: a, headers: ['Require: 100rel', 'RSeq: 1'] })
    await far.asks('UPDATE', { cseq: 2, body: b })
    expect(far.story.at(-1)).toBe('200 UPDATE')
    await far.answers(200)
    expect(told.slice(-2)).toEqual(['offer b', 'answered b'])
  })
})

describe('an INVITE without an offer', () => {
  test('takes theirs in the 200 and answers it in the ACK, again when the 200 comes again', async () => {
    const { far, told } = await dials({ offer: undefined })
    expect(far.wire.last('INVITE').lists('supported', '100rel')).toBe(false)
    await far.answers(200, { body: a })
    await far.answers(200, { body: a })
    expect(far.story).toEqual(['INVITE', 'ACK', 'ACK'])
    expect(far.wire.last('ACK').body).toBe(offer)
    expect(told).toEqual(['trying', 'offer a', 'answered a'])
  })

  test.each([
    ['none comes', '', ['trying', 'ended bye']],
    ['it cannot be taken', `${a}m=video 4002 RTP/AVP 31\r\n`, ['trying', 'offer a', 'ended bye']],
  ])('is hung up when %s', async (_, body, expected) => {
    const { far, told } = await dials({ offer: undefined })
    await far.answers(200, { body })
    expect(far.story).toEqual(['INVITE', 'ACK', 'BYE'])
    expect(told).toEqual(expected)
  })
})

describe('is refused', () => {
  test('busy: the ACK has the branch of the INVITE, and is repeated for each 486', async () => {
    const { agent, clock, far, told } = await dials()
    await far.answers(486, { headers: ['Reason: Q.850;cause=17'] })
    await far.answers(486)
    const ack = far.wire.last('ACK')
    expect(ack.via?.params.get('branch')).toBe(far.wire.last('INVITE').via?.params.get('branch'))
    expect([ack.toTag, ack.requestUri]).toEqual(['far', farUri])
    expect(far.story).toEqual(['INVITE', 'ACK', 'ACK'])
    expect(told).toEqual(['trying', 'rejected 486', 'ended rejected'])
    expect(agent.counters.dialogs).toBe(0)
    await clock.advance(40_000)
    expect(agent.counters.transactions).toBe(0)
  })

  test('declined after ringing', async () => {
    const call = await dials()
    await call.far.answers(180)
    await call.far.answers(603, { headers: ['X-Why: no'] })
    expect(call.rejection).toMatchObject({ status: 603, reason: 'Whatever', contacts: [] })
    expect(call.rejection?.headers).toContainEqual(['X-Why', 'no'])
    expect(call.end).toEqual({ how: 'rejected', status: 603 })
  })

  test('sent elsewhere: the contacts, the most wanted first', async () => {
    const call = await dials()
    const headers = ['Contact: <sip:c@192.0.2.3>;q=0.1, <sip:a@192.0.2.1>', 'Contact: <sip:b@192.0.2.2>;q=0.5']
    await call.far.answers(302, { headers })
    expect(call.rejection?.contacts).toEqual(['sip:a@192.0.2.1', 'sip:b@192.0.2.2', 'sip:c@192.0.2.3'])
  })
})

describe('is given up', () => {
  test('while it rings: CANCEL, and the 487 is acknowledged', async () => {
    const { agent, far, session, told } = await dials()
    await far.answers(180)
    session.cancel('SIP;cause=200;text="Call completed elsewhere"')
    const cancel = far.wire.last('CANCEL')
    const invite = far.wire.last('INVITE')
    expect(cancel.first('via')).toBe(invite.first('via'))
    expect([cancel.requestUri, cancel.first('to'), cancel.cseq?.number, cancel.first('reason')]).toEqual([
      farUri,
      `<${farUri}>`,
      1,
      'SIP;cause=200;text="Call completed elsewhere"',
    ])
    expect(told).toEqual(['trying', 'ringing 180', 'ended cancelled'])
    await far.answers(200, { to: 'CANCEL' })
    await far.answers(487)
    expect(far.story).toEqual(['INVITE', 'CANCEL', 'ACK'])
    expect(agent.counters.dialogs).toBe(0)
    expect(told).toHaveLength(3)
  })

  test('before anything was heard: CANCEL waits for the first response', async () => {
    const { clock, far, session, told } = await dials()
    session.cancel()
    await clock.advance(600)
    expect(far.story).toEqual(['INVITE', 'INVITE'])
    await far.answers(100)
    expect(far.story.at(-1)).toBe('CANCEL')
    await far.answers(180)
    expect(told).toEqual(['ended cancelled'])
    expect(far.story.filter((what) => what === 'CANCEL')).toHaveLength(1)
  })

  test('in the moment of a 200: ACK and BYE', async () => {
    const { agent, clock, far, session, told } = await dials()
    await far.answers(180)
    session.cancel()
    await far.answers(200, { to: 'CANCEL' })
    await far.answers(200, { body: a })
    await far.answers(200, { body: a })
    expect(far.story).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE', 'ACK'])
    expect(far.wire.last('BYE').toTag).toBe('far')
    await far.answers(200, { to: 'BYE' })
    expect(told).toEqual(['trying', 'ringing 180', 'ended cancelled'])
    await clock.advance(40_000)
    expect(agent.counters).toMatchObject({ dialogs: 0, transactions: 0 })
  })

  test('answered at once, before any other response, and given up before that', async () => {
    const { far, session, told } = await dials()
    session.cancel()
    await far.answers(200, { body: a })
    expect(far.story).toEqual(['INVITE', 'ACK', 'BYE'])
    expect(told).toEqual(['ended cancelled'])
  })

  test('and the 487 never comes: forgotten 32 s after the CANCEL', async () => {
    const { agent, clock, far, session } = await dials()
    await far.answers(180)
    session.cancel()
    await far.answers(200, { to: 'CANCEL' })
    await clock.advance(31_999)
    expect(agent.counters.dialogs).toBe(1)
    await clock.advance(10_000)
    expect(agent.counters).toMatchObject({ dialogs: 0, transactions: 0 })
  })

  test('before anybody was there at all: no CANCEL, and nothing is left', async () => {
    const { agent, clock, far, session } = await dials()
    session.cancel()
    await clock.advance(40_000)
    expect(far.wire.times('INVITE')).toEqual(repeats)
    expect(far.story).not.toContain('CANCEL')
    expect(agent.counters).toMatchObject({ dialogs: 0, transactions: 0 })
  })

  test('while the name is looked up: nothing is sent', async () => {
    let found: (flows: readonly [typeof callerFlow]) => void = () => undefined
    const call = await dials(
      { uri: 'sip:1000@phone.example' },
      { resolve: () => new Promise((resolve) => (found = resolve)) },
    )
    call.session.cancel()
    found([callerFlow])
    await call.clock.settle()
    expect(call.far.story).toEqual([])
    expect(call.told).toEqual(['ended cancelled'])
    expect(call.agent.counters.dialogs).toBe(0)
  })

  test('by bye, which waits for the 487, 2 s at most', async () => {
    const { clock, far, session } = await dials()
    await far.answers(180)
    let over = -1
    void session.bye(16, 'x').then(() => (over = clock.now()))
    await clock.advance(300)
    expect(far.wire.last('CANCEL').first('reason')).toBe('Q.850;cause=16;text="x"')
    await far.answers(487)
    expect(over).toBe(300)
  })

  test('after the answer, it is hung up', async () => {
    const { far, session, told } = await isAnswered()
    session.cancel()
    expect(far.story).toEqual(['INVITE', 'BYE'])
    expect(told).toEqual(['ended bye'])
  })
})

describe('nobody answers', () => {
  test('timer B: the INVITE is repeated for 32 s', async () => {
    const { agent, clock, far, told } = await dials()
    await clock.advance(31_999)
    expect(far.wire.times('INVITE')).toEqual(repeats)
    expect(told).toEqual([])
    await clock.advance(1)
    expect(told).toEqual(['ended timeout answer'])
    expect(agent.counters).toMatchObject({ dialogs: 0, transactions: 0 })
  })

  test('timer C: 3 minutes after the last ringing it is cancelled', async () => {
    const { agent, clock, far, told } = await dials()
    await far.answers(180)
    await clock.advance(170_000)
    await far.answers(180)
    await clock.advance(179_999)
    expect(far.story).toEqual(['INVITE'])
    await clock.advance(1)
    expect(far.story).toEqual(['INVITE', 'CANCEL'])
    expect(told).toEqual(['trying', 'ringing 180', 'ringing 180', 'ended timeout answer'])
    await far.answers(200, { to: 'CANCEL' })
    await far.answers(487)
    expect(far.story.at(-1)).toBe('ACK')
    expect(agent.counters.dialogs).toBe(0)
  })

  test('a far end that cannot be reached is left for the next address; so is one that says 503', async () => {
    const flows = ['192.0.2.11', '192.0.2.12', '192.0.2.13'].map((address) => ({ ...callerFlow, address }))
    const { clock, far, told } = await dials(
      { uri: 'sip:1000@trunk.example' },
      { resolve: () => Promise.resolve(flows) },
    )
    await clock.advance(32_000)
    await far.answers(503)
    await far.answers(180)
    expect([...new Set(far.wire.heard.map(({ to }) => to.address))]).toEqual(flows.map(({ address }) => address))
    const invites = far.wire.heard.filter(({ what }) => what === 'INVITE').map(({ message }) => message)
    expect(new Set(invites.map(({ callId }) => callId)).size).toBe(1)
    expect(invites.at(-1)?.cseq?.number).toBe(3)
    expect(told).toEqual(['trying', 'ringing 180'])
  })

  test('the last address that says 503 has refused', async () => {
    const { far, told } = await dials()
    await far.answers(503)
    expect(told).toEqual(['trying', 'rejected 503', 'ended rejected'])
  })
})

describe('challenges', () => {
  const credentials = { username: 'pivot', password: 'secret' }
  const challenge = (realm: string): string =>
    `Digest realm="${realm}", nonce="n-${realm}", qop="auth", algorithm=SHA-256`

  test('401 is answered once, with the same Call-ID and From and the next CSeq', async () => {
    const { far, told } = await dials({ credentials })
    await far.answers(401, { headers: [`WWW-Authenticate: ${challenge('here')}`] })
    expect(far.story).toEqual(['INVITE', 'ACK', 'INVITE'])
    const [first, , again] = far.wire.heard.map(({ message }) => message)
    expect(again?.first('authorization')).toMatch(/^Digest username="pivot", realm="here", .*uri="sip:1000@192.0.2.10"/)
    expect([again?.callId, again?.fromTag, again?.cseq?.number, again?.toTag]).toEqual([
      first?.callId,
      first?.fromTag,
      2,
      '',
    ])
    await far.answers(200, { body: a })
    expect(far.wire.last('ACK').first('authorization')).toBe(again?.first('authorization'))
    expect(far.wire.last('ACK').cseq?.number).toBe(2)
    expect(told).toEqual(['trying', 'answered a'])
  })

  test('a proxy and the far end may both ask; whoever asks twice has refused us', async () => {
    const { far, told } = await dials({ credentials })
    await far.answers(407, { headers: [`Proxy-Authenticate: ${challenge('proxy')}`] })
    await far.answers(401, { headers: [`WWW-Authenticate: ${challenge('here')}`] })
    const invite = far.wire.last('INVITE')
    expect([invite.count('proxy-authorization'), invite.count('authorization')]).toEqual([1, 1])
    await far.answers(407, { headers: [`Proxy-Authenticate: ${challenge('proxy')}`] })
    expect(told).toEqual(['trying', 'rejected 407', 'ended rejected'])
    expect(far.story.filter((what) => what === 'INVITE')).toHaveLength(3)
  })

  test('without credentials, or with an algorithm that we do not know, it is a refusal', async () => {
    const without = await dials()
    await without.far.answers(401, { headers: [`WWW-Authenticate: ${challenge('here')}`] })
    const unknown = await dials({ credentials })
    await unknown.far.answers(401, { headers: ['WWW-Authenticate: Digest realm="x", nonce="n", algorithm=WHIRL'] })
    for (const { told } of [without, unknown]) expect(told.at(-2)).toBe('rejected 401')
  })

  test('by TCP, where a refusal is forgotten at once, the call is still known to be out', async () => {
    const flow = { ...callerFlow, transport: 'tcp' } as const
    const { agent, far, session } = await dials({ credentials, flow })
    expect(far.wire.last('INVITE').first('contact')).toBe('<sip:2030@198.51.100.1:5060;transport=tcp>')
    await far.answers(401, { headers: [`WWW-Authenticate: ${challenge('here')}`] })
    await far.answers(100)
    session.cancel()
    expect(agent.counters.dialogs).toBe(1)
    await far.answers(487)
    expect(agent.counters.dialogs).toBe(0)
    expect(far.story).toEqual(['INVITE', 'ACK', 'INVITE', 'CANCEL', 'ACK'])
  })

  test('a BYE is challenged too', async () => {
    const { far, session } = await isAnswered({ credentials })
    const done = session.bye(16, 'x')
    await far.answers(407, { to: 'BYE', headers: [`Proxy-Authenticate: ${challenge('proxy')}`] })
    expect(far.wire.last('BYE').first('proxy-authorization')).toContain('realm="proxy"')
    expect(far.wire.last('BYE').cseq?.number).toBe(3)
    await far.answers(200, { to: 'BYE' })
    await done
    expect(far.story).toEqual(['INVITE', 'BYE', 'BYE'])
  })
})

describe('forks', () => {
  test('each rings and has media of its own; the first 200 wins, the second is hung up', async () => {
    const { agent, far, session, told } = await dials()
    await far.answers(180, { tag: 'one' })
    await far.answers(183, { tag: 'two', body: b })
    await far.answers(200, { tag: 'one', body: a })
    await far.answers(200, { tag: 'two', body: b })
    await far.answers(200, { tag: 'one', body: a })
    await far.answers(200, { tag: 'two', body: b })
    expect(told).toEqual(['trying', 'ringing 180', 'ringing 183', 'early b', 'answered a'])
    const tags = far.wire.heard.map(({ what, message }) => `${what} ${message.toTag}`)
    expect(tags.slice(1)).toEqual(['ACK one', 'ACK two', 'BYE two', 'ACK one', 'ACK two'])
    await far.answers(200, { to: 'BYE' })
    await far.asks('INFO', { cseq: 1, tag: 'two' })
    expect(far.story.at(-1)).toBe('481 INFO')
    expect(agent.counters.dialogs).toBe(1)
    void session.bye(16, 'x')
    expect(far.wire.last('BYE').toTag).toBe('one')
  })

  test('more of them than anybody has are not kept', async () => {
    const { far, told } = await dials()
    for (let count = 0; count < 30; count++)
      await far.answers(183, { tag: `t${count}`, body: descriptionOf(`d${count}`) })
    expect(told.filter((line) => line.startsWith('early'))).toHaveLength(16)
  })
})

describe('in the dialog', () => {
  test('the far end holds, updates and presses a key', async () => {
    const { far, told } = await isAnswered()
    await far.asks('INVITE', { cseq: 1, body: b })
    expect(far.wire.last('200 INVITE').body).toBe(offer)
    await far.asks('ACK', { cseq: 1 })
    await far.asks('UPDATE', { cseq: 2, body: a })
    await far.asks('INFO', { cseq: 3, body: 'Signal=5\r\nDuration=100\r\n', type: 'application/dtmf-relay' })
    await far.asks('INFO', { cseq: 2 })
    expect(told).toEqual(['offer b', 'offer a', 'digit 5 100'])
    expect(far.story.slice(1)).toEqual(['200 INVITE', '200 UPDATE', '200 INFO', '500 INFO'])
  })

  test('we offer anew: answered, acknowledged; refused, the call goes on; met by theirs, tried again', async () => {
    const { clock, far, session } = await isAnswered()
    const first = session.offerAnew(b)
    const second = session.offerAnew(a)
    expect(far.wire.last('INVITE').body).toBe(b)
    expect(far.wire.last('INVITE').toTag).toBe('far')
    await far.asks('INVITE', { cseq: 1, body: a })
    expect(far.story.at(-1)).toBe('491 INVITE')
    await far.answers(200, { body: a, headers: ['Contact: <sip:1000@192.0.2.10:5099>'] })
    expect(await first).toBe(a)
    expect(far.wire.last('ACK').requestUri).toBe('sip:1000@192.0.2.10:5060')
    await far.answers(491)
    const before = far.wire.times('INVITE').length
    await clock.advance(2_099)
    expect(far.wire.times('INVITE')).toHaveLength(before)
    await clock.advance(1_901)
    expect(far.wire.last('INVITE').requestUri).toBe('sip:1000@192.0.2.10:5099')
    await far.answers(488)
    expect(await second).toBeUndefined()
    void session.bye(16, 'x')
    expect(await session.offerAnew(a)).toBeUndefined()
  })

  test('offers wait while theirs has no ACK', async () => {
    const { clock, far, session } = await isAnswered()
    await far.asks('INVITE', { cseq: 1, body: b })
    void session.offerAnew(a)
    await clock.settle()
    expect(far.story).toEqual(['INVITE', '200 INVITE'])
    await far.asks('ACK', { cseq: 1 })
    await clock.advance(4_000)
    expect(far.story.at(-1)).toBe('INVITE')
  })

  test('a far end that does not know the call any more ends it', async () => {
    const { far, session, told } = await isAnswered()
    const answered = session.offerAnew(b)
    await far.answers(481)
    expect(await answered).toBeUndefined()
    expect(told).toEqual(['ended timeout session-timer'])
  })

  test('session timer: asked for by us, agreed by them, refreshed by whom they say', async () => {
    const call = await dials()
    expect(call.far.wire.last('INVITE').first('session-expires')).toBe('1800')
    await call.far.answers(200, { body: a, headers: ['Session-Expires: 600;refresher=uac', 'Allow: UPDATE'] })
    await call.clock.advance(300_000)
    expect(call.far.story).toEqual(['INVITE', 'ACK', 'UPDATE'])
    expect(call.far.wire.last('UPDATE').first('session-expires')).toBe('600;refresher=uac')
    await call.far.answers(200, { to: 'UPDATE', headers: ['Session-Expires: 600;refresher=uas'] })
    await call.clock.advance(568_000)
    expect(call.far.story.at(-1)).toBe('BYE')
    expect(call.end).toEqual({ how: 'timeout', what: 'session-timer' })
  })

  test('session timer: too short for them, we ask for more; not wanted, there is none', async () => {
    const { clock, far } = await dials()
    await far.answers(422, { headers: ['Min-SE: 3600'] })
    const invite = far.wire.last('INVITE')
    expect([invite.first('session-expires'), invite.first('min-se'), invite.cseq?.number]).toEqual(['3600', '3600', 2])
    await far.answers(200, { body: a })
    await clock.advance(7_200_000)
    expect(far.story).toEqual(['INVITE', 'ACK', 'INVITE', 'ACK'])
  })
})
