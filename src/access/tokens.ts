/** What a token may do. `admin` may everything in its account and the accounts below it; `read` only asks. */
export type Scope = 'admin' | 'read' | 'calls' | 'system'

/** An API token as it is kept: never itself, only its hash. */
export interface Token {
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string
  readonly id: string
  readonly accountId: string
  readonly userId: string | undefined
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Unix milliseconds. */
  readonly createdAt: number
  /** Unix milliseconds; undefined = never. */
  readonly expiresAt: number | undefined
}

export interface TokenStore {
  add(token: Token): Promise<void>
  find(hash: string): Promise<Token | undefined>
  list(accountId: string): Promise<readonly Token[]>
  remove(accountId: string, id: string): Promise<boolean>
  /** @returns how many */
  removeExpired(nowMs: number): Promise<number>
}
