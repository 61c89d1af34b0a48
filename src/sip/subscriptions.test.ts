import { describe, expect, test } from 'vitest'
import { desk, MemoryBindings, phoneBook } from '../../test/support/phones.ts'
import { callerFlow, house, type Caller, type House, type RequestParts } from '../../test/support/sip-wire.ts'
import { digestAnswer, chooseChallenge } from './digest.ts'
import type { MessageSummary } from './index.ts'

const address = { from: '<sip:desk@acme.example>', to: '<sip:desk@acme.example>', uri: 'sip:desk@acme.example' }
const asks = { ...address, headers: ['Event: message-summary', 'Accept: application/simple-message-summary'] }
const device = { accountId: 'A1', deviceId: 'd1', uri: 'sip:desk@acme.example' }

interface Office extends House {
  messages: MessageSummary
}

function office(): Office {
  const made: Office = {
    ...house({
      registrar: { phones: phoneBook([desk]), bindings: new MemoryBindings() },
      messagesOf: async () => made.messages,
    }),
    messages: { newMessages: 2, savedMessages: 8, accountUri: 'sip:*97@acme.example' },
  }
  return made
}

/** Says it again with the password, as phones do. */
async function proves(caller: Caller, method: string, parts: RequestParts): Promise<void> {
  await caller.says(method, parts)
  const challenge = chooseChallenge(caller.last(`401 ${method}`).all('www-authenticate'))
  if (challenge === undefined) throw new Error('that is no challenge')
  const { username, password } = desk
  const proof = digestAnswer(challenge, { username, password, method, uri: parts.uri ?? '', body: '' })
  const headers = [...(parts.headers ?? []), `Authorization: ${proof}`]
  caller.heard.length = 0
  await caller.says(method, { ...parts, headers, cseq: (parts.cseq ?? 1) + 1 })
}

async function subscribed(headers: readonly string[] = []): Promise<Office & { readonly toTag: string }> {
  const made = office()
  await proves(made.caller, 'SUBSCRIBE', { ...asks, headers: [...asks.headers, ...headers] })
  return { ...made, toTag: made.caller.last('200 SUBSCRIBE').toTag }
}

describe('a phone that asks how many messages wait', () => {
  test('must say who it is, and hears at once how many there are', async () => {
    const { caller } = await subscribed()
    expect(caller.story).toEqual(['200 SUBSCRIBE', 'NOTIFY'])
    const ok = caller.last('200 SUBSCRIBE')
    expect([ok.first('expires'), ok.contact?.uri]).toEqual(['3600', 'sip:desk@198.51.100.1:5060'])
    const notify = caller.last('NOTIFY')
    expect([notify.first('event'), notify.first('subscription-state'), notify.first('content-type')]).toEqual([
      'message-summary',
      'active;expires=3600',
      'application/simple-message-summary',
    ])
    expect([notify.toTag, notify.fromTag]).toEqual(['caller', ok.toTag])
    expect(notify.body.split('\r\n')).toEqual([
      'Messages-Waiting: yes',
      'Message-Account: sip:*97@acme.example',
      'Voice-Message: 2/8 (0/0)',
      '',
    ])
  })

  test('hears it again when that changes', async () => {
    const { agent, caller } = await subscribed()
    await caller.replies(200)
    agent.tellMessages(device, [], { newMessages: 0, savedMessages: 9 })
    expect(caller.last('NOTIFY').body).toBe('Messages-Waiting: no\r\nVoice-Message: 0/9 (0/0)\r\n')
    agent.tellMessages({ ...device, deviceId: 'd2' }, [], { newMessages: 5, savedMessages: 0 })
    expect(caller.times('NOTIFY')).toHaveLength(2)
  })

  test('is told until the time is up, and asks again before that', async () => {
    const { agent, caller, clock, toTag } = await subscribed(['Expires: 120'])
    await caller.replies(200)
    await clock.advance(100_000)
    await caller.says('SUBSCRIBE', { ...asks, toTag, cseq: 3, headers: [...asks.headers, 'Expires: 60'] })
    expect(caller.story.slice(2)).toEqual(['200 SUBSCRIBE', 'NOTIFY'])
    expect(caller.last('NOTIFY').first('subscription-state')).toBe('active;expires=60')
    await caller.replies(200)
    await clock.advance(60_000)
    expect(caller.last('NOTIFY').first('subscription-state')).toBe('terminated;reason=timeout')
    expect(caller.last('NOTIFY').body).toBe('')
    await caller.replies(200)
    agent.tellMessages(device, [], { newMessages: 1, savedMessages: 0 })
    expect(caller.times('NOTIFY')).toHaveLength(3)
    await caller.says('SUBSCRIBE', { ...asks, toTag, cseq: 4 })
    expect(caller.story.at(-1)).toBe('481 SUBSCRIBE')
  })

  test('may ask just once, and may stop to listen', async () => {
    const once = await subscribed(['Expires: 0'])
    expect(once.caller.last('NOTIFY').first('subscription-state')).toBe('terminated;reason=timeout')
    expect(once.caller.last('NOTIFY').body).toContain('Voice-Message: 2/8')
    const { agent, caller, toTag } = await subscribed()
    await caller.replies(200)
    await caller.says('SUBSCRIBE', { ...asks, toTag, cseq: 3, headers: [...asks.headers, 'Expires: 0'] })
    expect(caller.last('NOTIFY').first('subscription-state')).toBe('terminated;reason=timeout')
    agent.tellMessages(device, [], { newMessages: 1, savedMessages: 0 })
    expect(caller.times('NOTIFY')).toHaveLength(2)
  })

  test('is told with the id that it knows it by', async () => {
    const { caller } = office()
    await proves(caller, 'SUBSCRIBE', { ...asks, headers: ['Event: message-summary;id=7'] })
    expect(caller.last('NOTIFY').first('event')).toBe('message-summary;id=7')
  })

  test.each([
    ['481 SUBSCRIBE no more', 481],
    ['nothing', undefined],
  ])('that answers %s is told no more', async (_what, status) => {
    const { agent, caller, clock } = await subscribed()
    if (status !== undefined) await caller.replies(status)
    await clock.advance(40_000)
    caller.heard.length = 0
    agent.tellMessages(device, [], { newMessages: 1, savedMessages: 0 })
    expect(caller.story).toEqual([])
  })

  test.each([
    [['Event: presence'], 489],
    [[], 489],
    [['Event: message-summary', 'Accept: application/pidf+xml'], 406],
    [['Event: message-summary', 'Expires: 5'], 423],
    [['Event: message-summary', 'Expires: soon'], 400],
  ])('%j is refused with %i', async (headers, status) => {
    const { agent, caller } = office()
    await caller.says('SUBSCRIBE', { ...address, headers })
    expect(caller.story).toEqual([`${status} SUBSCRIBE`])
    if (status === 489) expect(caller.last('489 SUBSCRIBE').first('allow-events')).toBe('message-summary')
    if (status === 423) expect(caller.last('423 SUBSCRIBE').first('min-expires')).toBe('60')
    expect(agent.counters.transactions).toBe(0)
  })

  test('that is no phone of ours is refused', async () => {
    const { caller } = office()
    await caller.says('SUBSCRIBE', { ...asks, from: '<sip:x@elsewhere.example>' })
    expect(caller.story).toEqual(['403 SUBSCRIBE'])
  })

  test('again and again keeps ten subscriptions', async () => {
    const made = office()
    for (let number = 0; number < 12; number++) {
      await proves(made.caller, 'SUBSCRIBE', { ...asks, callId: `s${number}@192.0.2.10` })
      await made.caller.replies(200)
    }
    made.caller.heard.length = 0
    made.agent.tellMessages(device, [], { newMessages: 1, savedMessages: 0 })
    expect(made.caller.heard.map(({ message }) => message.callId)).toEqual(
      Array.from({ length: 10 }, (_, index) => `s${index + 2}@192.0.2.10`),
    )
  })

  test('out of order is refused', async () => {
    const { caller, toTag } = await subscribed()
    await caller.says('SUBSCRIBE', { ...asks, toTag, cseq: 1 })
    expect(caller.story.at(-1)).toBe('500 SUBSCRIBE')
  })

  test('hears nothing more once we have closed', async () => {
    const { agent, caller, clock } = await subscribed()
    agent.close()
    await clock.advance(4_000_000)
    expect(caller.story).toEqual(['200 SUBSCRIBE', 'NOTIFY'])
  })
})

describe('a phone that has not asked', () => {
  const flow = { transport: 'udp', address: '192.0.2.77', port: 5062 } as const

  test('is told all the same, where it is registered', async () => {
    const { agent, caller, clock } = office()
    agent.tellMessages(device, [{ uri: 'sip:desk@10.0.0.7:5062', flow }], { newMessages: 1, savedMessages: 0 })
    await clock.settle()
    const [heard] = caller.heard
    expect(heard?.to).toEqual(flow)
    expect(heard?.message).toMatchObject({ method: 'NOTIFY', requestUri: 'sip:desk@10.0.0.7:5062' })
    expect([heard?.message.from?.uri, heard?.message.to?.uri]).toEqual([device.uri, device.uri])
    expect(heard?.message.first('event')).toBe('message-summary')
    expect(heard?.message.body).toContain('Messages-Waiting: yes')
    await caller.replies(405)
    await clock.advance(40_000)
    expect(caller.story).toEqual(['NOTIFY'])
    expect(agent.counters.transactions).toBe(0)
  })

  test('is told once, if it has', async () => {
    const { agent, caller } = await subscribed()
    await caller.replies(200)
    const here = { uri: 'sip:desk@192.0.2.10', flow: callerFlow }
    agent.tellMessages(device, [here, { uri: 'sip:desk@10.0.0.7', flow }], { newMessages: 1, savedMessages: 0 })
    expect(caller.heard.filter(({ what }) => what === 'NOTIFY').map(({ to }) => to.address)).toEqual([
      '192.0.2.10',
      '192.0.2.10',
      '192.0.2.77',
    ])
  })
})
