import { describe, expect, test } from 'vitest'
import { Failure, never, silentLog, VirtualClock } from '../base/index.ts'
import type { Audio } from '../call/index.ts'
import type { Http, HttpAnswer, HttpQuestion } from '../http/index.ts'
import { readFreshness } from './freshness.ts'
import { WebMedia } from './web-media.ts'

const url = 'https://user:secret@shop.example/welcome.wav?token=1'

/** A web server that gives its answers in order, and the library in front of it. */
function shop(...answers: (Partial<HttpAnswer> | Failure)[]) {
  const questions: HttpQuestion[] = []
  const kept = new Map<string, Audio>()
  const clock = new VirtualClock()
  const http: Http = async (question) => {
    questions.push(question)
    const answer = answers.shift()
    if (answer === undefined) throw new Error('asked once too often')
    if (answer instanceof Failure) throw answer
    return {
      url: question.url,
      status: 200,
      headers: {},
      cookies: [],
      body: new Uint8Array(),
      timing: { totalMs: 1 },
      ...answer,
    }
  }
  const decode = async ({ bytes }: { bytes: Uint8Array }): Promise<Audio> => {
    const audio = { key: new TextDecoder().decode(bytes), samples: new Int16Array(8), durationMs: 1, endless: false }
    kept.set(audio.key, audio)
    return audio
  }
  const known = (key: string): Audio | undefined => kept.get(key)
  const media = new WebMedia({ http, clock, log: silentLog, mostBytes: 1_000, decode, known })
  return { clock, kept, questions, open: async () => (await media.open(url, never)).key }
}

const text = (body: string, headers: Record<string, string> = {}): Partial<HttpAnswer> => ({
  body: new TextEncoder().encode(body),
  headers,
})
const down = new Failure('HTTP_CONNECT', { url: 'https://shop.example/', reason: 'refused' })

describe('audio of a web server', () => {
  test('is played without asking while it is fresh', async () => {
    const { open, questions, clock } = shop(text('one', { 'cache-control': 'max-age=60' }), text('two'))
    expect([await open(), await open()]).toEqual(['one', 'one'])
    await clock.advance(60_000)
    expect(await open()).toBe('two')
    expect(questions).toHaveLength(2)
  })

  test('is asked for with its validators afterwards, and 304 makes it fresh again', async () => {
    const headers = { etag: '"a"', 'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT', 'cache-control': 'max-age=10' }
    const { open, questions, clock } = shop(text('one', headers), {
      status: 304,
      headers: { 'cache-control': 'max-age=10' },
    })
    await open()
    await clock.advance(10_000)
    expect([await open(), await open()]).toEqual(['one', 'one'])
    expect(questions).toHaveLength(2)
    expect(questions[1]?.headers).toMatchObject({
      'if-none-match': '"a"',
      'if-modified-since': headers['last-modified'],
    })
  })

  test('a server without any caching headers is asked each time', async () => {
    const { open } = shop(text('one'), text('two'))
    expect([await open(), await open()]).toEqual(['one', 'two'])
  })

  test('what memory has dropped is fetched as a whole', async () => {
    const { open, kept, questions } = shop(text('one', { etag: '"a"', 'cache-control': 'max-age=60' }), text('one'))
    await open()
    kept.clear()
    expect(await open()).toBe('one')
    expect(questions[1]?.headers['if-none-match']).toBeUndefined()
  })

  test.each([
    ['that is down', down],
    ['that is broken', { status: 503 }],
  ])('a server %s is covered for by what was heard before, for a day', async (_, trouble) => {
    const { open, clock } = shop(text('one', { etag: '"a"' }), trouble, trouble)
    await open()
    await clock.advance(3_600_000)
    expect(await open()).toBe('one')
    await clock.advance(86_400_000)
    await expect(open()).rejects.toMatchObject({ code: 'MEDIA_UNAVAILABLE' })
  })

  test('no-store and must-revalidate are not covered for', async () => {
    for (const control of ['no-store', 'max-age=1, must-revalidate']) {
      const { open, clock } = shop(text('one', { 'cache-control': control }), down)
      await open()
      await clock.advance(1_000)
      await expect(open()).rejects.toMatchObject({ code: 'MEDIA_UNAVAILABLE' })
    }
  })

  test('what is gone is gone, and no secret is in what is said about it', async () => {
    const { open } = shop(text('one'), { status: 404 })
    await open()
    const failure = await open().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'MEDIA_NOT_FOUND' })
    expect(String(failure)).not.toMatch(/secret|token/)
  })

  test('a failure keeps what caused it', async () => {
    await expect(shop(down).open()).rejects.toMatchObject({
      code: 'MEDIA_UNAVAILABLE',
      details: { reason: 'HTTP_CONNECT' },
      cause: down,
    })
  })
})

describe('freshness (RFC 9111)', () => {
  const now = Date.UTC(2026, 0, 10)
  const date = (ms: number): string => new Date(ms).toUTCString()
  test.each([
    ['max-age', { 'cache-control': 'public, max-age=100' }, 100_000],
    ['max-age less Age', { 'cache-control': 'max-age=100', age: '40' }, 60_000],
    ['max-age before Expires', { 'cache-control': 'max-age=5', expires: date(now + 99_000) }, 5_000],
    ['Expires', { expires: date(now + 30_000), date: date(now) }, 30_000],
    ['Expires: 0', { expires: '0' }, 0],
    ['no-cache', { 'cache-control': 'no-cache, max-age=100' }, 0],
    ['a tenth of its age', { 'last-modified': date(now - 1_000_000) }, 100_000],
    ['a tenth of its age, at most a day', { 'last-modified': date(0) }, 86_400_000],
    ['a year is a week', { 'cache-control': 'max-age=31536000' }, 604_800_000],
    ['nothing', {}, 0],
    ['nonsense', { 'cache-control': 'max-age=soon', age: 'old' }, 0],
  ])('%s', (_, headers, expected) => expect(readFreshness(headers, now).freshUntil - now).toBe(expected))
})
