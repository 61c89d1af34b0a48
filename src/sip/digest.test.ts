import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseChallenge, digestAnswer, isProof, parseChallenge, parseCredentials } from './digest.ts'

const circle = { username: 'Mufasa', password: 'Circle of Life', method: 'GET', uri: '/dir/index.html' }

/** The one that must be readable. */
function challengeOf(value: string) {
  const challenge = parseChallenge(value)
  if (challenge === undefined) throw new Error(`no challenge: ${value}`)
  return challenge
}

const responseOf = (answer: string): string | undefined => parseCredentials(answer)?.response

describe('RFC 7616 section 3.9.1', () => {
  const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v'
  const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'
  const opaque = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS'

  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('%s', (algorithm, response) => {
    const value = `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}"`
    const answer = digestAnswer(challengeOf(value), { ...circle, cnonce })
    expect(responseOf(answer)).toBe(response)
    expect(answer).toContain(`algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="${cnonce}", opaque="${opaque}"`)
  })
})

describe('RFC 2617 section 3.5 and RFC 2069', () => {
  const realm = 'realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'

  test('qop=auth', () => {
    const challenge = challengeOf(`Digest ${realm}, qop="auth,auth-int"`)
    const answer = digestAnswer(challenge, { ...circle, password: 'Circle Of Life', cnonce: '0a4f113b' })
    expect(responseOf(answer)).toBe('6629fae49393a05397450978507c4ef1')
  })

  test('without qop (the erratum’s value)', () => {
    const answer = digestAnswer(challengeOf(`Digest ${realm}`), { ...circle, password: 'CircleOfLife' })
    expect(responseOf(answer)).toBe('1949323746fe6a43ef61f9606e7febea')
    expect(answer).not.toMatch(/nc=|cnonce=|qop=/)
  })
})

describe('both ways', () => {
  const one = fc.record({
    username: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(isOneLine),
    realm: fc.string({ unit: 'grapheme', maxLength: 20 }).filter(isOneLine),
    password: fc.string({ unit: 'grapheme', maxLength: 20 }),
    algorithm: fc.constantFrom('MD5', 'md5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256'),
    qop: fc.constantFrom('', ', qop="auth"', ', qop="auth-int"'),
    count: fc.integer({ min: 1, max: 0xffffffff }),
  })
  const said = { method: 'REGISTER', uri: 'sip:acme.example', body: 'v=0' }

  test('what is answered is a proof, of this password, method and body only', () => {
    fc.assert(
      fc.property(one, ({ username, realm, password, algorithm, qop, count }) => {
        const quotedRealm = realm.replace(/["\\]/g, '\\$&')
        const challenge = challengeOf(
          bytes(`Digest realm="${quotedRealm}", nonce="n/1==", algorithm=${algorithm}${qop}`),
        )
        expect(challenge.realm).toBe(realm)
        const credentials = parseCredentials(bytes(digestAnswer(challenge, { username, password, count, ...said })))
        if (credentials === undefined) throw new Error('unreadable')
        expect(credentials.username).toBe(username)
        expect(isProof(credentials, { password, ...said })).toBe(true)
        expect(isProof(credentials, { password: `${password}x`, ...said })).toBe(false)
        expect(isProof(credentials, { password, ...said, method: 'INVITE' })).toBe(false)
        expect(isProof({ ...credentials, nonce: 'other' }, { password, ...said })).toBe(false)
        expect(isProof({ ...credentials, response: '' }, { password, ...said })).toBe(false)
        expect(isProof(credentials, { password, ...said, body: 'v=1' })).toBe(!qop.includes('int'))
      }),
    )
  })

  test('whatever stands in the header, nothing is thrown', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', ',', '=', '\\', ' ', '\t', ';', '<', 'a', 'é', '\0') }),
        (text) => {
          parseChallenge(`Digest ${text}`)
          parseCredentials(`Digest realm="x", ${text}`)
        },
      ),
    )
  })
})

test('the topmost challenge that we can answer is taken; stale says so', () => {
  const digest = (algorithm: string): string => `Digest realm="r", nonce="n", algorithm=${algorithm}`
  expect(chooseChallenge(['Basic realm="r"', digest('SHA-3'), digest('SHA-256'), digest('MD5')])?.algorithm).toBe(
    'SHA-256',
  )
  expect(chooseChallenge(['Digest nonce="n"', 'Digest realm="r", nonce="n", qop="token"'])).toBeUndefined()
  expect(challengeOf('DIGEST realm="r",nonce="n",stale=TRUE').isStale).toBe(true)
})

test('credentials without something that must be there are none; an unknown algorithm proves nothing', () => {
  const whole = 'Digest username="u", realm="r", nonce="n", uri="sip:x", response="00"'
  expect(parseCredentials(whole)).toMatchObject({ username: 'u', qop: undefined })
  for (const name of ['username', 'realm', 'nonce', 'uri', 'response'])
    expect(parseCredentials(whole.replace(`${name}=`, 'x=')), name).toBeUndefined()
  const credentials = parseCredentials(`${whole}, algorithm=SHA-3`)
  expect(credentials && isProof(credentials, { password: 'p', method: 'REGISTER' })).toBe(false)
  const half = parseCredentials(`${whole}, qop=auth`)
  expect(half && isProof(half, { password: 'p', method: 'REGISTER' })).toBe(false)
})

/** As a message brings it: one character per byte. */
const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

function isOneLine(text: string): boolean {
  return !/[\p{Cc}]/u.test(text) && text === text.trim()
}
