import { createHash, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomHex } from '../base/index.ts'

/** The key of the API, of which only the hash is known after the start it was made at. */
export interface ApiKey {
  /** The key itself, when it was made just now: the one chance to tell it to anybody. */
  readonly fresh: string | undefined
  /** In constant time. */
  fits(token: string): boolean
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/** What is kept of a token. A hash without salt is enough for 256 random bits: there is no list of likely ones to try. */
export const hashOfToken = (token: string): string => digestOf(token).toString('hex')

const keyOf = (hash: Buffer, fresh?: string): ApiKey => ({
  fresh,
  fits: (token) => timingSafeEqual(digestOf(token), hash),
})

/** The configured key; else the one whose hash is kept in `dataDir`; else a new one of 256 bits. */
export async function openApiKey(dataDir: string, configured: string | undefined): Promise<ApiKey> {
  if (configured !== undefined) return keyOf(digestOf(configured))
  const path = join(dataDir, 'api-key.sha256')
  const kept = await readFile(path, 'utf8').catch(() => '')
  if (/^[0-9a-f]{64}$/.test(kept.trim())) return keyOf(Buffer.from(kept.trim(), 'hex'))
  const fresh = randomHex(32)
  await mkdir(dataDir, { recursive: true })
  await writeFile(path, `${hashOfToken(fresh)}\n`, { mode: 0o600 })
  return keyOf(digestOf(fresh), fresh)
}
