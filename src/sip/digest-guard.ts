import { randomHex, type Clock, type Log } from '../base/index.ts'
import type { Refusal } from './check-request.ts'
import { AuthenticationFailures } from './digest-failures.ts'
import { Nonces } from './digest-nonces.ts'
import { isProof, parseCredentials, quoted, type DigestCredentials } from './digest.ts'
import type { IncomingRequest } from './incoming.ts'
import type { Claim, Phone, PhoneBook, RegistrarLimits } from './registrar-port.ts'
import type { Header } from './serialize.ts'
import { bareHost, parseUri, userOf } from './uri.ts'

export interface GuardOptions {
  readonly clock: Clock
  readonly log: Log
  readonly phones: PhoneBook
  readonly limits: RegistrarLimits
  readonly isTrunk?: ((address: string) => boolean) | undefined
}

/** Who sent a request: a phone of ours, somebody else, or somebody who must say more. */
export type Verdict =
  | { readonly is: 'phone'; readonly phone: Phone }
  | { readonly is: 'stranger' }
  | { readonly is: 'refused'; readonly refusal: Refusal }

export interface GuardCounters {
  /** Requests that were challenged, those with a wrong password included. */
  readonly challenged: number
  /** Wrong passwords, and right ones of nobody. */
  readonly unauthenticated: number
  /** Addresses that are not listened to because of these, now. */
  readonly banned: number
}

/**
 * Digest authentication of phones (RFC 3261 section 22). Whoever has no name here goes through the same motions as
 * whoever has the wrong password, in the same time.
 */
export class DigestGuard {
  readonly #options: GuardOptions
  readonly #nonces: Nonces
  readonly #failures: AuthenticationFailures
  /** Of those who are not here: nobody can know it. */
  readonly #nobodysPassword = randomHex(16)
  #challenged = 0
  #unauthenticated = 0

  constructor(options: GuardOptions) {
    const { clock, limits } = options
    this.#options = options
    this.#nonces = new Nonces({ clock, lifeMs: limits.nonceLifeMs })
    this.#failures = new AuthenticationFailures(clock, limits.failures)
  }

  get counters(): GuardCounters {
    const { refused: banned } = this.#failures
    return { challenged: this.#challenged, unauthenticated: this.#unauthenticated, banned }
  }

  /** Has this address failed too often lately? Then it deserves no answer. */
  isRefused(address: string): boolean {
    return this.#failures.isRefused(address)
  }

  /**
   * Looks up who a request claims to be from.
   *
   * @returns judges the request. Not to be called for a retransmission: what has been proved once proves nothing again
   * @throws what the phone book throws
   */
  async inquire(request: IncomingRequest): Promise<() => Verdict> {
    const { phones } = this.#options
    const { message, source } = request
    const isRegister = message.method === 'REGISTER'
    if (!isRegister) {
      const host = hostOf(message.requestUri)
      const phone = await phones.atAddress(host, source.address)
      if (phone !== undefined) return () => ({ is: 'phone', phone })
    }
    const claimed = addressOf((isRegister ? message.to : message.from)?.uri ?? '')
    const { realm, isOfOurs, phone } = await phones.find(claimed)
    const credentials = credentialsIn(request).find((one) => one.realm === realm)
    if (credentials === undefined) {
      const mayBeOfOurs = isOfOurs && this.#options.isTrunk?.(source.address) !== true
      const isStranger = !isRegister && !mayBeOfOurs && phone === undefined
      return isStranger ? () => ({ is: 'stranger' }) : () => this.#challenge(request, realm)
    }
    // Whose password it is: an address may be of another name than its phone.
    const claim = await phones.find({ ...claimed, username: credentials.username })
    return () => this.#judge(request, credentials, claim)
  }

  #judge(request: IncomingRequest, credentials: DigestCredentials, { realm, phone }: Claim): Verdict {
    const { nonce, qop, nc = '' } = credentials
    const { method, source } = request
    if (!this.#nonces.isFresh(nonce, source.address)) return this.#challenge(request, realm, true)
    const isRight = isProof(credentials, { password: phone?.password ?? this.#nobodysPassword, method })
    if (!isRight || phone === undefined || !this.#isOffered(credentials)) return this.#fail(request, realm)
    // Without qop there is no count: such a nonce is good for once.
    const count = qop === undefined ? 1 : Number.parseInt(nc, 16)
    if (!this.#nonces.use(nonce, count)) return this.#challenge(request, realm, true)
    return { is: 'phone', phone }
  }

  #isOffered({ algorithm = 'MD5', qop, nc = '' }: DigestCredentials): boolean {
    const isKnown = this.#options.limits.algorithms.some((one) => one === algorithm.toUpperCase())
    return isKnown && (qop === undefined || (qop === 'auth' && /^[0-9a-f]{8}$/i.test(nc)))
  }

  #fail(request: IncomingRequest, realm: string): Verdict {
    const { address } = request.source
    const { log } = this.#options
    this.#unauthenticated++
    log.warn('sip.unauthenticated', { address, method: request.method, pii: { from: request.message.from?.uri } })
    if (this.#failures.add(address)) log.warn('sip.source-refused', { address, ...this.#options.limits.failures })
    return this.#challenge(request, realm)
  }

  #challenge({ method, source }: IncomingRequest, realm: string, isStale = false): Verdict {
    this.#challenged++
    const isCall = method === 'INVITE'
    const name = isCall ? 'Proxy-Authenticate' : 'WWW-Authenticate'
    const fields = [
      `Digest realm=${quoted(realm)}`,
      `nonce="${this.#nonces.issue(source.address)}"`,
      'qop="auth"',
      ...(isStale ? ['stale=true'] : []),
    ].join(', ')
    const headers = this.#options.limits.algorithms.map((one): Header => [name, `${fields}, algorithm=${one}`])
    return { is: 'refused', refusal: { status: isCall ? 407 : 401, headers } }
  }
}

function credentialsIn({ message }: IncomingRequest): readonly DigestCredentials[] {
  return [...message.all('proxy-authorization'), ...message.all('authorization')]
    .map(parseCredentials)
    .filter((one) => one !== undefined)
}

function addressOf(text: string): { readonly host: string; readonly username: string } {
  const uri = parseUri(text)
  return uri === undefined ? { host: '', username: '' } : { host: bareHost(uri.host), username: userOf(uri) }
}

const hostOf = (uri: string): string => addressOf(uri).host
