import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MemoryTokens } from '../../test/support/memory-api.ts'
import { VirtualClock } from '../base/index.ts'
import { FailedAttempts } from './attempts.ts'
import { allows, credentialsOf, openAccess, openApiKey, sealed } from './index.ts'

const open = async () => {
  const clock = new VirtualClock()
  const tokens = new MemoryTokens()
  const apiKey = await openApiKey('', 'a key of many characters')
  return { clock, tokens, access: openAccess({ tokens, apiKey, accountId: 'A1', clock }) }
}

test('an API key is told once, kept as a hash, and known again', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'pivot-access-'))
  const first = await openApiKey(dataDir, undefined)
  const second = await openApiKey(dataDir, undefined)

  expect(first.fresh).toMatch(/^[0-9a-f]{64}$/)
  expect(second.fresh).toBeUndefined()
  expect(readFileSync(join(dataDir, 'api-key.sha256'), 'utf8')).not.toContain(first.fresh)
  expect(second.fits(first.fresh ?? '')).toBe(true)
  expect(second.fits('something else')).toBe(false)
})

test('a token is known by its hash until it expires', async () => {
  const { access, tokens, clock } = await open()
  const { token, kept } = await access.issue({ accountId: 'A2', name: 'ci', scopes: ['read'], lifetimeMs: 1_000 })

  expect(token).toMatch(/^[0-9a-f]{64}$/)
  expect(JSON.stringify(await tokens.list('A2'))).not.toContain(token)
  expect(await access.principalOf(token)).toEqual({
    tokenId: kept.id,
    accountId: 'A2',
    userId: undefined,
    scopes: ['read'],
  })
  await clock.advance(1_000)
  expect(await access.principalOf(token)).toBeUndefined()
  expect(await access.principalOf('f'.repeat(64))).toBeUndefined()
})

test('the operator may everything, others what their scopes say', async () => {
  const { access } = await open()
  const operator = await access.principalOf('a key of many characters')

  expect(operator).toMatchObject({ accountId: 'A1', scopes: ['system'] })
  expect(allows(['system'], 'admin')).toBe(true)
  expect(allows(['admin'], 'calls')).toBe(true)
  expect(allows(['admin'], 'system')).toBe(false)
  expect(allows(['read'], 'calls')).toBe(false)
  expect(allows(['calls'], 'read')).toBe(false)
  expect(allows([], 'read')).toBe(false)
})

test('what is kept of a password differs by account, and fits what clients send', async () => {
  const md5 = createHash('md5').update('ada:analytical').digest('hex')
  const kept = await credentialsOf('A1', 'Ada', 'analytical')

  expect(await sealed('A1', md5.toUpperCase())).toBe(kept.md5)
  expect(await sealed('A2', md5)).not.toBe(kept.md5)
  expect(JSON.stringify(kept)).not.toContain(md5)
})

test('after ten failures in a minute an address is not listened to for a while; others are', async () => {
  const clock = new VirtualClock()
  const attempts = new FailedAttempts(clock)
  const fail = async (): Promise<undefined> => undefined
  const succeed = async (): Promise<string> => 'ada'

  for (let time = 0; time < 9; time++) await attempts.of('192.0.2.1', fail)
  expect(await attempts.of('192.0.2.1', succeed)).toBe('ada')
  for (let time = 0; time < 10; time++) await attempts.of('192.0.2.1', fail)
  await expect(attempts.of('192.0.2.1', succeed)).rejects.toMatchObject({ code: 'API_TOO_MANY' })
  expect(await attempts.of('192.0.2.2', succeed)).toBe('ada')
  await clock.advance(60_000)
  expect(await attempts.of('192.0.2.1', succeed)).toBe('ada')
})

test('attempts at the same time are counted before any of them is over', async () => {
  const attempts = new FailedAttempts(new VirtualClock())
  const all = await Promise.allSettled(
    Array.from({ length: 30 }, () => attempts.of('192.0.2.1', async () => undefined)),
  )
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
})
