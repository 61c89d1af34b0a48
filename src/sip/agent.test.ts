import { describe, expect, test } from 'vitest'
import { answer, callerFlow, house, offer, requestText } from '../../test/support/sip-wire.ts'
import type { Flow } from './session.ts'

const invite = { body: offer }

describe('what is not a call', () => {
  test('OPTIONS, also without a user, is answered with what we can do', async () => {
    const { caller, agent } = house()
    await caller.says('OPTIONS', { uri: 'sip:198.51.100.1' })
    const ok = caller.last('200 OPTIONS')
    expect(ok.first('allow')).toBe('INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY')
    expect(ok.first('accept')).toBe('application/sdp')
    expect(ok.first('supported')).toBe('100rel, timer, replaces, norefersub')
    expect(ok.first('allow-events')).toBe('refer, message-summary')
    expect(ok.toTag).not.toBe('')
    expect(agent.counters.transactions).toBe(0)
  })

  test('OPTIONS says 503 when we are not ready', async () => {
    const { caller } = house({ onOptions: () => false })
    await caller.says('OPTIONS')
    expect(caller.story).toEqual(['503 OPTIONS'])
  })

  test.each(['REGISTER', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE'])('%s is refused with 405', async (method) => {
    const { caller, agent } = house()
    await caller.says(method)
    expect(caller.last(`405 ${method}`).first('allow')).toContain('INVITE')
    expect(agent.counters.transactions).toBe(0)
  })

  test.each([
    ['REFER', 403],
    ['NOTIFY', 481],
  ])('%s without a call: %i', async (method, status) => {
    const { caller, agent } = house()
    await caller.says(method, { headers: ['Refer-To: <sip:x@y>', 'Event: refer'] })
    expect(caller.story).toEqual([`${status} ${method}`])
    expect(agent.counters.transactions).toBe(0)
  })

  test('REFER before the answer must wait, and the call goes on', async () => {
    const { caller, call } = house()
    await caller.says('INVITE', invite)
    call().session.ring()
    await caller.says('REFER', { toTag: caller.toTag, cseq: 2, headers: ['Refer-To: <sip:x@y>'] })
    expect(caller.story.at(-1)).toBe('491 REFER')
    expect(call().end).toBeUndefined()
  })

  test('a method that nobody knows: 501', async () => {
    const { caller } = house()
    await caller.says('DANCE')
    expect(caller.story).toEqual(['501 DANCE'])
  })

  test.each(['BYE', 'INFO', 'UPDATE', 'PRACK', 'INVITE', 'OPTIONS'])(
    '%s in a call that is not: 481',
    async (method) => {
      const { caller, calls } = house()
      await caller.says(method, { toTag: 'nobody' })
      expect(caller.story).toEqual([`481 ${method}`])
      expect(calls).toEqual([])
    },
  )

  test('a To tag that is right with a From tag that is wrong is not that call', async () => {
    const { caller, call } = house()
    await caller.says('INVITE', invite)
    call().session.ring()
    await caller.says('BYE', { toTag: caller.toTag, fromTag: 'somebody-else', cseq: 2 })
    expect(caller.story.at(-1)).toBe('481 BYE')
    expect(call().end).toBeUndefined()
  })

  test('stray ACKs, responses, keep-alives and noise get no answer', async () => {
    const { caller } = house()
    await caller.says('ACK', { toTag: 'nobody' })
    for (const noise of [
      '\r\n\r\n',
      '\0\0\0\0',
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'SIP/2.0 200 OK\r\nVia: x\r\n\r\n',
    ]) {
      await caller.sends(noise)
    }
    await caller.sends(Buffer.alloc(70_000, 'x'))
    expect(caller.story).toEqual([])
  })

  test('a retransmission of what was refused gets the same answer with the same tag', async () => {
    const { caller } = house()
    const branch = await caller.says('REGISTER')
    const first = caller.toTag
    await caller.says('REGISTER', { branch })
    expect(caller.toTag).toBe(first)
  })
})

describe('an INVITE that is refused before it rings', () => {
  test.each([
    ['an extension that we do not know', { headers: ['Require: 100rel, foo, bar'] }, 420, 'unsupported', 'foo, bar'],
    ['a body that we do not know', { body: 'x', type: 'text/plain' }, 415, 'accept', 'application/sdp'],
    ['an encoding that we do not know', { headers: ['Content-Encoding: gzip'] }, 415, 'accept-encoding', 'identity'],
    ['answers that we do not have', { headers: ['Accept: text/plain'] }, 406, undefined, undefined],
    ['a scheme that we do not know', { uri: 'mailto:a@b.example' }, 416, undefined, undefined],
  ])('%s', async (_, parts, status, header, value) => {
    const { caller, calls, agent } = house()
    await caller.says('INVITE', { ...invite, ...parts })
    const refused = caller.last(`${status} INVITE`)
    if (header !== undefined) expect(refused.first(header)).toBe(value)
    await caller.says('ACK', { toTag: caller.toTag })
    expect(caller.story).toEqual([`${status} INVITE`])
    expect(calls).toEqual([])
    expect(agent.counters.transactions).toBe(0)
  })

  test('Max-Forwards 0: 483 for a call, but OPTIONS is answered', async () => {
    const { caller } = house()
    for (const method of ['INVITE', 'OPTIONS']) {
      await caller.sends(
        requestText(method, { branch: `z9hG4bK${method}` }).replace('Max-Forwards: 70', 'Max-Forwards: 0'),
      )
    }
    expect(caller.story).toEqual(['483 INVITE', '200 OPTIONS'])
  })

  test('the same INVITE by another way: 482; the next CSeq of the same Call-ID is a call of its own', async () => {
    const { caller, calls } = house()
    await caller.says('INVITE', invite)
    await caller.says('INVITE', invite)
    expect(caller.story).toEqual(['482 INVITE'])
    calls[0]?.session.reject(401)
    await caller.says('INVITE', { ...invite, cseq: 2 })
    expect(calls).toHaveLength(2)
  })

  test('bodies that may be ignored are', async () => {
    const { caller, calls } = house()
    const headers = ['Content-Disposition: render;handling=optional']
    await caller.says('INVITE', { body: 'x', type: 'text/plain', headers })
    expect(calls).toHaveLength(1)
    expect(calls[0]?.session.offer).toBeUndefined()
  })
})

describe('numbers and names', () => {
  test.each([
    ['sip:%2B15551230001@198.51.100.1;user=phone', '+15551230001'],
    ['tel:+1-555-123-0001;phone-context=example.com', '+1-555-123-0001'],
    ['sip:2030:secret@198.51.100.1', '2030'],
    ['sip:caf%C3%A9@[2001:db8::1]:5070;transport=udp', 'café'],
    ['sips:2030@example.com', '2030'],
    ['sip:198.51.100.1', ''],
  ])('%s is for %j', async (uri, user) => {
    const { caller, call } = house()
    await caller.says('INVITE', { ...invite, uri })
    expect(call().session.requestUri.user).toBe(user)
  })

  test('a name in UTF-8 is read as such, and comes back byte for byte', async () => {
    const { caller, call, clock } = house()
    await caller.sends(
      requestText('INVITE', { branch: 'z9hG4bKx', body: offer }).replace('"Caller"', '"Jürg \\"J\\" Ω"'),
    )
    expect(call().session.from.displayName).toBe('Jürg "J" Ω')
    await clock.advance(200)
    expect(Buffer.from(caller.last('100 INVITE').first('from') ?? '', 'latin1').toString()).toContain('Jürg')
  })

  test('headers are found in any case and in short', async () => {
    const { caller, call } = house()
    const headers = ['p-asserted-identity: "A" <sip:+1555@x.example>', 'Diversion: <sip:1@x>', 'k: 100rel']
    await caller.says('INVITE', { ...invite, headers })
    const { session } = call()
    expect(session.header('P-Asserted-Identity')).toBe('"A" <sip:+1555@x.example>')
    expect(session.header('supported')).toBe('100rel')
    expect(session.header('i')).toBe('call-1@192.0.2.10')
    expect(session.headers).toContainEqual(['Diversion', '<sip:1@x>'])
  })
})

describe('ways', () => {
  const behindNat: Flow = { transport: 'udp', address: '203.0.113.9', port: 40_123 }

  test('rport: the answer goes where the request came from, and says so (RFC 3581)', async () => {
    const { caller } = house()
    await caller.says('OPTIONS', { via: 'SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1;rport' }, behindNat)
    expect(caller.heard[0]?.to).toEqual(behindNat)
    expect(caller.last('200 OPTIONS').first('via')).toBe(
      'SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1;rport=40123;received=203.0.113.9',
    )
  })

  test('without rport it goes to the port of Via', async () => {
    const { caller } = house()
    await caller.says('OPTIONS', { via: 'SIP/2.0/UDP 10.0.0.5:5070;branch=z9hG4bK1' }, behindNat)
    expect(caller.heard[0]?.to).toEqual({ ...behindNat, port: 5070 })
    expect(caller.last('200 OPTIONS').first('via')).toContain('received=203.0.113.9')
  })

  test('maddr is not followed, and a forged received is replaced', async () => {
    const { caller } = house()
    await caller.says('OPTIONS', {
      via: 'SIP/2.0/UDP x.example;branch=z9hG4bK1;rport;maddr=192.0.2.99;received=192.0.2.98',
    })
    expect(caller.heard[0]?.to).toEqual(callerFlow)
    expect(caller.last('200 OPTIONS').first('via')).toContain('received=192.0.2.10')
  })

  const byes = async (
    headers: readonly string[],
    flow: Flow = callerFlow,
  ): Promise<readonly [Flow, string, readonly string[]]> => {
    const { caller, call } = house({}, flow)
    await caller.says('INVITE', { ...invite, headers })
    void call().session.answer(answer)
    await caller.says('ACK', { toTag: caller.toTag })
    void call().session.bye(16, 'x')
    const { message, to } = caller.heard.at(-1) ?? { message: caller.last('BYE'), to: flow }
    return [to, message.requestUri, message.all('route')]
  }

  test('BYE goes to the Contact', async () => {
    expect(await byes(['Contact: <sip:a@192.0.2.55:5099>'])).toEqual([
      { transport: 'udp', address: '192.0.2.55', port: 5099 },
      'sip:a@192.0.2.55:5099',
      [],
    ])
  })

  test('BYE goes to where the call came from when the Contact is a name or a private address of elsewhere', async () => {
    for (const contact of ['sip:a@phone.invalid', 'sip:a@10.1.2.3:5062', 'sip:a@192.168.0.4']) {
      const [to, uri] = await byes([`Contact: <${contact}>`], { ...callerFlow, address: '8.8.4.4', port: 4_321 })
      expect(uri).toBe(contact)
      expect(to).toEqual({ transport: 'udp', address: '8.8.4.4', port: 4_321 })
    }
  })

  test('BYE goes back on the connection that the call came on', async () => {
    const flow: Flow = { transport: 'tcp', address: '192.0.2.10', port: 56_688 }
    const [to] = await byes(['Contact: <sip:a@192.0.2.10:5102;transport=tcp>'], flow)
    expect(to).toEqual(flow)
  })

  test('Record-Route comes back in the 200 and is the Route of the BYE, two entries of one proxy too', async () => {
    const headers = [
      'Record-Route: <sip:192.0.2.1;r2=on;lr>, <sip:192.0.2.1:5061;transport=tcp;r2=on;lr>',
      'Record-Route: <sip:192.0.2.2;lr>',
    ]
    expect(await byes(headers)).toEqual([
      { transport: 'udp', address: '192.0.2.1', port: 5060 },
      'sip:1000@192.0.2.10:5060',
      ['<sip:192.0.2.1;r2=on;lr>', '<sip:192.0.2.1:5061;transport=tcp;r2=on;lr>', '<sip:192.0.2.2;lr>'],
    ])
    const { caller, call } = house()
    await caller.says('INVITE', { ...invite, headers })
    void call().session.answer(answer)
    expect(caller.last('200 INVITE').list('record-route')).toHaveLength(3)
  })

  test('a strict router of RFC 2543 gets its way', async () => {
    expect(await byes(['Record-Route: <sip:192.0.2.1>'])).toEqual([
      { transport: 'udp', address: '192.0.2.1', port: 5060 },
      'sip:192.0.2.1',
      ['<sip:1000@192.0.2.10:5060>'],
    ])
  })

  test('a phone that sends the ACK for a 200 with the branch of the INVITE is understood', async () => {
    const { caller, call, clock } = house()
    const branch = await caller.says('INVITE', invite)
    void call().session.answer(answer)
    await caller.says('ACK', { branch, toTag: caller.toTag })
    await clock.advance(40_000)
    expect(caller.times('200 INVITE')).toEqual([0])
  })

  test('a phone of RFC 2543, without a branch, can call, cancel and acknowledge', async () => {
    const { caller, call, clock } = house()
    const old = { via: 'SIP/2.0/UDP 192.0.2.10:5060' }
    await caller.says('INVITE', { ...invite, ...old })
    await caller.says('INVITE', { ...invite, ...old })
    await caller.says('CANCEL', old)
    await caller.says('ACK', { ...old, toTag: caller.toTag })
    await clock.advance(60_000)
    expect(caller.story).toEqual(['200 CANCEL', '487 INVITE'])
    expect(call().end?.how).toBe('cancelled')
  })
})

describe('limits', () => {
  test('more calls than may be: 503 with Retry-After, nothing kept', async () => {
    const { caller, agent, calls } = house({ limits: { mostCalls: 1, retryAfterSeconds: 7 } })
    await caller.says('INVITE', invite)
    await caller.says('INVITE', { ...invite, callId: 'other' })
    expect(caller.last('503 INVITE').first('retry-after')).toBe('7')
    expect(calls).toHaveLength(1)
    expect(agent.counters).toMatchObject({ transactions: 1, dialogs: 1, refused: 1 })
  })

  test('more new calls a second than may be, of one source and of all', async () => {
    const { caller, clock } = house({ limits: { callsPerSecond: 3, callsPerSecondPerSource: 2 } })
    const other: Flow = { ...callerFlow, address: '192.0.2.11' }
    let number = 0
    const dials = (from: Flow): Promise<string> => caller.says('INVITE', { ...invite, callId: `c${++number}` }, from)
    for (const from of [callerFlow, callerFlow, callerFlow, other, other]) await dials(from)
    expect(caller.story.map((what) => what.slice(0, 3))).toEqual(['503', '503'])
    await clock.advance(1_000)
    await dials(callerFlow)
    await clock.advance(200)
    expect(caller.story.at(-1)).toBe('100 INVITE')
  })

  test('a flood of requests from one source gets no answers; calls that stand are not touched', async () => {
    const { caller, call } = house({ limits: { requestsPerSecondPerSource: 3 } })
    await caller.says('INVITE', invite)
    void call().session.answer(answer)
    await caller.says('ACK', { toTag: caller.toTag })
    for (let count = 0; count < 20; count++) await caller.says('OPTIONS')
    await caller.says('BYE', { toTag: caller.last('200 INVITE').toTag, cseq: 2 })
    expect(caller.story).toEqual(['200 INVITE', '200 OPTIONS', '200 OPTIONS', '200 BYE'])
  })

  test('the owner may refuse', async () => {
    const { caller, calls } = house({ mayTake: () => false })
    await caller.says('INVITE', invite)
    expect(caller.story).toEqual(['503 INVITE'])
    expect(calls).toEqual([])
  })

  test('draining: new calls and OPTIONS get 503, the call that stands goes on', async () => {
    const { caller, call, agent } = house()
    await caller.says('INVITE', invite)
    void call().session.answer(answer)
    await caller.says('ACK', { toTag: caller.toTag })
    agent.drain()
    await caller.says('INVITE', { ...invite, callId: 'late' })
    await caller.says('OPTIONS')
    await caller.says('UPDATE', { toTag: caller.last('200 INVITE').toTag, cseq: 2 })
    expect(caller.story.slice(1)).toEqual(['503 INVITE', '503 OPTIONS', '200 UPDATE'])
  })

  test('stopping says BYE to whoever is left', async () => {
    const { caller, call, agent, clock } = house()
    await caller.says('INVITE', invite)
    void call().session.answer(answer)
    await caller.says('ACK', { toTag: caller.toTag })
    const stopped = agent.hangUpAll()
    await clock.settle()
    await caller.replies(200)
    await stopped
    expect(agent.counters.dialogs).toBe(0)
  })

  test('an owner that throws costs the caller 500, not the server', async () => {
    const { caller, agent } = house({
      onInvite: () => {
        throw new Error('defect')
      },
    })
    await caller.says('INVITE', invite)
    await caller.says('OPTIONS')
    expect(caller.story).toEqual(['500 INVITE', '200 OPTIONS'])
    expect(agent.counters.dialogs).toBe(0)
  })
})
