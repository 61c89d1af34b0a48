import { newId, randomHex, type Clock } from '../base/index.ts'
import { hashOfToken, type ApiKey } from './api-key.ts'
import { FailedAttempts } from './attempts.ts'
import type { Scope, Token, TokenStore } from './tokens.ts'

/** Who asks: the account of the token, and what the token may do. */
export interface Principal {
  readonly tokenId: string
  /** Empty when nobody has said who asks, which only public routes allow. */
  readonly accountId: string
  readonly userId: string | undefined
  readonly scopes: readonly Scope[]
}

/** What a new token is to be good for. */
export interface Grant {
  readonly accountId: string
  readonly userId?: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Undefined: it does not expire. */
  readonly lifetimeMs?: number
}

export interface AccessOptions {
  readonly tokens: TokenStore
  /** The key of the operator, which may everything. */
  readonly apiKey: ApiKey
  /** The account that the operator's key belongs to. */
  readonly accountId: string
  readonly clock: Clock
}

/** Who may ask for what. */
export interface Access {
  /** Whose token it is; undefined when it is nobody's or has expired. */
  principalOf(token: string): Promise<Principal | undefined>
  /** Makes a token of 256 bits. It is told here and never again: what is kept is its hash. */
  issue(grant: Grant): Promise<{ readonly token: string; readonly kept: Token }>
  readonly attempts: FailedAttempts
}

/** How long a token that somebody got for a password or key is good: as long as KAZOO's. */
export const sessionMs = 3_600_000

const included: Readonly<Record<Scope, readonly Scope[]>> = {
  system: ['system', 'admin', 'read', 'calls'],
  admin: ['admin', 'read', 'calls'],
  read: ['read'],
  calls: ['calls'],
}

/** May a token of these scopes do what needs `wanted`? */
export const allows = (scopes: readonly Scope[], wanted: Scope): boolean =>
  scopes.some((scope) => included[scope].includes(wanted))

export const operatorTokenId = 'api-key'

export function openAccess({ tokens, apiKey, accountId, clock }: AccessOptions): Access {
  const operator: Principal = { tokenId: operatorTokenId, accountId, userId: undefined, scopes: ['system'] }
  return {
    attempts: new FailedAttempts(clock),
    async principalOf(token) {
      if (apiKey.fits(token)) return operator
      const kept = await tokens.find(hashOfToken(token))
      if (kept === undefined || (kept.expiresAt !== undefined && kept.expiresAt <= clock.now())) return undefined
      return { tokenId: kept.id, accountId: kept.accountId, userId: kept.userId, scopes: kept.scopes }
    },
    async issue({ accountId, userId, name, scopes, lifetimeMs }) {
      const token = randomHex(32)
      const now = clock.now()
      const kept: Token = {
        hash: hashOfToken(token),
        id: newId(),
        accountId,
        userId,
        name,
        scopes,
        createdAt: now,
        expiresAt: lifetimeMs === undefined ? undefined : now + lifetimeMs,
      }
      await tokens.add(kept)
      return { token, kept }
    },
  }
}
