import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Uac } from '../../bench/uac.ts'
import { loudPart, toneShare } from './support/audio.ts'
import { documentsFolder, tones } from './support/documents.ts'
import { RtpPhone } from './support/rtp-phone.ts'
import { startServer, type RunningServer } from './support/server.ts'

const limitMs = 1_000

/** Each way in which a web server fails: its URL, made when the servers run. `code` is what the server's log must say. */
interface Case {
  readonly name: string
  readonly code: string
  readonly handler?: RequestListener
  readonly url?: () => string
}

const says =
  (status: number, headers: Readonly<Record<string, string>>, body: string | Buffer = ''): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers)
    response.end(body)
  }
const json = { 'content-type': 'application/json' }
const xml = { 'content-type': 'application/xml' }
const bomb = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Response><Say>&b;</Say></Response>`

const cases: readonly Case[] = [
  { name: 'DNS', code: 'HTTP_DNS', url: () => 'http://no-such-host.invalid/' },
  { name: 'refused', code: 'HTTP_CONNECT', url: () => `http://127.0.0.1:${closedPort}/` },
  { name: 'reset', code: 'HTTP_RESET', handler: (request) => request.socket.resetAndDestroy() },
  { name: 'closed without an answer', code: 'HTTP_RESET', handler: (request) => request.socket.end() },
  { name: 'TLS with a certificate nobody trusts', code: 'HTTP_TLS', url: () => `https://127.0.0.1:${portOf(tls)}/` },
  { name: 'TLS to a server without', code: 'HTTP_TLS', url: () => urlOf('plain').replace('http:', 'https:') },
  { name: 'a time-out in the TLS handshake', code: 'HTTP_TIMEOUT', url: () => `https://127.0.0.1:${portOf(deaf)}/` },
  { name: 'a time-out before the headers', code: 'HTTP_TIMEOUT', handler: () => undefined },
  {
    name: 'a time-out in the body',
    code: 'HTTP_TIMEOUT',
    handler: (_request, response) => {
      response.writeHead(200, json)
      response.write('{"module":')
    },
  },
  {
    name: 'a dripping body',
    code: 'HTTP_TIMEOUT',
    handler: (_request, response) => {
      response.writeHead(200, json)
      const drip = setInterval(() => response.write(' '), 50)
      response.on('close', () => clearInterval(drip))
    },
  },
  {
    name: 'an endless body',
    code: 'HTTP_BODY_TOO_LARGE',
    handler: (_request, response) => {
      response.writeHead(200, json)
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
        if (!response.destroyed) response.once('drain', pour)
      }
      pour()
    },
  },
  {
    name: 'a redirect loop',
    code: 'HTTP_REDIRECTS',
    handler: (request, response) => {
      says(302, { location: request.url ?? '/' })(request, response)
    },
  },
  { name: 'status 304', code: 'HTTP_STATUS', handler: says(304, {}) },
  { name: 'status 404', code: 'HTTP_STATUS', handler: says(404, json, '{}') },
  { name: 'status 500', code: 'HTTP_STATUS', handler: says(500, json, '{"module":"hangup"}') },
  { name: 'status 503', code: 'HTTP_STATUS', handler: says(503, { 'retry-after': '60' }) },
  { name: 'status 204', code: 'PIVOT_BODY_EMPTY', handler: says(204, {}) },
  { name: 'an empty body', code: 'PIVOT_BODY_EMPTY', handler: says(200, json) },
  {
    name: 'a wrong content type',
    code: 'PIVOT_CONTENT_TYPE',
    handler: says(200, { 'content-type': 'image/png' }, 'PNG'),
  },
  {
    name: 'a wrong encoding',
    code: 'HTTP_ENCODING',
    handler: says(200, { ...json, 'content-encoding': 'gzip' }, 'not gzip'),
  },
  {
    name: 'an unknown encoding',
    code: 'HTTP_ENCODING',
    handler: says(200, { ...json, 'content-encoding': 'rot13' }, '{}'),
  },
  { name: 'bad JSON', code: 'PIVOT_JSON_INVALID', handler: says(200, json, '{"module":"play",}') },
  { name: 'JSON of a wrong shape', code: 'FLOW_INVALID', handler: says(200, json, '{"module":"tts","data":{}}') },
  { name: 'an unknown module', code: 'FLOW_INVALID', handler: says(200, json, '{"module":"teleport","data":{}}') },
  {
    name: 'deep JSON',
    code: 'PIVOT_JSON_INVALID',
    handler: says(200, json, `${'{"module":"play","children":{"_":'.repeat(5000)}{}${'}}'.repeat(5000)}`),
  },
  { name: 'bad XML', code: 'TWIML_INVALID', handler: says(200, xml, '<Response><Say>Hi</Response>') },
  { name: 'XML of another kind', code: 'TWIML_INVALID', handler: says(200, xml, '<html/>') },
  { name: 'an entity bomb', code: 'TWIML_INVALID', handler: says(200, xml, bomb) },
  {
    name: 'not UTF-8',
    code: 'PIVOT_CHARSET',
    handler: says(200, json, Buffer.from('7b226d6f64756c65223a22ff22 7d'.replaceAll(' ', ''), 'hex')),
  },
  { name: 'not HTTP', code: 'HTTP_PROTOCOL', url: () => `http://127.0.0.1:${portOf(babble)}/` },
]

let plain: Server
let tls: Server
const deaf = createTcp()
const babble = createTcp((socket) => socket.end('220 mail.example ESMTP\r\n'))
let closedPort = 0
let server: RunningServer
let uac: Uac
let removeDocuments: () => Promise<void>

const numberOf = (index: number): string => String(7000 + index)
const urlOf = (name: string): string => `http://127.0.0.1:${portOf(plain)}/${encodeURIComponent(name)}`
const portOf = (of: Server): number => (of.address() as AddressInfo).port
const held = new Set<Socket>()

beforeAll(async () => {
  plain = createHttp((request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? '/', 'http://app').pathname.slice(1))
    const found = cases.find((one) => one.name === name)
    if (found?.handler === undefined) says(404, {})(request, response)
    else found.handler(request, response)
  })
  tls = createHttps(certificate(), says(200, json, '{"module":"hangup"}'))
  const closed = createTcp()
  for (const one of [plain, tls, deaf, babble, closed]) {
    one.on('connection', (socket: Socket) => held.add(socket.on('error', () => undefined)))
    one.listen(0, '127.0.0.1')
    await once(one, 'listening')
  }
  closedPort = portOf(closed)
  closed.close()
  const documents = await documentsFolder(
    Object.fromEntries(
      cases.map(({ name, url }, index) => [
        numberOf(index),
        {
          module: 'pivot',
          data: { voice_url: url?.() ?? urlOf(name), req_timeout_ms: limitMs },
          children: { _: { module: 'play', data: { id: 'sorry' } } },
        },
      ]),
    ),
  )
  removeDocuments = documents.remove
  server = await startServer({ documents: documents.folder })
  uac = await Uac.open(server.sip)
})

afterAll(async () => {
  uac.close()
  await server.stop()
  for (const socket of held) socket.destroy()
  for (const one of [plain, tls, deaf, babble]) one.close()
  await removeDocuments()
})

test.concurrent.each(cases.map((one, index) => [one.name, one, index] as const))(
  '%s: the caller hears the `_` branch within the time limit plus 300 ms',
  async (_name, { code }, index) => {
    const phone = await RtpPhone.open()
    const dialledAt = performance.now()
    const { status } = await uac.call({ number: numberOf(index), rtpPort: phone.port })
    expect(status).toBe(200)
    const samples = loudPart(phone.heard())
    expect(samples.length / 8, 'the whole apology is heard').toBeGreaterThan(1_900)
    expect(toneShare(samples, tones.sorry)).toBeGreaterThan(0.9)
    expect((phone.firstSoundAtMs() ?? Infinity) - dialledAt).toBeLessThan(limitMs + 300)
    phone.close()
    await server.logged((line) => JSON.stringify(line).includes(`"${code}"`), 1_000)
  },
)

test('and the server is unharmed', async () => {
  const ready = await fetch(`${server.http}/readyz`)
  expect(ready.status).toBe(200)
  expect(server.log.filter((line) => line['level'] === 'error')).toEqual([])
})

/** Nobody has vouched for it. */
function certificate(): { key: Buffer; cert: Buffer } {
  const fixture = (name: string): Buffer => readFileSync(new URL(`../../src/http/fixtures/${name}`, import.meta.url))
  return { key: fixture('good.key.pem'), cert: fixture('good.pem') }
}
