import { createHash, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** How KAZOO's `user_auth` names the hash that its `credentials` are made with. */
export type CredentialMethod = 'md5' | 'sha'

/** What is kept of a password. */
export type KeptCredentials = Readonly<Record<CredentialMethod, string>>

const derive = promisify<string, string, number, Buffer>(scrypt)
const lengthBytes = 32

/**
 * KAZOO's clients send `md5("user:password")` or its SHA-1, without saying which user. So what is kept is the scrypt of
 * those, salted by the account: one derivation finds the user, and the user's name inside keeps equal passwords apart.
 *
 * @param credentials hexadecimal, in any case
 * @source KAZOO cb_user_auth.erl, users/creds_by_md5 and creds_by_sha (which keep the bare hashes)
 */
export async function sealed(accountId: string, credentials: string): Promise<string> {
  return (await derive(credentials.toLowerCase(), `pivot/user_auth/${accountId}`, lengthBytes)).toString('hex')
}

/** What is kept of `password`, which itself is not. */
export async function credentialsOf(accountId: string, username: string, password: string): Promise<KeptCredentials> {
  const hash = (algorithm: string): string =>
    createHash(algorithm).update(`${username.toLowerCase()}:${password}`).digest('hex')
  const [md5, sha] = await Promise.all([sealed(accountId, hash('md5')), sealed(accountId, hash('sha1'))])
  return { md5, sha }
}

/** In constant time for texts of one length. */
export const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
