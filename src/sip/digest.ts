import { createHash, timingSafeEqual } from 'node:crypto'
import { randomHex } from '../base/index.ts'
import { decodeUtf8, splitList, trimmed, unquote } from './params.ts'

/** Names of hashes in Node, by their names in RFC 7616 section 6.1, in lower case. */
const hashes: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256', 'sha-512-256': 'sha512-256' }

/** What a WWW-Authenticate or Proxy-Authenticate asks for (RFC 7616 section 3.3). */
export interface DigestChallenge {
  readonly realm: string
  readonly nonce: string
  /** As spelled there; undefined means MD5. */
  readonly algorithm: string | undefined
  /** Of several, the first that we know: `auth` before `auth-int`; undefined is the way of RFC 2069. */
  readonly qop: 'auth' | 'auth-int' | undefined
  readonly opaque: string | undefined
  /** Only the nonce was too old: the same password will do with this one. */
  readonly isStale: boolean
}

/** What an Authorization or Proxy-Authorization says (RFC 7616 section 3.4). */
export interface DigestCredentials {
  readonly username: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly response: string
  readonly algorithm: string | undefined
  readonly qop: string | undefined
  readonly cnonce: string | undefined
  /** Eight hexadecimal digits. */
  readonly nc: string | undefined
}

/** @returns undefined for another scheme, and for an algorithm or a quality of protection that we do not know */
export function parseChallenge(value: string): DigestChallenge | undefined {
  const fields = parseFields(value)
  const realm = fields?.get('realm')
  const nonce = fields?.get('nonce')
  if (fields === undefined || realm === undefined || nonce === undefined) return undefined
  const algorithm = fields.get('algorithm')
  if (hashOf(algorithm) === undefined) return undefined
  const offered = fields
    .get('qop')
    ?.toLowerCase()
    .split(',')
    .map((one) => one.trim())
  const qop = (['auth', 'auth-int'] as const).find((known) => offered?.includes(known))
  if (offered !== undefined && qop === undefined) return undefined
  const isStale = fields.get('stale')?.toLowerCase() === 'true'
  return { realm, nonce, algorithm, qop, opaque: fields.get('opaque'), isStale }
}

/** Of the challenges of a response the topmost that can be answered (RFC 8760 section 2.4). */
export function chooseChallenge(values: readonly string[]): DigestChallenge | undefined {
  for (const value of values) {
    const challenge = parseChallenge(value)
    if (challenge !== undefined) return challenge
  }
  return undefined
}

/** @returns undefined for another scheme, and when something is missing */
export function parseCredentials(value: string): DigestCredentials | undefined {
  const fields = parseFields(value)
  if (fields === undefined) return undefined
  const { username, realm, nonce, uri, response } = Object.fromEntries(fields) as Readonly<
    Record<string, string | undefined>
  >
  if (
    username === undefined ||
    realm === undefined ||
    nonce === undefined ||
    uri === undefined ||
    response === undefined
  ) {
    return undefined
  }
  const given = { username, realm, nonce, uri, response: response.toLowerCase() }
  return {
    ...given,
    algorithm: fields.get('algorithm'),
    qop: fields.get('qop')?.toLowerCase(),
    cnonce: fields.get('cnonce'),
    nc: fields.get('nc'),
  }
}

export interface DigestParts {
  readonly username: string
  readonly password: string
  readonly method: string
  /** The Request-URI. */
  readonly uri: string
  /** For `auth-int`. */
  readonly body?: string
  /** Ours, for this request; made when it is left out. */
  readonly cnonce?: string
  /** How often the nonce has been used, this time included; default 1. */
  readonly count?: number
}

/** The Authorization or Proxy-Authorization that answers `challenge` (RFC 7616 section 3.4, RFC 8760). */
export function digestAnswer(challenge: DigestChallenge, parts: DigestParts): string {
  const { realm, nonce, algorithm, qop, opaque } = challenge
  const { username, password, method, uri, body = '', cnonce = randomHex(16), count = 1 } = parts
  const nc = count.toString(16).padStart(8, '0')
  const response = digestOf({ username, realm, nonce, uri, algorithm, qop, cnonce, nc }, { password, method, body })
  const fields = [
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${nc}`]),
    ...(qop !== undefined || isOfSession(algorithm) ? [`cnonce=${quoted(cnonce)}`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
  ]
  return `Digest ${fields.join(', ')}`
}

/** What whoever verifies knows of itself. */
export interface DigestSecret {
  readonly password: string
  readonly method: string
  readonly body?: string
}

/**
 * Do the credentials prove knowledge of the password? Takes as long for a wrong answer as for a right one. What they
 * say of nonce, realm and algorithm is to be judged by the caller.
 */
export function isProof(credentials: DigestCredentials, secret: DigestSecret): boolean {
  const { qop, cnonce, nc, algorithm } = credentials
  if (hashOf(algorithm) === undefined) return false
  if (qop !== undefined && (cnonce === undefined || nc === undefined)) return false
  const expected = Buffer.from(digestOf(credentials, secret))
  const given = Buffer.from(credentials.response)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

type Question = Omit<DigestCredentials, 'response'>

/** RFC 7616 section 3.4.1; RFC 2069 when there is no `qop`. */
function digestOf(question: Question, { password, method, body = '' }: DigestSecret): string {
  const { username, realm, nonce, uri, algorithm, qop, cnonce = '', nc = '' } = question
  const name = hashOf(algorithm) ?? 'md5'
  const hash = (text: string): string => createHash(name).update(text).digest('hex')
  const secret = hash(`${username}:${realm}:${password}`)
  const a1 = isOfSession(algorithm) ? hash(`${secret}:${nonce}:${cnonce}`) : secret
  const a2 = hash(qop === 'auth-int' ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`)
  return hash(qop === undefined ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`)
}

function hashOf(algorithm = 'md5'): string | undefined {
  return hashes[algorithm.toLowerCase().replace(/-sess$/, '')]
}

const isOfSession = (algorithm = ''): boolean => algorithm.toLowerCase().endsWith('-sess')

export const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** The fields of `Digest name=value, name="value"`; names in lower case, values without quotes. */
function parseFields(value: string): ReadonlyMap<string, string> | undefined {
  const found = /^digest[ \t]+/i.exec(value)
  if (found === null) return undefined
  const fields = new Map<string, string>()
  for (const field of splitList(value.slice(found[0].length))) {
    const equals = field.indexOf('=')
    if (equals <= 0) continue
    const name = trimmed(field, 0, equals).toLowerCase()
    if (!fields.has(name)) fields.set(name, decodeUtf8(unquote(trimmed(field, equals + 1))))
  }
  return fields
}
