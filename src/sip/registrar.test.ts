import { describe, expect, test } from 'vitest'
import { desk, MemoryBindings, phoneBook } from '../../test/support/phones.ts'
import { house, offer, requestText, type RequestParts } from '../../test/support/sip-wire.ts'
import { jsonLog } from '../base/index.ts'
import { digestAnswer, parseChallenge } from './digest.ts'
import type { Flow, RegistrarLimits } from './index.ts'

const contact = 'Contact: <sip:desk-0x1@10.0.0.5:5062>'
const elsewhere: Flow = { transport: 'udp', address: '192.0.2.99', port: 40_000 }

interface Said extends RequestParts {
  readonly isQuery?: boolean
  readonly username?: string
  readonly password?: string
  readonly count?: number
}

/** A house with one phone, and that phone at the other end of the wire. */
function scene(limits: Partial<RegistrarLimits> = {}) {
  const bindings = new MemoryBindings()
  const lines: string[] = []
  const log = jsonLog({ level: 'debug', pii: true, write: (line) => lines.push(line) })
  const phones = phoneBook([desk], { '192.0.2.77': { ...desk, deviceId: 'd2', username: 'trunk' } })
  const callers: (string | undefined)[] = []
  const { clock, caller, agent } = house({
    log,
    registrar: { phones, bindings, limits, isTrunk: (address) => address === '192.0.2.66' },
    onInvite: (session, phone) => {
      callers.push(phone?.deviceId)
      session.listen({
        remoteAnswer: () => undefined,
        remoteOffer: () => undefined,
        offerWanted: () => '',
        digit: () => undefined,
        referred: () => undefined,
        ended: () => undefined,
      })
      session.reject(486)
    },
  })
  let cseq = 0
  const says = async (method: string, parts: Said = {}, from?: Flow) => {
    const uri = method === 'REGISTER' ? 'sip:acme.example' : 'sip:2030@acme.example'
    const branch = `z9hG4bK${++cseq}`
    const text = requestText(method, { uri, to: '<sip:desk@acme.example>', branch, cseq, ...parts })
    await caller.sends(parts.isQuery === true ? text.replace(/^Contact: .*\r\n/m, '') : text, from)
    const heard = caller.heard.at(-1)
    if (heard === undefined) throw new Error('nothing was heard')
    return heard.message
  }
  /** Asks, and answers the challenge. */
  const proves = async (method: string, parts: Said = {}, from?: Flow) => {
    const challenged = await says(method, parts, from)
    return says(method, { ...parts, headers: [...(parts.headers ?? []), answerTo(challenged, method, parts)] }, from)
  }
  const registers = (headers: readonly string[], parts: Said = {}) => proves('REGISTER', { ...parts, headers })
  const uris = () => (bindings.kept.get('d1') ?? []).map(({ uri }) => uri)
  return { clock, caller, agent, bindings, callers, lines, says, proves, registers, uris }
}

type Message = Awaited<ReturnType<ReturnType<typeof scene>['says']>>

function answerTo(challenged: Message, method: string, { username = 'desk', password = desk.password, count }: Said) {
  const isRegister = method === 'REGISTER'
  const challenge = parseChallenge(challenged.first(isRegister ? 'www-authenticate' : 'proxy-authenticate') ?? '')
  if (challenge === undefined) throw new Error('there is no challenge')
  const uri = isRegister ? 'sip:acme.example' : 'sip:2030@acme.example'
  const answer = digestAnswer(challenge, { username, password, method, uri, ...(count === undefined ? {} : { count }) })
  return `${isRegister ? 'Authorization' : 'Proxy-Authorization'}: ${answer}`
}

describe('who is it', () => {
  test('REGISTER without a password is challenged, statelessly and without a word too many', async () => {
    const { says, agent, bindings } = scene()
    const challenged = await says('REGISTER', { headers: [contact] })
    expect(challenged.status).toBe(401)
    expect(challenged.first('www-authenticate')).toMatch(
      /^Digest realm="acme\.example", nonce="[\w-]{40}", qop="auth", algorithm=MD5$/,
    )
    expect(challenged.count('contact')).toBe(0)
    expect(agent.counters).toMatchObject({ transactions: 0, challenged: 1, unauthenticated: 0 })
    expect(bindings.kept.size).toBe(0)
  })

  test('the right password is believed, with either algorithm when both are offered', async () => {
    const { says, registers } = scene({ algorithms: ['SHA-256', 'MD5'] })
    expect((await registers([contact])).status).toBe(200)
    const challenged = await says('REGISTER', { headers: [contact] })
    const both = challenged.all('www-authenticate')
    expect(both.map((value) => parseChallenge(value)?.algorithm)).toEqual(['SHA-256', 'MD5'])
    const challenge = parseChallenge(both[1] ?? '')
    const answer = challenge && digestAnswer(challenge, { ...desk, method: 'REGISTER', uri: 'sip:acme.example' })
    expect((await says('REGISTER', { headers: [contact, `Authorization: ${answer}`] })).status).toBe(200)
  })

  test('a wrong password, an unknown user and an algorithm that was not offered get the same answer', async () => {
    const { registers, says, agent } = scene()
    const strip = (message: Message): string =>
      [message.status, ...message.headers.map(([name, value]) => `${name}: ${value}`)]
        .join('\n')
        .replace(/nonce="[^"]*"|branch=\w+|tag=\w+|CSeq: \d+/g, '')
    const wrong = await registers([contact], { password: 'wrong' })
    expect(wrong.status).toBe(401)
    expect(wrong.first('www-authenticate')).not.toContain('stale')
    expect(strip(await registers([contact], { username: 'nobody' }))).toBe(strip(wrong))
    const challenge = parseChallenge((await says('REGISTER')).first('www-authenticate') ?? '')
    const other = challenge && { ...challenge, algorithm: 'SHA-256' }
    const answer = other && digestAnswer(other, { ...desk, method: 'REGISTER', uri: 'sip:acme.example' })
    expect(strip(await says('REGISTER', { headers: [contact, `Authorization: ${answer}`] }))).toBe(strip(wrong))
    expect(agent.counters.unauthenticated).toBe(3)
  })

  test('an old nonce, a nonce of another address and a replay are stale, and no failures', async () => {
    const { says, registers, clock, agent } = scene({ nonceLifeMs: 60_000 })
    const challenged = await says('REGISTER', { headers: [contact] })
    const authorization = answerTo(challenged, 'REGISTER', {})
    const parts = { headers: [contact, authorization] }
    const stale = (message: Message) => parseChallenge(message.first('www-authenticate') ?? '')?.isStale
    expect(stale(await says('REGISTER', parts, elsewhere))).toBe(true)
    expect((await says('REGISTER', parts)).status).toBe(200)
    expect(stale(await says('REGISTER', parts))).toBe(true)
    const again = { headers: [contact, answerTo(challenged, 'REGISTER', { count: 2 })] }
    expect((await says('REGISTER', again)).status).toBe(200)
    await clock.advance(60_000)
    const late = { headers: [contact, answerTo(challenged, 'REGISTER', { count: 3 })] }
    expect(stale(await says('REGISTER', late))).toBe(true)
    expect((await registers([contact])).status).toBe(200)
    expect(agent.counters.unauthenticated).toBe(0)
  })

  test('a retransmitted REGISTER gets the answer that was given', async () => {
    const { says, caller } = scene()
    const authorization = answerTo(await says('REGISTER', { headers: [contact] }), 'REGISTER', {})
    const parts = { headers: [contact, authorization], branch: 'z9hG4bKsame', cseq: 7 }
    await says('REGISTER', parts)
    await says('REGISTER', parts)
    expect(caller.story).toEqual(['401 REGISTER', '200 REGISTER', '200 REGISTER'])
  })

  test('whoever fails too often is not listened to for a while, others are', async () => {
    const { registers, says, caller, clock, agent, lines } = scene({
      failures: { most: 3, windowMs: 60_000, refusedMs: 300_000 },
    })
    for (let n = 0; n < 3; n++) await registers([contact], { password: `wrong ${n}` })
    const heard = caller.heard.length
    await caller.says('REGISTER', { uri: 'sip:acme.example', cseq: 90 })
    await caller.says('INVITE', { body: offer, cseq: 91 })
    await caller.says('OPTIONS', { cseq: 92 })
    expect(caller.heard).toHaveLength(heard)
    expect(agent.counters).toMatchObject({ banned: 1, refused: 3, unauthenticated: 3 })
    expect((await says('REGISTER', {}, elsewhere)).status).toBe(401)
    await clock.advance(300_000)
    expect((await registers([contact])).status).toBe(200)
    expect(lines.filter((line) => line.includes('sip.source-refused'))).toHaveLength(1)
    expect(lines.join('')).not.toMatch(/correct horse|wrong \d|nonce|response/)
  })
})

describe('who calls', () => {
  const fromDesk = { body: offer, from: '<sip:desk@acme.example>' }

  test('a phone is asked for its password with 407, and known by it', async () => {
    const { says, proves, callers, agent } = scene()
    const challenged = await says('INVITE', fromDesk)
    expect(challenged.status).toBe(407)
    expect(agent.counters).toMatchObject({ transactions: 0, dialogs: 0 })
    expect(callers).toEqual([])
    expect((await proves('INVITE', fromDesk)).status).toBe(486)
    expect(callers).toEqual(['d1'])
  })

  test('with the wrong password nobody gets in, whoever he says he is', async () => {
    const { proves, callers } = scene()
    const asked = [
      fromDesk,
      { ...fromDesk, from: '<sip:nobody@acme.example>' },
      { ...fromDesk, from: '<sip:desk@198.51.100.1>' },
    ]
    for (const parts of asked) expect((await proves('INVITE', { ...parts, password: 'x' })).status).toBe(407)
    expect(callers).toEqual([])
  })

  test('a caller from elsewhere is a stranger; a phone that is known by its address is known', async () => {
    const { says, callers } = scene()
    expect((await says('INVITE', { body: offer })).status).toBe(486)
    await says('INVITE', { body: offer, callId: 'other' }, { ...elsewhere, address: '192.0.2.77' })
    expect(callers).toEqual([undefined, 'd2'])
  })

  test('a trunk may name our realm, but none of our phones, and nobody registers from there', async () => {
    const { says, callers } = scene()
    const trunk = { ...elsewhere, address: '192.0.2.66' }
    const carrier = { from: '<sip:+15551230001@acme.example>', body: offer }
    expect((await says('INVITE', carrier, elsewhere)).status).toBe(407)
    expect((await says('INVITE', { ...carrier, callId: 'c2' }, trunk)).status).toBe(486)
    expect(callers).toEqual([undefined])
    expect((await says('INVITE', { ...fromDesk, callId: 'c3' }, trunk)).status).toBe(407)
    expect((await says('REGISTER', { headers: [contact] }, trunk)).status).toBe(401)
  })
})

describe('REGISTER of a phone (RFC 3261 section 10.3)', () => {
  test('binds where it came from, says until when, and asks nothing of the URI', async () => {
    const { registers, bindings, clock } = scene()
    const ok = await registers([`${contact};expires=120;+sip.instance="<urn:x>";q=0.5`, 'User-Agent: Test/1'])
    expect(ok.all('contact')).toEqual(['<sip:desk-0x1@10.0.0.5:5062>;+sip.instance="<urn:x>";q=0.5;expires=120'])
    expect(ok.first('date')).toBe(new Date(clock.now()).toUTCString())
    expect(bindings.kept.get('d1')).toMatchObject([
      {
        uri: 'sip:desk-0x1@10.0.0.5:5062',
        flow: { transport: 'udp', address: '192.0.2.10', port: 5060 },
        userAgent: 'Test/1',
        expiresAt: clock.now() + 120_000,
      },
    ])
  })

  test('again, another, none: refreshed, added, removed; without a Contact only asked', async () => {
    const { registers, uris, clock } = scene()
    await registers([contact])
    await clock.advance(100_000)
    expect((await registers([contact])).first('contact')).toContain('expires=300')
    await registers(['Contact: <sip:desk@10.0.0.6>, <sip:desk@10.0.0.7;transport=tcp>'])
    expect(uris()).toHaveLength(3)
    expect((await registers([], { isQuery: true })).all('contact')).toHaveLength(3)
    await registers(['Contact: <sip:desk@10.0.0.7;transport=TCP>', 'Expires: 0'])
    expect(uris()).toEqual(['sip:desk-0x1@10.0.0.5:5062', 'sip:desk@10.0.0.6'])
    expect((await registers(['Contact: *', 'Expires: 0'])).all('contact')).toEqual([])
    expect(uris()).toEqual([])
  })

  test.each([
    ['Contact: *', 400],
    ['Contact: *, <sip:a@b>\r\nExpires: 0', 400],
    ['Contact: *\r\nExpires: 60', 400],
    ['Contact: <mailto:a@b>', 400],
    [`Contact: <sip:${'x'.repeat(1_000)}@b>`, 400],
    ['Contact: <sip:a@b>;expires=59', 423],
    ['Contact: <sip:a@b>\r\nExpires: 1', 423],
    [`Contact: ${Array.from({ length: 11 }, (_, n) => `<sip:a${n}@b>`).join(', ')}`, 403],
    ['Contact: <sip:a@b>\r\nRequire: path', 420],
  ])('%s is refused', async (header, status) => {
    const { registers, says, uris } = scene()
    const headers = header.split('\r\n')
    // What it requires is looked at before anything is asked.
    const refused = status === 420 ? await says('REGISTER', { headers }) : await registers(headers)
    expect(refused.status).toBe(status)
    expect(refused.first('min-expires')).toBe(status === 423 ? '60' : undefined)
    expect(uris()).toEqual([])
  })

  test('too long is cut, nonsense is what is usual', async () => {
    const { registers } = scene()
    expect((await registers([contact, 'Expires: 999999'])).first('contact')).toContain('expires=3600')
    expect((await registers([contact, 'Expires: soon'])).first('contact')).toContain('expires=300')
  })

  test('one that was overtaken changes nothing; a new Call-ID does', async () => {
    const { registers, says, uris } = scene()
    await registers([contact])
    const late = { cseq: 1, headers: ['Contact: *', 'Expires: 0'] }
    const challenged = await says('REGISTER', late)
    const headers = [...late.headers, answerTo(challenged, 'REGISTER', {})]
    expect((await says('REGISTER', { ...late, headers })).status).toBe(400)
    expect(uris()).toHaveLength(1)
    const again = await says('REGISTER', { ...late, callId: 'rebooted' })
    const fresh = [...late.headers, answerTo(again, 'REGISTER', {})]
    expect((await says('REGISTER', { ...late, callId: 'rebooted', headers: fresh })).status).toBe(200)
    expect(uris()).toEqual([])
  })

  test('one more than there may be takes the place of the one that was heard longest ago', async () => {
    const { registers, uris, clock } = scene({ mostContacts: 2 })
    for (const host of ['a', 'b', 'a', 'c']) {
      await clock.advance(1_000)
      await registers([`Contact: <sip:desk@${host}>`])
    }
    expect(uris()).toEqual(['sip:desk@a', 'sip:desk@c'])
  })

  test('a phone that keeps flows (RFC 5626) has one contact for each, wherever it is', async () => {
    const { registers, uris } = scene()
    const flow = (host: string, id: number) => [
      `Contact: <sip:desk@${host}>;reg-id=${id};+sip.instance="<urn:uuid:1>"`,
      'Supported: path, outbound',
    ]
    await registers(flow('10.0.0.1', 1))
    const ok = await registers(flow('10.0.0.2', 1))
    expect(ok.first('require')).toBe('outbound')
    await registers(flow('10.0.0.2', 2))
    expect(uris()).toEqual(['sip:desk@10.0.0.2', 'sip:desk@10.0.0.2'])
  })
})
