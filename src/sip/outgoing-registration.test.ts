import { expect, test } from 'vitest'
import { house } from '../../test/support/sip-wire.ts'
import { isProof, parseCredentials } from './digest.ts'
import type { RegistrationAnswer, RegistrationOptions } from './index.ts'

const challenge = 'WWW-Authenticate: Digest realm="carrier.example", nonce="n1", qop="auth", algorithm=MD5'
const ours = '<sip:gw-1@198.51.100.1:5060>'

/** We register with a registrar whose every word the test says. */
function registering(more: Partial<RegistrationOptions> = {}, hops?: readonly string[]) {
  const { agent, clock, caller } = house(
    hops === undefined
      ? {}
      : { resolve: async () => hops.map((address) => ({ transport: 'udp', address, port: 5060 }) as const) },
  )
  const registration = agent.registration({
    uri: 'sip:192.0.2.10',
    address: 'sip:acme@carrier.example',
    contactUser: 'gw-1',
    credentials: { username: 'acme', password: 'secret' },
    ...more,
  })
  const stop = new AbortController()
  const asks = (seconds: number) => {
    const told: { answer?: RegistrationAnswer; error?: unknown } = {}
    registration.ask(seconds, stop.signal).then(
      (answer) => (told.answer = answer),
      (error: unknown) => (told.error = error),
    )
    return clock.settle().then(() => told)
  }
  return { asks, clock, caller, stop }
}

test('a registration names us, where we are, and for how long; the answer says how long it is', async () => {
  const { asks, caller } = registering({ routes: ['<sip:192.0.2.20;lr>'] })
  const told = await asks(3_600)
  const request = caller.last('REGISTER')
  expect(request.requestUri).toBe('sip:192.0.2.10')
  expect(request.from?.uri).toBe('sip:acme@carrier.example')
  expect(request.first('to')).toBe('<sip:acme@carrier.example>')
  expect(request.first('contact')).toBe(`${ours};expires=3600`)
  expect(request.first('expires')).toBe('3600')
  expect(request.first('route')).toBe('<sip:192.0.2.20;lr>')
  expect(caller.heard[0]?.to.address).toBe('192.0.2.20')
  await caller.replies(200, [`Contact: <sip:other@192.0.2.99>;expires=60, ${ours};expires=1800`])
  expect(told.answer).toMatchObject({ status: 200, seconds: 1_800 })
})

test('a challenge is answered; Call-ID stays, CSeq grows', async () => {
  const { asks, caller } = registering()
  const told = await asks(300)
  const first = caller.last('REGISTER')
  await caller.replies(401, [challenge])
  const second = caller.last('REGISTER')
  expect([second.callId, second.cseq?.number]).toEqual([first.callId, 2])
  const credentials = parseCredentials(second.first('authorization') ?? '')
  expect(credentials && isProof(credentials, { password: 'secret', method: 'REGISTER' })).toBe(true)
  await caller.replies(200, ['Expires: 120'])
  expect(told.answer).toMatchObject({ status: 200, seconds: 120 })

  await asks(0)
  expect(caller.last('REGISTER').cseq?.number).toBe(3)
  expect(caller.last('REGISTER').first('contact')).toBe(`${ours};expires=0`)
})

test('a wrong password is told once, a stale nonce is no wrong password', async () => {
  const { asks, caller } = registering()
  const told = await asks(300)
  await caller.replies(401, [challenge])
  await caller.replies(401, [challenge.replace('"n1"', '"n2", stale=true')])
  expect(caller.times('REGISTER')).toHaveLength(3)
  await caller.replies(401, [challenge.replace('n1', 'n3')])
  expect(caller.times('REGISTER')).toHaveLength(3)
  expect(told.answer).toMatchObject({ status: 401 })
})

test('what the registrar wants is told: a longer time, or to be left alone', async () => {
  const brief = registering()
  const told = await brief.asks(60)
  await brief.caller.replies(423, ['Min-Expires: 600'])
  expect(told.answer).toMatchObject({ status: 423, leastSeconds: 600 })
  const full = registering()
  const asked = await full.asks(60)
  await full.caller.replies(503, ['Retry-After: 90 (busy)'])
  expect(asked.answer).toMatchObject({ status: 503, retryAfterSeconds: 90 })
})

test('one address after another is asked, as long as they do not answer or are busy', async () => {
  const { asks, caller, clock } = registering({ uri: 'sip:carrier.example' }, ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
  const told = await asks(300)
  await clock.advance(32_000)
  await caller.replies(503)
  await caller.replies(200, ['Expires: 300'])
  expect(told.answer).toMatchObject({ status: 200 })
  expect(new Set(caller.heard.map(({ to }) => to.address)).size).toBe(3)
})

test('nobody there, or nobody who answers', async () => {
  const nowhere = await registering({ uri: 'sip:carrier.example' }, []).asks(300)
  expect(nowhere.answer).toMatchObject({ status: 503, reason: 'it cannot be reached' })
  const { asks, clock } = registering()
  const silent = await asks(300)
  await clock.advance(33_000)
  expect(silent.answer).toMatchObject({ status: 408 })
})

test('whoever waits can be stopped, and what cannot be sent is not', async () => {
  const { asks, stop, clock } = registering()
  const told = await asks(300)
  const why = new Error('enough')
  stop.abort(why)
  await clock.settle()
  expect(told.error).toBe(why)
  const odd = registering({ uri: 'sip:x\r\nX-Evil: 1' })
  expect((await odd.asks(300)).answer).toMatchObject({ status: 503 })
  expect(odd.caller.heard).toEqual([])
})
