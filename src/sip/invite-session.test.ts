import { describe, expect, test } from 'vitest'
import { answer, house, offer, type Caller, type House, type RequestParts } from '../../test/support/sip-wire.ts'

const repeats = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
const requires100rel = { headers: ['Require: 100rel'] }

async function calls(parts: RequestParts = {}): Promise<House> {
  const made = house()
  await made.caller.says('INVITE', { body: offer, ...parts })
  return made
}

async function isAnswered(parts: RequestParts = {}): Promise<House & { readonly toTag: string }> {
  const made = await calls(parts)
  void made.call().session.answer(answer)
  const { toTag } = made.caller
  await made.caller.says('ACK', { toTag })
  made.caller.heard.length = 0
  return { ...made, toTag }
}

const pracks = async (caller: Caller, response: string, parts: RequestParts = {}): Promise<void> => {
  const rseq = caller.last(response).first('rseq') ?? ''
  await caller.says('PRACK', { cseq: 2, toTag: caller.toTag, headers: [`RAck: ${rseq} 1 INVITE`], ...parts })
}

describe('a call', () => {
  test('is tried, rung, answered, acknowledged and hung up by the caller', async () => {
    const { caller, call, clock, agent } = await calls()
    const { session, told } = call()
    expect([session.callId, session.from.user, session.from.displayName, session.to.user, session.offer]).toEqual([
      'call-1@192.0.2.10',
      '1000',
      'Caller',
      '2030',
      offer,
    ])
    session.ring()
    const answered = session.answer(answer)
    await clock.settle()
    expect(caller.story).toEqual(['180 INVITE', '200 INVITE'])
    const ok = caller.last('200 INVITE')
    expect(ok.body).toBe(answer)
    expect(ok.first('contact')).toBe('<sip:2030@198.51.100.1:5060>')
    expect(caller.last('180 INVITE').toTag).toBe(ok.toTag)
    await caller.says('ACK', { toTag: ok.toTag })
    await answered
    await caller.says('BYE', { toTag: ok.toTag, cseq: 2, headers: ['Reason: Q.850;cause=16'] })
    expect(told).toEqual(['ended bye'])
    expect(call().end).toEqual({ how: 'bye', by: 'far', reason: 'Q.850;cause=16' })
    expect(caller.story.at(-1)).toBe('200 BYE')
    expect(agent.counters.dialogs).toBe(0)
    await clock.advance(40_000)
    expect(agent.counters).toMatchObject({ transactions: 0, retransmitted: 0, sent: 3 })
  })

  test('is hung up by us with a Reason, and the waiting ends when the caller has confirmed', async () => {
    const { caller, call, clock } = await isAnswered()
    const done = call().session.bye(16, 'Normal call clearing')
    await clock.settle()
    const bye = caller.last('BYE')
    expect(bye.requestUri).toBe('sip:1000@192.0.2.10:5060')
    expect(bye.first('reason')).toBe('Q.850;cause=16;text="Normal call clearing"')
    expect(call().end).toEqual({ how: 'bye', by: 'near', reason: undefined })
    await caller.replies(200)
    await done
    expect(clock.now()).toBe(0)
  })

  test('is over for us after 2 s when our BYE is not answered, and is still repeated', async () => {
    const { caller, call, clock } = await isAnswered()
    let over = -1
    void call()
      .session.bye(16, 'x')
      .then(() => (over = clock.now()))
    await clock.advance(40_000)
    expect(over).toBe(2_000)
    expect(caller.times('BYE')).toEqual(repeats)
  })

  test('gets 200 for a BYE that crosses ours, and 481 for anything else by then', async () => {
    const { caller, call, toTag } = await isAnswered()
    void call().session.bye(16, 'x')
    await caller.says('INFO', { toTag, cseq: 2 })
    await caller.says('BYE', { toTag, cseq: 3 })
    expect(caller.story).toEqual(['BYE', '481 INFO', '200 BYE'])
    expect(call().told).toEqual(['ended bye'])
  })

  test('that we refuse: the refusal is repeated until the ACK', async () => {
    const { caller, call, clock } = house()
    const branch = await caller.says('INVITE', { body: offer })
    call().session.reject(486, undefined, [['Reason', 'Q.850;cause=17']])
    expect(call().end).toEqual({ how: 'rejected', status: 486 })
    await clock.advance(1_000)
    expect(caller.times('486 INVITE')).toEqual([0, 500])
    expect(caller.last('486 INVITE').first('reason')).toBe('Q.850;cause=17')
    await caller.says('ACK', { branch, toTag: caller.toTag })
    await clock.advance(40_000)
    expect(caller.times('486 INVITE')).toEqual([0, 500])
  })

  test('that is refused and never acknowledged is forgotten after 32 s', async () => {
    const { caller, call, clock, agent } = await calls()
    call().session.reject(404)
    await clock.advance(60_000)
    expect(caller.times('404 INVITE')).toEqual(repeats)
    expect(agent.counters).toMatchObject({ transactions: 0, dialogs: 0 })
  })

  test('whose 200 is never acknowledged: the 200 is repeated for 32 s, then we say BYE', async () => {
    const { caller, call, clock } = await calls()
    void call().session.answer(answer)
    await clock.advance(31_999)
    expect(caller.times('200 INVITE')).toEqual(repeats)
    expect(caller.times('BYE')).toEqual([])
    await clock.advance(1)
    expect(caller.times('BYE')).toEqual([32_000])
    expect(call().end).toEqual({ how: 'timeout', what: 'ack' })
  })

  test('whose ACK was lost is answered again and goes on', async () => {
    const { caller, call, clock, agent } = await calls()
    void call().session.answer(answer)
    await clock.advance(600)
    await caller.says('ACK', { toTag: caller.toTag })
    await clock.advance(40_000)
    expect(caller.times('200 INVITE')).toEqual([0, 500])
    expect(agent.counters).toMatchObject({ dialogs: 1, retransmitted: 1 })
  })

  test('is not hung up before the ACK has come (RFC 3261 section 15)', async () => {
    const { caller, call, clock } = await calls()
    void call().session.answer(answer)
    void call().session.bye(16, 'x')
    await clock.advance(100)
    expect(caller.story).not.toContain('BYE')
    await caller.says('ACK', { toTag: caller.toTag })
    expect(caller.times('BYE')).toEqual([100])
  })

  test('rings on: a proxy hears of it every minute', async () => {
    const { caller, call, clock } = await calls()
    call().session.ring()
    await clock.advance(130_000)
    expect(caller.times('180 INVITE')).toEqual([0, 60_000, 120_000])
  })

  test('that says how long it waits is given up after that', async () => {
    const { caller, call, clock } = await calls({ headers: ['Expires: 20'] })
    call().session.ring()
    await clock.advance(20_000)
    expect(caller.times('487 INVITE')).toEqual([20_000])
    expect(call().end).toEqual({ how: 'cancelled', reason: undefined })
  })

  test('commands after the end do nothing', async () => {
    const { caller, call, clock, toTag } = await isAnswered()
    await caller.says('BYE', { toTag, cseq: 2 })
    const { session } = call()
    session.ring()
    session.reject(486)
    await Promise.all([session.progress(answer), session.answer(answer), session.bye(16, 'x')])
    await clock.settle()
    expect(caller.story).toEqual(['200 BYE'])
    expect(call().told).toEqual(['ended bye'])
  })
})

describe('CANCEL', () => {
  test('while it rings: 200, 487, and the owner hears why', async () => {
    const { caller, call } = house()
    const branch = await caller.says('INVITE', { body: offer })
    call().session.ring()
    await caller.says('CANCEL', { branch, headers: ['Reason: SIP;cause=200;text="Call completed elsewhere"'] })
    expect(caller.story).toEqual(['180 INVITE', '200 CANCEL', '487 INVITE'])
    expect(call().end).toEqual({ how: 'cancelled', reason: 'SIP;cause=200;text="Call completed elsewhere"' })
    await caller.says('ACK', { branch, toTag: caller.toTag })
    await caller.says('CANCEL', { branch })
    expect(caller.story.at(-1)).toBe('200 CANCEL')
  })

  test('after the 200 has no effect: the caller sends ACK and BYE', async () => {
    const { caller, call } = house()
    const branch = await caller.says('INVITE', { body: offer })
    void call().session.answer(answer)
    await caller.says('CANCEL', { branch })
    expect(caller.story).toEqual(['200 INVITE', '200 CANCEL'])
    expect(call().told).toEqual([])
    await caller.says('ACK', { toTag: caller.toTag })
    await caller.says('BYE', { toTag: caller.toTag, cseq: 2 })
    expect(call().end?.how).toBe('bye')
  })

  test('of nothing: 481', async () => {
    const { caller } = house()
    await caller.says('CANCEL')
    expect(caller.story).toEqual(['481 CANCEL'])
  })

  test('a BYE while it rings ends it too', async () => {
    const { caller, call } = await calls()
    call().session.ring()
    await caller.says('BYE', { toTag: caller.toTag, cseq: 2 })
    expect(caller.story).toEqual(['180 INVITE', '200 BYE', '487 INVITE'])
    expect(call().end?.how).toBe('bye')
  })
})

describe('offers and answers', () => {
  test('delayed offer: ours in the 200, theirs in the ACK', async () => {
    const { caller, call } = await calls({ body: '' })
    expect(call().session.offer).toBeUndefined()
    void call().session.answer(answer)
    expect(caller.last('200 INVITE').body).toBe(answer)
    await caller.says('ACK', { toTag: caller.toTag, body: offer })
    expect(call().told).toEqual(['answer 192.0.2.10'])
  })

  test('delayed offer that is never answered: BYE', async () => {
    const { caller, call } = await calls({ body: '' })
    void call().session.answer(answer)
    await caller.says('ACK', { toTag: caller.toTag })
    expect(caller.story.at(-1)).toBe('BYE')
    expect(call().end).toMatchObject({ how: 'bye', by: 'near' })
  })

  test('hold: a re-INVITE with an offer, answered, and its 200 repeated until the ACK', async () => {
    const { caller, call, clock, toTag } = await isAnswered()
    await caller.says('INVITE', { toTag, cseq: 2, body: `${offer}a=sendonly\r\n` })
    expect(call().told).toEqual(['offer 192.0.2.10'])
    await clock.advance(600)
    await caller.says('ACK', { toTag, cseq: 2 })
    await clock.advance(40_000)
    expect(caller.times('200 INVITE')).toEqual([0, 500])
    expect(call().end).toBeUndefined()
  })

  test('a re-INVITE whose 200 is never acknowledged: BYE', async () => {
    const { caller, call, clock, toTag } = await isAnswered()
    await caller.says('INVITE', { toTag, cseq: 2, body: offer })
    await clock.advance(32_000)
    expect(caller.story.at(-1)).toBe('BYE')
    expect(call().end).toEqual({ how: 'timeout', what: 'ack' })
  })

  test('a re-INVITE without an offer gets ours; theirs comes in the ACK', async () => {
    const { caller, call, toTag } = await isAnswered()
    await caller.says('INVITE', { toTag, cseq: 2 })
    await caller.says('INVITE', { toTag, cseq: 3, body: offer })
    expect(caller.story).toEqual(['200 INVITE', '491 INVITE'])
    await caller.says('ACK', { toTag, cseq: 2, body: offer })
    expect(call().told).toEqual(['offer wanted', 'answer 192.0.2.10'])
  })

  test('we offer anew: the answer comes back, and theirs has to wait meanwhile', async () => {
    const { caller, call, clock, toTag } = await isAnswered()
    const answered = call().session.offerAnew(answer)
    await clock.settle()
    expect(caller.last('INVITE').body).toBe(answer)
    await caller.says('UPDATE', { toTag, cseq: 2, body: offer })
    expect(caller.story).toEqual(['INVITE', '491 UPDATE'])
    await caller.replies(200, [], offer)
    expect(await answered).toBe(offer)
    expect(caller.story.slice(0, 3)).toEqual(['INVITE', '491 UPDATE', 'ACK'])
    expect(call().told).toEqual([])
  })

  test('an offer that we cannot take: 488, and the call goes on as it was', async () => {
    const { caller, call, toTag } = await isAnswered()
    await caller.says('INVITE', { toTag, cseq: 2, body: `${offer}m=video 4002 RTP/AVP 31\r\n` })
    await caller.says('UPDATE', { toTag, cseq: 3, body: `${offer}m=video 4002 RTP/AVP 31\r\n` })
    expect(caller.story).toEqual(['488 INVITE', '488 UPDATE'])
    expect(call().end).toBeUndefined()
  })

  test('UPDATE carries an offer, or just keeps alive', async () => {
    const { caller, call, toTag } = await isAnswered()
    await caller.says('UPDATE', { toTag, cseq: 2, body: offer })
    await caller.says('UPDATE', { toTag, cseq: 3 })
    expect(caller.story).toEqual(['200 UPDATE', '200 UPDATE'])
    expect(caller.heard[0]?.message.body).toBe(answer)
    expect(caller.heard[1]?.message.body).toBe('')
    expect(call().told).toEqual(['offer 192.0.2.10'])
  })

  test('UPDATE with an offer before theirs is answered: 500 with Retry-After', async () => {
    const { caller, call } = await calls()
    call().session.ring()
    await caller.says('UPDATE', { toTag: caller.toTag, cseq: 2, body: offer })
    expect(caller.last('500 UPDATE').first('retry-after')).toBeDefined()
  })

  test('a re-INVITE moves the caller: our BYE goes to the new Contact', async () => {
    const { caller, call, toTag } = await isAnswered()
    await caller.says('INVITE', { toTag, cseq: 2, body: offer, headers: ['Contact: <sip:1000@192.0.2.77:5062>'] })
    await caller.says('ACK', { toTag, cseq: 2 })
    void call().session.bye(16, 'x')
    expect(caller.last('BYE').requestUri).toBe('sip:1000@192.0.2.77:5062')
  })

  test('SDP beside something else in a multipart body is found', async () => {
    const body = `--x\r\nContent-Type: application/sdp\r\n\r\n${offer}\r\n--x\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n--x--\r\n`
    const { call } = await calls({ body, type: 'multipart/mixed;boundary=x' })
    expect(call().session.offer).toBe(offer)
  })
})

describe('order', () => {
  test('a request with a lower CSeq gets 500; a re-INVITE before the answer too', async () => {
    const { caller, call } = await calls({ cseq: 5 })
    call().session.ring()
    await caller.says('INVITE', { cseq: 6, toTag: caller.toTag, body: offer })
    await caller.says('INFO', { cseq: 4, toTag: caller.toTag })
    expect(caller.story.slice(1)).toEqual(['500 INVITE', '500 INFO'])
    expect(caller.last('500 INFO').first('retry-after')).toBeDefined()
  })

  test('a retransmitted INFO is answered twice and heard once', async () => {
    const { caller, call, toTag } = await isAnswered()
    const digit = {
      toTag,
      cseq: 2,
      branch: 'z9hG4bKsame',
      type: 'application/dtmf-relay',
      body: 'Signal=5\r\nDuration=250\r\n',
    }
    await caller.says('INFO', digit)
    await caller.says('INFO', digit)
    expect(caller.story).toEqual(['200 INFO', '200 INFO'])
    expect(call().told).toEqual(['digit 5 250'])
  })

  test('a retransmitted INVITE makes no second call', async () => {
    const { caller, calls, clock } = house()
    const branch = await caller.says('INVITE', { body: offer })
    await clock.advance(500)
    await caller.says('INVITE', { body: offer, branch })
    expect(calls).toHaveLength(1)
    expect(caller.story).toEqual(['100 INVITE', '100 INVITE'])
  })

  test('100 is said after 200 ms, when nothing else has been', async () => {
    const { caller, clock } = house()
    await caller.says('INVITE', { body: offer })
    await clock.advance(199)
    expect(caller.story).toEqual([])
    await clock.advance(1_000)
    expect(caller.story).toEqual(['100 INVITE'])
    expect(caller.last('100 INVITE').toTag).toBe('')
  })

  test('100 is not said to a caller who hears that it rings', async () => {
    const { caller, call, clock } = house()
    await caller.says('INVITE', { body: offer })
    call().session.ring()
    await clock.advance(1_000)
    expect(caller.story).toEqual(['180 INVITE'])
  })
})

describe('digits by INFO', () => {
  test.each([
    ['application/dtmf-relay', 'Signal=*\r\nDuration=160\r\n', ['digit * 160']],
    ['application/dtmf-relay', 'Signal= 11\nDuration= 100\n', ['digit # 100']],
    ['application/dtmf', '7', ['digit 7 160']],
    ['application/dtmf', 'd\r\n', ['digit D 160']],
    ['application/dtmf-relay', 'Signal=16\r\n', []],
    ['application/dtmf-relay', 'nonsense', []],
  ])('%s %j', async (type, body, told) => {
    const { caller, call, toTag } = await isAnswered()
    await caller.says('INFO', { toTag, cseq: 2, type, body })
    expect(caller.story).toEqual(['200 INFO'])
    expect(call().told).toEqual(told)
  })

  test('other bodies: 415; none at all is a keep-alive', async () => {
    const { caller, toTag } = await isAnswered()
    await caller.says('INFO', { toTag, cseq: 2, type: 'application/media_control+xml', body: '<x/>' })
    await caller.says('INFO', { toTag, cseq: 3 })
    expect(caller.story).toEqual(['415 INFO', '200 INFO'])
  })
})

describe('reliable provisional responses (RFC 3262)', () => {
  test('when required, 183 is repeated until the PRACK, one at a time, and the 200 waits for it', async () => {
    const { caller, call, clock } = await calls(requires100rel)
    const { session } = call()
    session.ring()
    let progressed = false
    void session.progress(answer).then(() => (progressed = true))
    void session.answer(answer)
    await clock.advance(600)
    expect(caller.story).toEqual(['180 INVITE', '180 INVITE'])
    expect(caller.last('180 INVITE').first('require')).toBe('100rel')
    await pracks(caller, '180 INVITE')
    expect(caller.story.slice(2)).toEqual(['200 PRACK', '183 INVITE'])
    expect(progressed).toBe(false)
    await pracks(caller, '183 INVITE', { cseq: 3 })
    expect(progressed).toBe(true)
    expect(caller.story.slice(4)).toEqual(['200 PRACK', '200 INVITE'])
  })

  test('RSeq counts by one, and a PRACK for something else gets 481', async () => {
    const { caller, call } = await calls(requires100rel)
    call().session.ring()
    await caller.says('PRACK', { cseq: 2, toTag: caller.toTag, headers: ['RAck: 1 1 BYE'] })
    expect(caller.story.at(-1)).toBe('481 PRACK')
    await pracks(caller, '180 INVITE', { cseq: 3 })
    void call().session.progress(answer)
    const [first, second] = ['180 INVITE', '183 INVITE'].map((what) => Number(caller.last(what).first('rseq')))
    expect(second).toBe((first ?? 0) + 1)
  })

  test('only supported: sent as ever, so that old phones are not asked for more', async () => {
    const { caller, call } = await calls({ headers: ['Supported: 100rel'] })
    await call().session.progress(answer)
    expect(caller.last('183 INVITE').first('require')).toBeUndefined()
    expect(caller.last('183 INVITE').body).toBe(answer)
  })

  test('no offer from the caller: ours goes in the reliable 183, theirs comes in the PRACK, the 200 has none', async () => {
    const { caller, call, clock } = await calls({ body: '', headers: ['Supported: 100rel'] })
    void call().session.progress(answer)
    await pracks(caller, '183 INVITE', { body: offer })
    expect(call().told).toEqual(['answer 192.0.2.10'])
    void call().session.answer(answer)
    await clock.settle()
    expect(caller.last('200 INVITE').body).toBe('')
    await caller.says('ACK', { toTag: caller.toTag })
    await clock.advance(40_000)
    expect(call().end).toBeUndefined()
  })

  test('without PRACK for 32 s the call is refused', async () => {
    const { caller, call, clock } = await calls(requires100rel)
    void call().session.progress(answer)
    await clock.advance(32_000)
    expect(caller.times('183 INVITE')).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    expect(caller.times('504 INVITE')).toEqual([32_000])
    expect(call().end).toEqual({ how: 'timeout', what: 'prack' })
  })

  test('CANCEL while a PRACK is awaited stops the repeating', async () => {
    const { caller, call, clock } = house()
    const branch = await caller.says('INVITE', { body: offer, ...requires100rel })
    void call().session.progress(answer)
    void call().session.answer(answer)
    await caller.says('CANCEL', { branch })
    await caller.says('ACK', { branch, toTag: caller.toTag })
    await clock.advance(60_000)
    expect(caller.story).toEqual(['183 INVITE', '200 CANCEL', '487 INVITE'])
  })

  test('UPDATE with an offer is answered once the reliable 183 has carried the first answer', async () => {
    const { caller, call } = await calls(requires100rel)
    void call().session.progress(answer)
    await pracks(caller, '183 INVITE')
    await caller.says('UPDATE', { cseq: 3, toTag: caller.toTag, body: offer })
    expect(caller.story.at(-1)).toBe('200 UPDATE')
    expect(call().told).toEqual(['offer 192.0.2.10'])
  })
})

describe('session timers (RFC 4028)', () => {
  const timer = (value: string, more: readonly string[] = []): RequestParts => ({
    headers: ['Supported: timer', `Session-Expires: ${value}`, ...more],
  })

  test('too short: 422 with Min-SE, before anything rings', async () => {
    const { caller, calls: taken } = await calls(timer('30'))
    expect(caller.story).toEqual(['422 INVITE'])
    expect(caller.last('422 INVITE').first('min-se')).toBe('90')
    expect(taken).toEqual([])
  })

  test('the caller refreshes: agreed on with Require, and BYE when it does not', async () => {
    const { caller, call, clock } = await calls(timer('90'))
    void call().session.answer(answer)
    const ok = caller.last('200 INVITE')
    expect([ok.first('session-expires'), ok.first('require')]).toEqual(['90;refresher=uac', 'timer'])
    await caller.says('ACK', { toTag: caller.toTag })
    await clock.advance(50_000)
    await caller.says('UPDATE', { toTag: caller.toTag, cseq: 2, ...timer('90;refresher=uac') })
    await clock.advance(59_999)
    expect(caller.story).not.toContain('BYE')
    await clock.advance(1)
    expect(caller.times('BYE')).toEqual([110_000])
    expect(call().end).toEqual({ how: 'timeout', what: 'session-timer' })
  })

  test('we refresh, by UPDATE when the caller takes it', async () => {
    const { caller, call, clock } = await calls(timer('100;refresher=uas', ['Allow: INVITE, ACK, BYE, UPDATE']))
    void call().session.answer(answer)
    expect(caller.last('200 INVITE').first('require')).toBeUndefined()
    await caller.says('ACK', { toTag: caller.toTag })
    await clock.advance(50_000)
    expect(caller.last('UPDATE').first('session-expires')).toBe('100;refresher=uac')
    await caller.replies(200, ['Session-Expires: 100;refresher=uac'])
    await clock.advance(50_000)
    expect(caller.times('UPDATE')).toEqual([50_000, 100_000])
    expect(call().end).toBeUndefined()
  })

  test('we refresh, by a re-INVITE with our description when it does not; theirs gets 491 meanwhile', async () => {
    const { caller, call, clock } = await calls(timer('100;refresher=uas'))
    void call().session.answer(answer)
    const { toTag } = caller
    await caller.says('ACK', { toTag })
    await clock.advance(50_000)
    expect(caller.last('INVITE').body).toBe(answer)
    await caller.says('INVITE', { toTag, cseq: 2, body: offer })
    expect(caller.story.at(-1)).toBe('491 INVITE')
    await caller.replies(200, ['Session-Expires: 100;refresher=uac'], offer)
    expect(caller.story.at(-1)).toBe('ACK')
    expect(call().told).toEqual(['answer 192.0.2.10'])
    await caller.replies(200, ['Session-Expires: 100;refresher=uac'], offer)
    expect(caller.times('ACK')).toEqual([50_000, 50_000])
  })

  test('a refusal of UPDATE makes us use the re-INVITE, 422 makes us ask for more, 491 makes us wait', async () => {
    const { caller, call, clock } = await calls(timer('100;refresher=uas', ['Allow: UPDATE']))
    void call().session.answer(answer)
    await caller.says('ACK', { toTag: caller.toTag })
    await clock.advance(50_000)
    await caller.replies(422, ['Min-SE: 200'])
    expect(caller.last('UPDATE').first('session-expires')).toBe('200;refresher=uac')
    expect(caller.last('UPDATE').first('min-se')).toBe('200')
    await caller.replies(501)
    expect(caller.story.at(-1)).toBe('INVITE')
    await caller.replies(491)
    expect(caller.story.at(-1)).toBe('ACK')
    await clock.advance(2_000)
    expect(caller.story.at(-1)).toBe('INVITE')
  })

  test('a refresh that the caller does not know the call of ends it', async () => {
    const { caller, call, clock } = await calls(timer('100;refresher=uas', ['Allow: UPDATE']))
    void call().session.answer(answer)
    await caller.says('ACK', { toTag: caller.toTag })
    await clock.advance(50_000)
    await caller.replies(481)
    expect(call().end).toEqual({ how: 'timeout', what: 'session-timer' })
    expect(caller.story.at(-1)).toBe('UPDATE')
  })

  test('a caller who does not know timers is refreshed by us', async () => {
    const { caller, call } = await calls({ headers: ['Session-Expires: 1800'] })
    void call().session.answer(answer)
    expect(caller.last('200 INVITE').first('session-expires')).toBe('1800;refresher=uas')
    expect(caller.last('200 INVITE').first('require')).toBeUndefined()
  })
})
