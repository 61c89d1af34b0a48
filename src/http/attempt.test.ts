import { expect, test } from 'vitest'
import { Failure, never } from '../base/index.ts'
import { attemptDelivery, type Http } from './index.ts'

const delivery = { kind: 'cdr', url: 'http://h/cdr', method: 'POST', headers: { a: 'b' } } as const
const nowMs = Date.UTC(2026, 0, 1)

const attempt = (http: Http) => attemptDelivery(delivery, { http, key: 'K', totalMs: 1000, nowMs, signal: never })

const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}): Http =>
  async ({ url }) => ({ url, status, headers, cookies: [], body: new Uint8Array(), timing: { totalMs: 0 } })

test.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [304, 'refused'],
  [404, 'refused'],
  [408, 'busy'],
  [425, 'busy'],
  [429, 'busy'],
  [500, 'failed'],
  [503, 'failed'],
])('status %d: %s', async (status, result) => {
  expect(await attempt(answering(status))).toMatchObject({ result, answer: { status } })
})

test.each([
  [new Failure('HTTP_CONNECT', { url: '', reason: 'ECONNREFUSED' }), 'failed', 'HTTP_CONNECT'],
  [new Failure('HTTP_TLS', { url: '', reason: 'expired' }), 'failed', 'HTTP_TLS'],
  [new Failure('HTTP_FORBIDDEN_ADDRESS', { url: '', address: '10.0.0.1' }), 'refused', 'HTTP_FORBIDDEN_ADDRESS'],
  [Object.assign(new Error('gone'), { code: 'ENOENT', path: '/r.wav' }), 'unsent', 'FILE_UNAVAILABLE'],
  [new Error('a defect'), 'unsent', 'UNNAMED'],
])('%s', async (error, result, code) => {
  const attempted = await attempt(async () => {
    throw error
  })
  expect(attempted).toMatchObject({ result, failure: { code } })
})

test.each([
  ['120', 120_000],
  [new Date(nowMs + 5000).toUTCString(), 5000],
  ['Mon, 01 Jan 2001 00:00:00 GMT', 0],
  ['soon', undefined],
])('Retry-After: %s', async (text, retryAfterMs) => {
  expect((await attempt(answering(503, { 'retry-after': text }))).retryAfterMs).toBe(retryAfterMs)
})
