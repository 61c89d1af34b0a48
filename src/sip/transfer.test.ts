import { describe, expect, test } from 'vitest'
import { dials, descriptionOf, type Dialled } from '../../test/support/sip-callee.ts'
import { answer, house, offer, type House, type RequestParts } from '../../test/support/sip-wire.ts'
import type { ReferOutcome } from './index.ts'

type Talking = House & { readonly toTag: string }

async function talking(made: House = house(), parts: RequestParts = {}): Promise<Talking> {
  await made.caller.says('INVITE', { body: offer, ...parts })
  void made.calls.at(-1)?.session.answer(answer)
  const { toTag } = made.caller
  await made.caller.says('ACK', { ...parts, toTag })
  made.caller.heard.length = 0
  return { ...made, toTag }
}

const referTo = (value: string, ...others: readonly string[]): RequestParts => ({
  cseq: 2,
  headers: [`Refer-To: ${value}`, ...others],
})

describe('a far end that asks for a transfer', () => {
  test('is taken at its word, hears 100 at once and how it ended when that is known', async () => {
    const { caller, call, toTag } = await talking()
    const by = 'Referred-By: "Ann" <sip:1000@a1.example>;cid=1'
    await caller.says('REFER', { toTag, ...referTo('"Bob" <sip:2041@a1.example>', by) })
    expect(caller.story).toEqual(['202 REFER', 'NOTIFY'])
    expect(call().told).toEqual(['referred to sip:2041@a1.example by sip:1000@a1.example'])
    const trying = caller.last('NOTIFY')
    expect([trying.first('event'), trying.first('subscription-state'), trying.first('content-type')]).toEqual([
      'refer',
      'active;expires=60',
      'message/sipfrag;version=2.0',
    ])
    expect(trying.body).toBe('SIP/2.0 100 Trying\r\n')
    expect([trying.toTag, trying.callId, trying.contact?.uri]).toEqual([
      'caller',
      'call-1@192.0.2.10',
      'sip:2030@198.51.100.1:5060',
    ])
    await caller.replies(200)
    expect(call().session.reportTransfer(200)).toBe(true)
    const last = caller.last('NOTIFY')
    expect([last.body, last.first('subscription-state'), last.cseq?.number]).toEqual([
      'SIP/2.0 200 OK\r\n',
      'terminated;reason=noresource',
      2,
    ])
    await caller.replies(200)
    expect(call().session.reportTransfer(486)).toBe(false)
    expect(caller.times('NOTIFY')).toHaveLength(2)
  })

  test('hears one thing after another, so that they arrive in order', async () => {
    const { caller, call, toTag, clock } = await talking()
    await caller.says('REFER', { toTag, ...referTo('sip:2041@a1.example') })
    call().session.reportTransfer(486)
    await clock.settle()
    expect(caller.times('NOTIFY')).toHaveLength(1)
    await caller.replies(200)
    expect(caller.last('NOTIFY').body).toBe('SIP/2.0 486 Busy Here\r\n')
  })

  test('hears 503 when nobody says for a minute what became of it', async () => {
    const { caller, clock, toTag } = await talking()
    await caller.says('REFER', { toTag, ...referTo('sip:2041@a1.example') })
    await caller.replies(200)
    await clock.advance(59_999)
    expect(caller.times('NOTIFY')).toHaveLength(1)
    await clock.advance(1)
    expect(caller.last('NOTIFY').body).toBe('SIP/2.0 503 Service Unavailable\r\n')
  })

  test('hears it before it is hung up, whether it has answered the first NOTIFY or not', async () => {
    const { caller, call, toTag, clock } = await talking()
    await caller.says('REFER', { toTag, ...referTo('sip:2041@a1.example') })
    call().session.reportTransfer(200)
    void call().session.bye(16, 'x')
    await clock.settle()
    expect(caller.story).toEqual(['202 REFER', 'NOTIFY', 'NOTIFY', 'BYE'])
    expect(caller.last('NOTIFY').body).toBe('SIP/2.0 200 OK\r\n')
  })

  test('that hangs up without waiting is told nothing more', async () => {
    const { caller, call, toTag, clock, agent } = await talking()
    await caller.says('REFER', { toTag, ...referTo('sip:2041@a1.example') })
    await caller.replies(200)
    await caller.says('BYE', { toTag, cseq: 3 })
    call().session.reportTransfer(200)
    await clock.advance(100_000)
    expect(caller.story).toEqual(['202 REFER', 'NOTIFY', '200 BYE'])
    expect(agent.counters).toMatchObject({ transactions: 0, dialogs: 0 })
  })

  test('may ask again when the first transfer is over, not before; the second one has an id', async () => {
    const { caller, call, toTag } = await talking()
    await caller.says('REFER', { toTag, ...referTo('sip:2041@a1.example') })
    await caller.replies(200)
    await caller.says('REFER', { toTag, ...referTo('sip:2042@a1.example'), cseq: 3 })
    expect(caller.story.at(-1)).toBe('491 REFER')
    call().session.reportTransfer(404)
    await caller.replies(200)
    await caller.says('REFER', { toTag, ...referTo('sip:2042@a1.example'), cseq: 4 })
    expect(caller.last('NOTIFY').first('event')).toBe('refer;id=4')
    expect(call().told).toEqual(['referred to sip:2041@a1.example', 'referred to sip:2042@a1.example'])
  })

  test.each(['Refer-Sub: false', 'Require: norefersub'])('that says %s hears nothing', async (header) => {
    const { caller, call, toTag, clock } = await talking()
    await caller.says('REFER', { toTag, ...referTo('sip:2041@a1.example', header) })
    expect(caller.last('202 REFER').first('refer-sub')).toBe('false')
    call().session.reportTransfer(200)
    await clock.settle()
    expect(caller.story).toEqual(['202 REFER'])
    expect(call().told).toEqual(['referred to sip:2041@a1.example'])
  })

  test.each([
    ['no Refer-To', [], 400],
    ['two', ['Refer-To: <sip:1@a.example>', 'Refer-To: <sip:2@a.example>'], 400],
    ['two in one', ['Refer-To: <sip:1@a.example>, <sip:2@a.example>'], 400],
    ['one that is none', ['Refer-To: <nonsense>'], 400],
    ['a web page', ['Refer-To: <https://a.example/>'], 603],
    ['another method', ['Refer-To: <sip:1@a.example;method=SUBSCRIBE>'], 603],
    ['a Replaces that is none', ['Refer-To: <sip:1@a.example?Replaces=x>'], 400],
    ['a Replaces of nobody', ['Refer-To: <sip:1@a.example?Replaces=x%3Bto-tag%3Da%3Bfrom-tag%3Db>'], 603],
  ])('that names %s is refused, and the call goes on', async (_what, headers, status) => {
    const { caller, call, toTag } = await talking()
    await caller.says('REFER', { toTag, cseq: 2, headers })
    expect(caller.story).toEqual([`${status} REFER`])
    expect(call().told).toEqual([])
    await caller.says('INFO', { toTag, cseq: 3 })
    expect(caller.story.at(-1)).toBe('200 INFO')
  })

  test('a telephone number will do', async () => {
    const { caller, call, toTag } = await talking()
    await caller.says('REFER', { toTag, ...referTo('<tel:+15551230001>') })
    expect(call().told).toEqual(['referred to tel:+15551230001'])
  })

  test('whoever we have called may ask too', async () => {
    const { far, told, session } = await dials()
    await far.answers(200, { body: descriptionOf('a') })
    await far.asks('REFER', { cseq: 1, headers: ['Refer-To: <sip:2041@a1.example>'] })
    expect(told.at(-1)).toBe('referred to sip:2041@a1.example')
    session.reportTransfer(603)
    await far.answers(200, { to: 'NOTIFY' })
    expect(far.wire.last('NOTIFY').body).toBe('SIP/2.0 603 Decline\r\n')
    expect(far.story).toEqual(['INVITE', 'ACK', '202 REFER', 'NOTIFY', 'NOTIFY'])
  })
})

describe('an attended transfer', () => {
  const second = { callId: 'call-2@192.0.2.10', fromTag: 'other' }

  test('names the other call by its Call-ID and both tags', async () => {
    const first = await talking()
    const { caller, calls, toTag } = await talking(first, second)
    const replaces = encodeURIComponent(`call-2@192.0.2.10;to-tag=${toTag};from-tag=other`)
    const target = `<sip:2042@198.51.100.1?Replaces=${replaces}&Require=replaces>`
    await caller.says('REFER', { toTag: first.toTag, ...referTo(target) })
    expect(calls[0]?.told).toEqual(['referred to sip:2042@198.51.100.1 in place of call-2@192.0.2.10'])
  })

  test.each([
    ['another tag', (toTag: string) => `call-2@192.0.2.10;to-tag=${toTag};from-tag=wrong`],
    ['another Call-ID', (toTag: string) => `call-3@192.0.2.10;to-tag=${toTag};from-tag=other`],
    [
      'a call that is answered, although it must not be',
      (toTag: string) => `call-2@192.0.2.10;to-tag=${toTag};from-tag=other;early-only`,
    ],
  ])('to %s is declined', async (_what, replacesOf) => {
    const first = await talking()
    const { caller, toTag } = await talking(first, second)
    const target = `<sip:2042@198.51.100.1?Replaces=${encodeURIComponent(replacesOf(toTag))}>`
    await caller.says('REFER', { toTag: first.toTag, ...referTo(target) })
    expect(caller.story.at(-1)).toBe('603 REFER')
  })

  test('to itself is declined', async () => {
    const { caller, toTag } = await talking()
    const replaces = encodeURIComponent(`call-1@192.0.2.10;to-tag=${toTag};from-tag=caller`)
    await caller.says('REFER', { toTag, ...referTo(`<sip:2042@198.51.100.1?Replaces=${replaces}>`) })
    expect(caller.story).toEqual(['603 REFER'])
  })
})

describe('an INVITE with Replaces', () => {
  const third = { callId: 'call-3@192.0.2.10', fromTag: 'third', body: offer }
  const replacing = (value: string): RequestParts => ({
    ...third,
    headers: [`Replaces: ${value}`, 'Require: replaces'],
  })

  test('takes the place of the call that it names', async () => {
    const { caller, calls, toTag } = await talking()
    await caller.says('INVITE', replacing(`call-1@192.0.2.10;to-tag=${toTag};from-tag=caller`))
    expect(calls[1]?.session.replaces).toBe('call-1@192.0.2.10')
    expect(calls[0]?.session.replaces).toBeUndefined()
  })

  test.each([
    ['of nobody', () => 'call-9;to-tag=a;from-tag=b', 481],
    ['that is none', () => 'nonsense', 400],
    [
      'of an answered call, early only',
      (toTag: string) => `call-1@192.0.2.10;to-tag=${toTag};from-tag=caller;early-only`,
      486,
    ],
  ])('%s is refused', async (_what, valueOf, status) => {
    const { caller, calls, toTag } = await talking()
    await caller.says('INVITE', replacing(valueOf(toTag)))
    expect(caller.story).toEqual([`${status} INVITE`])
    expect(calls).toHaveLength(1)
  })

  test('two of them are refused', async () => {
    const { caller, toTag } = await talking()
    const value = `call-1@192.0.2.10;to-tag=${toTag};from-tag=caller`
    await caller.says('INVITE', { ...third, headers: [`Replaces: ${value}`, `Replaces: ${value}`] })
    expect(caller.story).toEqual(['400 INVITE'])
  })

  test('does not pick up a call that still rings with us', async () => {
    const made = house()
    const { caller } = made
    await caller.says('INVITE', { body: offer })
    made.call().session.ring()
    await caller.says('INVITE', replacing(`call-1@192.0.2.10;to-tag=${caller.toTag};from-tag=caller`))
    expect(caller.story.at(-1)).toBe('481 INVITE')
  })

  test('picks up a call that we let ring elsewhere', async () => {
    const taken: (string | undefined)[] = []
    const { far, agent } = await dials({ callId: 'ours' }, { onInvite: (session) => taken.push(session.replaces) })
    await far.answers(180)
    const { fromTag } = far.wire.last('INVITE')
    await far.wire.says('INVITE', replacing(`ours;to-tag=${fromTag};from-tag=far;early-only`))
    expect(taken).toEqual(['ours'])
    expect(agent.counters.dialogs).toBe(2)
  })

  test('comes too late when the call is over', async () => {
    const { caller, call, toTag, clock } = await talking()
    void call().session.bye(16, 'x')
    await clock.settle()
    await caller.says('INVITE', replacing(`call-1@192.0.2.10;to-tag=${toTag};from-tag=caller`))
    expect(caller.story.at(-1)).toBe('603 INVITE')
  })
})

describe('a REFER of ours', () => {
  interface Asked extends Talking {
    readonly outcomes: ReferOutcome[]
  }

  async function asked(uri = 'sip:2041@a1.example', replaces?: Parameters<Refer>[1]): Promise<Asked> {
    const made = await talking()
    const outcomes: ReferOutcome[] = []
    made.call().session.refer(uri, replaces, (outcome) => outcomes.push(outcome))
    await made.clock.settle()
    return { ...made, outcomes }
  }
  type Refer = House['calls'][number]['session']['refer']

  const notifies = ({ caller, toTag }: Talking, cseq: number, state: string, body: string): Promise<string> =>
    caller.says('NOTIFY', {
      toTag,
      cseq,
      headers: ['Event: refer', `Subscription-State: ${state}`],
      body,
      type: 'message/sipfrag',
    })

  test('is taken, reported, and what is reported last is its outcome', async () => {
    const made = await asked()
    const refer = made.caller.last('REFER')
    expect([refer.first('refer-to'), refer.first('referred-by'), refer.toTag]).toEqual([
      '<sip:2041@a1.example>',
      '<sip:2030@198.51.100.1>',
      'caller',
    ])
    await made.caller.replies(202)
    await notifies(made, 2, 'active;expires=60', 'SIP/2.0 100 Trying\r\n')
    expect(made.outcomes).toEqual([])
    await notifies(made, 3, 'terminated;reason=noresource', 'SIP/2.0 486 Busy Here\r\n')
    expect(made.outcomes).toEqual([{ how: 'reported', status: 486 }])
    expect(made.caller.story.slice(1)).toEqual(['200 NOTIFY', '200 NOTIFY'])
    await notifies(made, 4, 'terminated', 'SIP/2.0 200 OK\r\n')
    expect(made.caller.story.at(-1)).toBe('481 NOTIFY')
  })

  test('in place of another call says which', async () => {
    const { caller } = await asked('sip:2041@a1.example', { callId: 'c 2', localTag: 'ours', remoteTag: 'theirs' })
    expect(caller.last('REFER').first('refer-to')).toBe(
      '<sip:2041@a1.example?Replaces=c%202%3Bto-tag%3Dtheirs%3Bfrom-tag%3Dours>',
    )
  })

  test('that is refused says so', async () => {
    const { caller, outcomes } = await asked()
    await caller.replies(603)
    expect(outcomes).toEqual([{ how: 'refused', status: 603 }])
  })

  test('whose NOTIFY overtakes the 202 is taken all the same', async () => {
    const made = await asked()
    await notifies(made, 2, 'terminated', 'SIP/2.0 200 OK\r\n')
    await made.caller.replies(202)
    expect(made.outcomes).toEqual([{ how: 'reported', status: 200 }])
  })

  test('a far end that hangs up after having taken it has done it', async () => {
    const { caller, outcomes, toTag, call } = await asked()
    await caller.replies(202)
    await caller.says('BYE', { toTag, cseq: 2 })
    expect(outcomes).toEqual([{ how: 'reported', status: 200 }])
    expect(call().told).toEqual(['ended bye'])
  })

  test('is over when the call is, and the far end had not taken it', async () => {
    const { caller, outcomes, toTag } = await asked()
    await caller.says('BYE', { toTag, cseq: 2 })
    expect(outcomes).toEqual([{ how: 'gone' }])
  })

  test('is over when we hang up', async () => {
    const { caller, outcomes, call } = await asked()
    await caller.replies(202)
    void call().session.bye(16, 'x')
    expect(outcomes).toEqual([{ how: 'gone' }])
  })

  test('that is not answered, or of which nothing more is heard, is given up', async () => {
    const deaf = await asked()
    await deaf.clock.advance(32_000)
    expect(deaf.outcomes).toEqual([{ how: 'silent' }])
    const mute = await asked()
    await mute.caller.replies(202)
    await mute.clock.advance(180_000)
    expect(mute.outcomes).toEqual([{ how: 'silent' }])
  })

  test('whose reports stop before the end is given up', async () => {
    const made = await asked()
    await made.caller.replies(202)
    await notifies(made, 2, 'terminated;reason=timeout', 'SIP/2.0 100 Trying\r\n')
    expect(made.outcomes).toEqual([{ how: 'silent' }])
  })

  test('a second one waits for nobody: it is refused', async () => {
    const { call, caller } = await asked()
    const outcomes: ReferOutcome[] = []
    call().session.refer('sip:2042@a1.example', undefined, (outcome) => outcomes.push(outcome))
    expect(outcomes).toEqual([{ how: 'refused', status: 491 }])
    expect(caller.times('REFER')).toHaveLength(1)
  })

  test('answers a challenge', async () => {
    const call: Dialled = await dials({ credentials: { username: 'ann', password: 'secret' } })
    await call.far.answers(200, { body: descriptionOf('a') })
    call.session.refer('sip:2041@a1.example', undefined, () => undefined)
    await call.clock.settle()
    await call.far.answers(401, { to: 'REFER', headers: ['WWW-Authenticate: Digest realm="far", nonce="n"'] })
    const refer = call.far.wire.last('REFER')
    expect(refer.first('authorization')).toContain('username="ann"')
    expect(refer.first('refer-to')).toBe('<sip:2041@a1.example>')
  })

  test('news of anything else are not wanted', async () => {
    const { caller, toTag } = await talking()
    await caller.says('NOTIFY', { toTag, cseq: 2, headers: ['Event: presence', 'Subscription-State: active'] })
    expect(caller.last('489 NOTIFY').first('allow-events')).toBe('refer')
    await caller.says('NOTIFY', { toTag, cseq: 3, headers: ['Event: refer', 'Subscription-State: active'] })
    expect(caller.story.at(-1)).toBe('481 NOTIFY')
  })
})
