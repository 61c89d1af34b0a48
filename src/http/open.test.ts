import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { asFailure, never, systemClock, type Failure, type FailureCode } from '../base/index.ts'
import { openHttp, readEgress, type HttpLimits, type HttpOptions, type HttpQuestion, type OpenHttp } from './index.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function listening(server: NetServer | Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  })
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A web server on the loopback interface. @returns its URL */
const web = async (answer: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listening(createServer(answer))}`

/** A server that says what it likes once somebody has asked. */
const raw = async (answer: (socket: Socket) => void): Promise<string> =>
  `http://127.0.0.1:${await listening(createTcpServer((socket) => socket.once('data', () => answer(socket))))}`

async function secure(name: 'good' | 'other' | 'expired'): Promise<{ port: number; cert: string }> {
  const cert = readFileSync(new URL(`fixtures/${name}.pem`, import.meta.url), 'utf8')
  const key = readFileSync(new URL(`fixtures/${name}.key.pem`, import.meta.url), 'utf8')
  return { port: await listening(createTlsServer({ cert, key }, (_, response) => response.end('safe'))), cert }
}

function client(options: Partial<HttpOptions> = {}): OpenHttp {
  const http = openHttp({ clock: systemClock, egress: readEgress('any'), ...options })
  closers.push(() => http.close())
  return http
}

const question = (
  url: string,
  more: Partial<Omit<HttpQuestion, 'limits'>> & { limits?: Partial<HttpLimits> } = {},
) => ({
  url,
  method: 'GET' as const,
  headers: {},
  signal: never,
  ...more,
  limits: { totalMs: 2000, mostBytes: 65_536, mostRedirects: 10, ...more.limits },
})

const failureOf = async (answer: Promise<unknown>): Promise<Failure> =>
  answer.then(
    () => expect.unreachable('an answer came'),
    (error: unknown) => asFailure(error),
  )

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

describe('an answer', () => {
  test('has its status, headers, cookies, body and how long each part took', async () => {
    const url = await web((_, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2; Path=/']).setHeader('x-one', ['1', '2']).writeHead(404).end('gone')
    })
    const answer = await client()(question(`${url}/x?y=1#rc=2`))
    expect(answer).toMatchObject({ url: `${url}/x?y=1`, status: 404, cookies: ['a=1', 'b=2; Path=/'] })
    expect(answer.headers['x-one']).toBe('1, 2')
    expect(Buffer.from(answer.body).toString()).toBe('gone')
    expect(Object.keys(answer.timing).sort()).toEqual(['bodyMs', 'connectMs', 'firstByteMs', 'totalMs'])
  })

  test('comes over the connection that an earlier one came over', async () => {
    const ports = new Set<number | undefined>()
    const url = await web((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('x')
    })
    const http = client()
    for (let time = 0; time < 5; time++) await http(question(url))
    expect(ports.size).toBe(1)
  })

  test('is had in spite of a kept-alive connection that the server has closed meanwhile', async () => {
    let asked = 0
    const url = await web((request, response) => {
      if (++asked === 2) request.socket.destroy()
      else response.end(String(asked))
    })
    const http = client()
    await http(question(url))
    expect(Buffer.from((await http(question(url))).body).toString()).toBe('3')
  })

  test('to a POST that may not be repeated is not asked for twice', async () => {
    let asked = 0
    const url = await web((request, response) => {
      if (++asked === 2) request.socket.destroy()
      else response.end()
    })
    const http = client()
    await http(question(url))
    expect(await failureOf(http(question(url, { method: 'POST', body: 'x' })))).toMatchObject({ code: 'HTTP_RESET' })
    expect(asked).toBe(2)
  })

  test('waits its turn when there are connections enough', async () => {
    let atOnce = 0
    let most = 0
    const url = await web((_, response) => {
      most = Math.max(most, ++atOnce)
      setTimeout(() => {
        atOnce--
        response.end('x')
      }, 5)
    })
    const http = client({ mostPerOrigin: 2 })
    await Promise.all(Array.from({ length: 8 }, () => http(question(url))))
    expect(most).toBe(2)
    const late = await failureOf(
      Promise.all([1, 2, 3].map(() => http(question(url, { limits: { totalMs: 3 } })))).finally(() => undefined),
    )
    expect(late.code).toBe('HTTP_TIMEOUT')
  })

  test.each([
    ['gzip', gzipSync('hello')],
    ['br', brotliCompressSync('hello')],
    ['deflate', deflateSync('hello')],
    ['deflate', deflateRawSync('hello')],
    ['gzip, br', brotliCompressSync(gzipSync('hello'))],
    ['identity', Buffer.from('hello')],
  ])('in %s is unpacked', async (encoding, body) => {
    const url = await web((_, response) => response.setHeader('content-encoding', encoding).end(body))
    expect(Buffer.from((await client()(question(url))).body).toString()).toBe('hello')
  })

  test('after an interim one is the final one', async () => {
    const url = await raw((socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\nok'))
    expect(await client()(question(url))).toMatchObject({ status: 200 })
  })
})

describe('a question', () => {
  test('is sent byte for byte as its URL is written, without the fragment', async () => {
    let seen = ''
    const url = await web((request, response) => {
      seen = request.url ?? ''
      response.end()
    })
    await client()(question(`${url}/a'b?q='x'&r=%7e&s=[1]#ct=1000`))
    expect(seen).toBe("/a'b?q='x'&r=%7e&s=[1]")
    await client()(question(`${url}/ü?ö`))
    expect(seen).toBe('/%C3%BC?%C3%B6')
    await client()(question(`${url}?x=1`))
    expect(seen).toBe('/?x=1')
  })

  test('carries the userinfo of its URL as Basic auth', async () => {
    let seen: string | undefined
    const url = await web((request, response) => {
      seen = request.headers.authorization
      response.end()
    })
    const answer = await client()(question(url.replace('//', '//ann:p%40ss@')))
    expect(seen).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`)
    expect(answer.url).toContain('ann:p%40ss@')
  })

  test('can have a file as its body', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'http-'))
    closers.push(() => rm(directory, { recursive: true }))
    await writeFile(join(directory, 'a.wav'), 'sound')
    let seen = ''
    const url = await web((request, response) => {
      void bodyOf(request).then((body) => {
        seen = `${request.method ?? ''} ${request.headers['content-length'] ?? ''} ${body}`
        response.end()
      })
    })
    await client()(question(url, { method: 'PUT', body: { file: join(directory, 'a.wav') } }))
    expect(seen).toBe('PUT 5 sound')
  })

  test.each(['ftp://x.example/', 'nonsense', 'http://', 'http://a b/'])('to %j is refused', async (url) => {
    expect(await failureOf(client()(question(url)))).toMatchObject({ code: 'HTTP_URL_INVALID', fault: 'document' })
  })

  test('with a header that would break HTTP is refused', async () => {
    const url = await web((_, response) => response.end())
    const failure = await failureOf(client()(question(url, { headers: { 'x-bad': 'a\r\nb: c' } })))
    expect(failure.code).toBe('HTTP_URL_INVALID')
  })

  test('that nobody waits for any more ends with the reason of its signal', async () => {
    const url = await web(() => undefined)
    const stop = new AbortController()
    const answer = client()(question(url, { signal: stop.signal }))
    const gone = new Error('hung up')
    setTimeout(() => stop.abort(gone), 20)
    await expect(answer).rejects.toBe(gone)
  })
})

describe('a redirect', () => {
  const redirecting = async (status: number, away = false) => {
    const seen: string[] = []
    const note = (request: IncomingMessage) => {
      const { authorization = '-', cookie = '-' } = request.headers
      return bodyOf(request).then((body) =>
        seen.push(`${request.method ?? ''} ${request.url ?? ''} ${body}|${authorization}|${cookie}`),
      )
    }
    const other = await web((request, response) => void note(request).then(() => response.end('there')))
    const url = await web((request, response) => {
      void note(request).then(() => {
        if (request.url !== '/a/b') response.end('there')
        else response.writeHead(status, { location: away ? `${other}/c` : '../c', 'set-cookie': 's=1' }).end()
      })
    })
    return { seen, url, other }
  }

  test.each([
    [301, 'GET /c |'],
    [302, 'GET /c |'],
    [303, 'GET /c |'],
    [307, 'POST /c x=1|'],
    [308, 'POST /c x=1|'],
  ])('with %d leads a POST on to %j', async (status, expected) => {
    const { seen, url } = await redirecting(status)
    const asked = question(`${url}/a/b`, {
      method: 'POST',
      body: 'x=1',
      headers: { cookie: 'c=0', Authorization: 'B' },
    })
    const answer = await client()(asked)
    expect(seen).toEqual(['POST /a/b x=1|B|c=0', `${expected}B|c=0`])
    expect(answer.url).toBe(`${url}/c`)
  })

  test('to another server takes no secrets along, and says where it goes before it goes', async () => {
    const { seen, url, other } = await redirecting(307, true)
    const hops: unknown[] = []
    const asked = question(`${url.replace('//', '//u:p@')}/a/b`, {
      method: 'POST',
      body: 'x=1',
      headers: { cookie: 'c=0' },
      redirected: (hop) => {
        hops.push([hop.url, hop.method, hop.body, hop.cookies])
        return { Cookie: 'd=2' }
      },
    })
    expect((await client()(asked)).url).toBe(`${other}/c`)
    expect(hops).toEqual([[`${other}/c`, 'POST', 'x=1', ['s=1']]])
    expect(seen[1]).toBe('POST /c x=1|-|d=2')
  })

  test('that leads in a circle is given up after so many', async () => {
    let asked = 0
    const url = await web((_, response) => {
      asked++
      response.writeHead(302, { location: '/' }).end()
    })
    expect(await failureOf(client()(question(url, { limits: { mostRedirects: 3 } })))).toMatchObject({
      code: 'HTTP_REDIRECTS',
      details: { mostRedirects: 3 },
    })
    expect(asked).toBe(4)
    expect((await client()(question(url, { limits: { mostRedirects: 0 } }))).status).toBe(302)
  })

  test('is judged by the egress rules like everything else', async () => {
    const url = await web((_, response) => response.writeHead(302, { location: 'http://10.1.2.3/' }).end())
    const http = client({ egress: readEgress('127.0.0.0/8') })
    expect(await failureOf(http(question(url)))).toMatchObject({
      code: 'HTTP_FORBIDDEN_ADDRESS',
      details: { address: '10.1.2.3' },
    })
  })
})

describe('a server that fails', () => {
  const fails = async (url: string, code: FailureCode, details: object = {}, options: Partial<HttpOptions> = {}) => {
    const failure = await failureOf(client(options)(question(url)))
    expect(failure).toMatchObject({ code, details })
    return failure
  }

  test('to have a name is named', async () => {
    const resolve = async (): Promise<string[]> => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    await fails(
      'http://nowhere.example/x?secret=1',
      'HTTP_DNS',
      { host: 'nowhere.example', url: 'http://nowhere.example/x' },
      { resolve },
    )
  })

  test('to be there is named', async () => {
    const server = createTcpServer()
    const port = await listening(server)
    await new Promise((resolve) => server.close(resolve))
    await fails(`http://127.0.0.1:${port}/`, 'HTTP_CONNECT', { reason: 'ECONNREFUSED' })
  })

  test('is asked at its next address when the first is dead', async () => {
    const url = new URL(await web((_, response) => response.end('x')))
    const resolve = async (): Promise<string[]> => ['127.0.0.2', '127.0.0.1']
    const http = client({ resolve })
    expect((await http(question(`http://two.example:${url.port}/`))).status).toBe(200)
  })

  test('to be trusted is named', async () => {
    const { port } = await secure('good')
    const failure = await fails(`https://localhost:${port}/`, 'HTTP_TLS')
    expect(failure.details).toHaveProperty('reason', expect.stringContaining('not trusted') as unknown)
  })

  test.each([
    ['expired', 'localhost', 'certificate expired'],
    ['other', 'localhost', 'certificate is for another host'],
  ] as const)('with a certificate that is %s is named', async (name, host, reason) => {
    const { port, cert } = await secure(name)
    await fails(`https://${host}:${port}/`, 'HTTP_TLS', { reason }, { trusted: [cert] })
  })

  test('over TLS that we trust answers', async () => {
    const { port, cert } = await secure('good')
    const answer = await client({ trusted: [cert] })(question(`https://localhost:${port}/`))
    expect(answer.status).toBe(200)
    expect(answer.timing).toHaveProperty('tlsMs')
    expect(answer.timing).toHaveProperty('dnsMs')
  })

  test('to speak TLS is named', async () => {
    const url = await raw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const failure = await fails(url.replace('http:', 'https:'), 'HTTP_TLS')
    expect(failure.details).toHaveProperty('reason', expect.stringContaining('no TLS') as unknown)
  })

  test.each([
    ['resets before it answers', (socket: Socket) => socket.resetAndDestroy()],
    ['closes before it answers', (socket: Socket) => socket.end()],
    ['closes inside the headers', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nX-A:')],
    ['closes inside the body', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx')],
    ['closes inside a chunk', (s: Socket) => s.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab')],
  ])('and %s is named', async (_, answer) => {
    await fails(await raw(answer), 'HTTP_RESET')
  })

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['an answer to go on that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\nX-A: ${'x'.repeat(70_000)}\r\n\r\n`],
  ])('and speaks %s is named', async (_, text) => {
    await fails(await raw((socket) => socket.end(text)), 'HTTP_PROTOCOL')
  })

  test.each([
    ['in a cipher of its own', 'secret', Buffer.from('x')],
    ['gzip that is none', 'gzip', Buffer.from('nonsense')],
    ['gzip that breaks off', 'gzip', gzipSync('hello hello hello').subarray(0, 15)],
    ['four encodings', 'gzip, gzip, gzip, gzip', Buffer.from('x')],
  ])('and answers %s is named', async (_, encoding, body) => {
    await fails(
      await web((__, response) => response.setHeader('content-encoding', encoding).end(body)),
      'HTTP_ENCODING',
    )
  })

  test.each([
    ['a body that is too large', {}, Buffer.alloc(70_000)],
    ['a bomb', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(10_000_000))],
    ['a bomb in a bomb', { 'content-encoding': 'br, gzip' }, gzipSync(brotliCompressSync(Buffer.alloc(50_000_000)))],
  ])('and answers %s is named', async (_, headers, body) => {
    await fails(await web((__, response) => response.writeHead(200, headers).end(body)), 'HTTP_BODY_TOO_LARGE', {
      mostBytes: 65_536,
    })
  })

  test('and never stops answering is named', async () => {
    const url = await web((_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(16_384), () => setImmediate(more))
      }
      more()
    })
    await fails(url, 'HTTP_BODY_TOO_LARGE')
  })
})

describe('a server that is slow', () => {
  const slow = async (http: OpenHttp, url: string, stage: string, limits: Partial<HttpLimits> = { totalMs: 60 }) => {
    const begun = performance.now()
    const failure = await failureOf(http(question(url, { limits })))
    const tookMs = performance.now() - begun
    expect(failure).toMatchObject({ code: 'HTTP_TIMEOUT', details: { stage, timeoutMs: 60 } })
    expect(tookMs).toBeGreaterThan(55)
    expect(tookMs).toBeLessThan(560) // The aim is 20 ms; the machines that run this are shared.
  }
  const silent = (): Promise<string> => web(() => undefined)

  test('to be resolved', async () => {
    await slow(client({ resolve: () => new Promise(() => undefined) }), 'http://slow.example/', 'dns')
  })

  test('to take the connection', async () => {
    // An address of RFC 5737 that nobody answers from, or a network that refuses at once: both are failures in time.
    const failure = await failureOf(client()(question('http://192.0.2.1/', { limits: { totalMs: 60 } })))
    expect(['HTTP_TIMEOUT', 'HTTP_CONNECT']).toContain(failure.code)
  })

  test('to speak TLS', async () => {
    const port = await listening(createTcpServer(() => undefined))
    await slow(client(), `https://127.0.0.1:${port}/`, 'tls')
    await slow(client(), `https://127.0.0.1:${port}/`, 'tls', { connectMs: 60 })
  })

  test('to answer', async () => {
    await slow(client(), await silent(), 'headers')
    await slow(client(), await silent(), 'headers', { readMs: 60 })
  })

  test('to finish its headers', async () => {
    await slow(client(), await raw((socket) => socket.write('HTTP/1.1 200 OK\r\nX-A: ')), 'headers')
  })

  test('to finish its body', async () => {
    const url = await raw((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'))
    await slow(client(), url, 'body')
    await slow(client(), url, 'body', { readMs: 60 })
  })

  test('and drips, so that only the total limit can end it', async () => {
    const url = await web((_, response) => {
      const dripping = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(dripping))
    })
    await slow(client(), url, 'body', { totalMs: 60, readMs: 40 })
  })

  test('and redirects slowly', async () => {
    const url = await web((_, response) => setTimeout(() => response.writeHead(302, { location: '/' }).end(), 25))
    await slow(client(), url, 'headers')
  })
})

describe('closing', () => {
  test('waits for what is underway and takes nothing new', async () => {
    const url = await web((_, response) => setTimeout(() => response.end('x'), 30))
    const http = client()
    const answer = http(question(url))
    const closed = http.close()
    expect(await failureOf(http(question(url)))).toMatchObject({ code: 'HTTP_CONNECT' })
    expect((await answer).status).toBe(200)
    await closed
  })
})
