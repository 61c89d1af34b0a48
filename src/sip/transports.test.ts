import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { authority, certificates } from '../../test/support/certificates.ts'
import { answer, offer, requestText } from '../../test/support/sip-wire.ts'
import { Authorization } from './authorization.ts'
import type { Header } from './serialize.ts'
import { jsonLog, silentLog, systemClock, VirtualClock } from '../base/index.ts'
import type { Certificate } from './certificate.ts'
import { Framer } from './framing.ts'
import { parseMessage, type SipMessage } from './message.ts'
import type { InviteOptions, OutgoingListener } from './outgoing-port.ts'
import type { Binding } from './registrar-port.ts'
import { openSipServer } from './server.ts'
import type { SipServer, SipServerOptions } from './server-port.ts'
import type { Flow, InviteSession, SessionEnd } from './session.ts'

const closers: (() => unknown)[] = []
let sessions: InviteSession[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  sessions = []
})

const listener: OutgoingListener = {
  trying: () => undefined,
  ringing: () => undefined,
  early: () => undefined,
  answered: () => undefined,
  rejected: () => undefined,
  remoteAnswer: () => undefined,
  remoteOffer: () => answer,
  offerWanted: () => answer,
  digit: () => undefined,
  referred: () => undefined,
  ended: () => undefined,
}

const tls = { port: 0, certificate: () => Promise.resolve(certificates.pbx), authorities: [authority] }
const everything: Partial<SipServerOptions> = {
  tls,
  webSockets: { port: 0, securePort: 0, origins: ['https://phone.example'] },
}

async function serverWith(options: Partial<SipServerOptions> = everything): Promise<SipServer> {
  const server = await openSipServer({
    clock: systemClock,
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
    product: 'Pivot/test',
    onInvite(session) {
      sessions.push(session)
      session.listen(listener)
      void session.answer(answer)
    },
    ...options,
  })
  closers.push(() => server.close())
  return server
}

/** Anybody at the other end of a wire. */
interface Phone {
  sends(text: string): void
  hears(): Promise<SipMessage>
  hangsUp(): void
}

function inbox(): { readonly push: (message: SipMessage) => void; readonly next: () => Promise<SipMessage> } {
  const waiting: ((message: SipMessage) => void)[] = []
  const messages: SipMessage[] = []
  return {
    push(message) {
      const first = waiting.shift()
      if (first === undefined) messages.push(message)
      else first(message)
    },
    next: () => {
      const first = messages.shift()
      return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first)
    },
  }
}

async function tlsSocket({ ports }: SipServer, host = '127.0.0.1'): Promise<TLSSocket> {
  const socket = connectTls({ host, port: ports.tls, ca: authority, servername: 'pbx.example' })
  closers.push(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  return socket
}

function streamPhone(socket: Socket): Phone {
  const { push, next } = inbox()
  const framer = new Framer()
  socket.on('data', (chunk: Buffer) => framer.push(chunk).messages.forEach((bytes) => push(parseMessage(bytes))))
  return { sends: (text) => void socket.write(text), hears: next, hangsUp: () => socket.destroy() }
}

interface WebPhone extends Phone {
  readonly web: WebSocket
}

interface Visit {
  readonly protocol?: string
  readonly origin?: string
}

function webSocket({ ports }: SipServer, transport: 'ws' | 'wss', { protocol = 'sip', origin }: Visit = {}): WebSocket {
  const web = new WebSocket(`${transport}://127.0.0.1:${ports[transport]}/`, protocol === '' ? [] : [protocol], {
    ca: authority,
    ...(origin === undefined ? {} : { origin }),
  })
  closers.push(() => web.terminate())
  web.on('error', () => undefined)
  return web
}

async function webPhone(server: SipServer, transport: 'ws' | 'wss', visit?: Visit): Promise<WebPhone> {
  const web = webSocket(server, transport, visit)
  const { push, next } = inbox()
  web.on('message', (data: Buffer) => {
    if (data.length > 4) push(parseMessage(data))
  })
  await once(web, 'open')
  return { web, sends: (text) => web.send(text), hears: next, hangsUp: () => web.close() }
}

const phones = {
  tls: async (server: SipServer) => streamPhone(await tlsSocket(server)),
  ws: (server: SipServer) => webPhone(server, 'ws'),
  wss: (server: SipServer) => webPhone(server, 'wss'),
}

const invite = (via: string, contact = 'Contact: <sip:x7a@df7jal23ls0d.invalid;transport=ws>'): string =>
  requestText('INVITE', { via: `SIP/2.0/${via} df7jal23ls0d.invalid;branch=z9hG4bKone`, body: offer }).replace(
    /Contact: .*/,
    contact,
  )

async function calls(caller: SipServer, options: Partial<InviteOptions>): Promise<SessionEnd | 'answered'> {
  const call = caller.invite({ uri: 'sip:2030@127.0.0.1', from: { uri: 'sip:1000@127.0.0.1' }, offer, ...options })
  return new Promise((resolve) => call.listen({ ...listener, answered: () => resolve('answered'), ended: resolve }))
}

describe.each([
  ['tls', 'TLS', ';transport=tls'],
  ['ws', 'WS', ';transport=ws'],
  ['wss', 'WSS', ';transport=ws'],
] as const)('over %s', (transport, via, param) => {
  test('a call comes in; what is for the caller goes down its connection, whatever its Contact says', async () => {
    const server = await serverWith()
    const phone = await phones[transport](server)
    phone.sends(invite(via))
    const ok = await phone.hears()
    expect(ok.status).toBe(200)
    expect(ok.first('contact')).toBe(`<sip:2030@127.0.0.1:${server.ports[transport]}${param}>`)
    expect(ok.via?.params.get('received')).toBe('127.0.0.1')
    phone.sends(requestText('ACK', { via: `SIP/2.0/${via} x.invalid;branch=z9hG4bKack`, toTag: ok.toTag }))
    await expect.poll(() => server.counters.transports[transport].received).toBe(2)
    void sessions[0]?.bye(16, 'done')
    const bye = await phone.hears()
    expect(bye.method).toBe('BYE')
    expect(bye.requestUri).toBe('sip:x7a@df7jal23ls0d.invalid;transport=ws')
    expect(bye.via?.transport).toBe(via)
    expect(server.counters.transports[transport]).toEqual({ received: 2, sent: 2, connections: 1 })
  })

  test('a phone that has registered by it is called by it; when its connection is gone, so is the phone', async () => {
    const closed: Flow[] = []
    const bound: Omit<Binding, 'node'>[] = []
    const desk = { accountId: 'a', deviceId: 'd', realm: 'r', username: 'desk', password: 'p', expirySeconds: 60 }
    const server = await serverWith({
      ...everything,
      registrar: {
        phones: {
          find: () => Promise.resolve({ realm: desk.realm, isOfOurs: true, phone: desk }),
          atAddress: () => Promise.resolve(undefined),
        },
        bindings: {
          change: (_phone, change) => {
            const { bindings = [], result } = change([])
            bound.push(...bindings)
            return Promise.resolve(result)
          },
          flowClosed: (flow) => void closed.push(flow),
        },
      },
    })
    const phone = await phones[transport](server)
    const register = (cseq: number, headers: readonly Header[]): void => {
      const parts = { via: `SIP/2.0/${via} x.invalid;branch=z9hG4bK${cseq}`, cseq, uri: 'sip:pbx.example' }
      const text = requestText('REGISTER', { ...parts, headers: headers.map((header) => header.join(': ')) })
      phone.sends(text.replace(/Contact: .*/, 'Contact: <sip:x7a@df7jal23ls0d.invalid;transport=ws>'))
    }
    register(1, [])
    const challenge = await phone.hears()
    const asked = { method: 'REGISTER', uri: 'sip:pbx.example', body: undefined }
    register(2, new Authorization(desk).answer(challenge, asked, []) ?? [])
    expect((await phone.hears()).status).toBe(200)
    const { uri = '', flow } = bound[0] ?? {}
    expect(flow).toMatchObject({ transport, address: '127.0.0.1' })
    const outcome = calls(server, { uri, flow, mustStand: true })
    expect((await phone.hears()).requestUri).toBe(uri)
    phone.hangsUp()
    expect(await outcome).toEqual({ how: 'timeout', what: 'transport' })
    expect(closed).toEqual([flow])
    expect(await calls(server, { uri, flow, mustStand: true })).toEqual({ how: 'timeout', what: 'transport' })
  })

  test('a caller who has lost the connection and made another one is heard and reached by that', async () => {
    const server = await serverWith()
    const [phone, other] = [await phones[transport](server), await phones[transport](server)]
    phone.sends(invite(via))
    const { toTag } = await phone.hears()
    const branch = `SIP/2.0/${via} x.invalid;branch=z9hG4bK`
    phone.sends(requestText('ACK', { via: `${branch}ack`, toTag }))
    await expect.poll(() => server.counters.received).toBe(2)
    phone.hangsUp()
    other.sends(requestText('INFO', { via: `${branch}info`, toTag, cseq: 2 }))
    expect((await other.hears()).status).toBe(200)
    void sessions[0]?.bye(16, 'done')
    expect((await other.hears()).method).toBe('BYE')
    other.sends(requestText('BYE', { via: `${branch}bye`, toTag, cseq: 3 }))
    await other.hears()
  })

  test('the keep-alive CRLF CRLF is answered by CRLF', async () => {
    const server = await serverWith()
    if (transport === 'tls') {
      const socket = await tlsSocket(server)
      socket.write('\r\n\r\n')
      expect(String(await once(socket, 'data'))).toBe('\r\n')
      return
    }
    const { web } = await webPhone(server, transport)
    web.send('\r\n\r\n')
    expect(String((await once(web, 'message'))[0])).toBe('\r\n')
    expect(server.counters).toMatchObject({ received: 0, malformed: 0 })
  })

  test('a connection that brings nothing for very long is closed; a handshake that does not get on, much sooner', async () => {
    const clock = new VirtualClock()
    const server = await serverWith({ ...everything, clock, limits: { connectionIdleMs: 60_000 } })
    const phone = await phones[transport](server)
    const half = connect(server.ports[transport] ?? 0, '127.0.0.1')
    half.on('error', () => undefined)
    await once(half, 'connect')
    // The first bytes of a ClientHello, and of a request.
    half.write(transport === 'ws' ? 'GET / HTTP/1.1\r\nHost:' : Buffer.from('160301020001', 'hex'))
    await expect.poll(() => server.counters.transports[transport].connections).toBe(1)
    const halfClosed = once(half, 'close')
    phone.sends(requestText('OPTIONS', { via: `SIP/2.0/${via} x.invalid;branch=z9hG4bKo` }))
    expect((await phone.hears()).status).toBe(200)
    await expect.poll(() => server.counters.connections).toBe(2)
    await clock.advance(10_000)
    await halfClosed
    expect(server.counters.connections).toBe(1)
    await clock.advance(50_000)
    await expect.poll(() => server.counters.connections).toBe(0)
  })

  test('garbage and too many connections are closed, and leave nothing behind', async () => {
    const server = await serverWith({ ...everything, limits: { mostConnectionsPerSource: 2 } })
    for (let count = 0; count < 5; count++) {
      const hostile = connect(server.ports[transport] ?? 0, '127.0.0.1')
      hostile.on('error', () => undefined)
      hostile.write(Buffer.alloc(2_000, 'SIP hello\r\n\r\n'))
      await once(hostile.resume(), 'close')
    }
    const [one, two] = [await phones[transport](server), await phones[transport](server)]
    const third = connect(server.ports[transport] ?? 0, '127.0.0.1')
    third.on('error', () => undefined)
    await once(third, 'close')
    for (const phone of [one, two]) {
      phone.sends(requestText('OPTIONS', { via: `SIP/2.0/${via} x.invalid;branch=z9hG4bKo` }))
      expect((await phone.hears()).status).toBe(200)
    }
  })
})

test('more handshakes in a second than one address may begin are not begun', async () => {
  const server = await serverWith({
    ...everything,
    clock: new VirtualClock(),
    limits: { handshakesPerSecondPerSource: 2 },
  })
  await tlsSocket(server)
  await tlsSocket(server)
  await expect(tlsSocket(server)).rejects.toThrow()
  expect(server.counters.transports.tls.connections).toBe(2)
})

describe('TLS', () => {
  test('two servers call each other; one connection carries all calls of one name', async () => {
    const [callee, caller] = [await serverWith(), await serverWith()]
    const uri = `sip:2030@127.0.0.1:${callee.ports.tls};transport=tls`
    expect(await calls(caller, { uri })).toBe('answered')
    expect(await calls(caller, { uri: `sips:2030@127.0.0.1:${callee.ports.tls}` })).toBe('answered')
    expect(callee.counters.transports.tls.connections).toBe(1)
    void sessions[0]?.bye(16, 'done')
    await expect.poll(() => caller.counters.transports.tls.received).toBeGreaterThanOrEqual(3)
    expect(caller.counters.transports.tls.connections).toBe(1)
  })

  test('whoever is called must show a certificate for the name that was called, by whom we believe', async () => {
    const callee = await serverWith()
    const port = callee.ports.tls
    const resolve = ({ host }: { readonly host: string }): Promise<readonly Flow[]> =>
      Promise.resolve([{ transport: 'tls', address: '127.0.0.1', port: port ?? 0, name: host }])
    const lost = { how: 'timeout', what: 'transport' }
    const caller = await serverWith({ tls: { authorities: [authority] }, resolve })
    expect(await calls(caller, { uri: 'sips:2030@pbx.example' })).toBe('answered')
    expect(await calls(caller, { uri: 'sips:2030@bank.example' })).toEqual(lost)
    expect(await calls(await serverWith({ resolve }), { uri: 'sips:2030@pbx.example' })).toEqual(lost)
    const laboratory = await serverWith({ tls: { verify: false }, resolve })
    expect(await calls(laboratory, { uri: 'sips:2030@bank.example' })).toBe('answered')
  })

  test('a far end that wants to know who calls is shown our certificate', async () => {
    const shown = new Promise<string>((resolve) => {
      const trunk = createTlsServer(
        { ...certificates.pbx, ca: authority, requestCert: true, rejectUnauthorized: true },
        (socket) => {
          resolve(String(socket.getPeerCertificate().subject.CN))
          socket.destroy()
        },
      ).listen(0, '127.0.0.1')
      closers.push(() => trunk.close())
      void once(trunk, 'listening').then(async () => {
        const caller = await serverWith()
        const { port } = trunk.address() as AddressInfo
        await calls(caller, { uri: `sips:2030@127.0.0.1:${port}` })
      })
    })
    expect(await shown).toBe('pbx')
  })

  test('a far end that never finishes its handshake is given up after 5 s', async () => {
    const clock = new VirtualClock()
    const caller = await serverWith({ ...everything, clock })
    const silent = await serverWith({})
    const outcome = calls(caller, { uri: `sips:2030@127.0.0.1:${silent.port}` })
    await expect.poll(() => silent.counters.connections).toBe(1)
    await clock.advance(5_000)
    expect(await outcome).toEqual({ how: 'timeout', what: 'transport' })
    expect(caller.counters.connections).toBe(0)
  })

  test('a message that never ends is cut off, as one by TCP is', async () => {
    const server = await serverWith()
    const socket = await tlsSocket(server)
    socket.write('OPTIONS sip:x SIP/2.0\r\n' + 'X: y\r\n'.repeat(20_000))
    await once(socket.resume(), 'close')
    expect(server.counters.malformed).toBe(0)
  })

  test('a renewed certificate counts from then on, one that is no good never', async () => {
    const clock = new VirtualClock()
    const lines: string[] = []
    const log = jsonLog({ level: 'info', pii: false, write: (line) => lines.push(line) })
    let found: Certificate = certificates.pbx
    const server = await serverWith({ clock, log, tls: { port: 0, certificate: () => Promise.resolve(found) } })
    const shown = async (): Promise<unknown> => {
      const socket = connectTls({ host: '127.0.0.1', port: server.ports.tls, rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { subject } = socket.getPeerCertificate()
      socket.destroy()
      return subject.CN
    }
    expect(await shown()).toBe('pbx')
    found = { cert: certificates.other.cert, key: certificates.pbx.key }
    await clock.advance(60_000)
    expect(await shown()).toBe('pbx')
    found = certificates.other
    await clock.advance(60_000)
    expect(await shown()).toBe('other')
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      'sip.certificate-refused',
      'sip.certificate-renewed',
    ])
  })

  test('a certificate that does not fit its key lets nothing be opened', async () => {
    const wrong = { cert: certificates.other.cert, key: certificates.pbx.key }
    await expect(serverWith({ tls: { port: 0, certificate: () => Promise.resolve(wrong) } })).rejects.toThrow()
  })
})

describe('WebSocket', () => {
  test.each([
    [{ protocol: '' }, 400],
    [{ protocol: 'xmpp' }, 400],
    [{ origin: 'https://evil.example' }, 403],
  ])('%j is refused with %i', async (visit, status) => {
    const server = await serverWith()
    const web = webSocket(server, 'ws', visit)
    const [error] = (await once(web, 'error')) as [Error]
    expect(error.message).toContain(String(status))
    await expect.poll(() => server.counters.connections).toBe(0)
  })

  test('pages of our own may come; with *, everybody may', async () => {
    await webPhone(await serverWith(), 'ws', { origin: 'https://phone.example' })
    const open = await serverWith({ webSockets: { port: 0, origins: ['*'] } })
    const { web } = await webPhone(open, 'ws', { origin: 'https://evil.example' })
    expect(web.protocol).toBe('sip')
  })

  test('who asks for a page is told that there is none', async () => {
    const server = await serverWith()
    const { status } = await fetch(`http://127.0.0.1:${server.ports.ws}/`)
    expect(status).toBe(426)
  })

  test('a frame that is too large ends the connection', async () => {
    const server = await serverWith()
    const { web } = await webPhone(server, 'ws')
    web.send('x'.repeat(70_000))
    expect((await once(web, 'close'))[0]).toBe(1009)
    expect(server.counters.received).toBe(0)
  })

  test('frames that are no SIP are counted and the connection stays; binary ones are as good', async () => {
    const server = await serverWith()
    const phone = await webPhone(server, 'ws')
    phone.sends('hello')
    phone.web.send(Buffer.from(requestText('OPTIONS', { via: 'SIP/2.0/WS x.invalid;branch=z9hG4bKo' })))
    expect((await phone.hears()).status).toBe(200)
    expect(server.counters.malformed).toBe(1)
  })

  test('nobody can be called by WebSocket who is not connected', async () => {
    const server = await serverWith()
    const flow = { transport: 'wss', address: '127.0.0.1', port: 9 } as const
    expect(await calls(server, { flow })).toEqual({ how: 'timeout', what: 'transport' })
    const without = await serverWith({})
    expect(await calls(without, { flow })).toEqual({ how: 'timeout', what: 'transport' })
  })
})

describe('IPv6', () => {
  test.each(['udp', 'tcp', 'tls'] as const)('two servers at ::1 call each other by %s', async (transport) => {
    const [callee, caller] = [await serverWith({ tls, host: '::1' }), await serverWith({ tls, host: '::1' })]
    const port = transport === 'tls' ? callee.ports.tls : callee.port
    expect(await calls(caller, { uri: `sip:2030@[::1]:${port};transport=${transport}` })).toBe('answered')
    const [session] = sessions
    expect(session?.source).toMatchObject({ transport, address: '::1' })
    expect(session?.header('via')).toMatch(/^SIP\/2.0\/[A-Z]+ \[::1\]:\d+;branch=/)
    expect(session?.header('contact')).toMatch(/^<sip:1000@\[::1\]:\d+/)
    void session?.bye(16, 'done')
    await expect.poll(() => caller.counters.dialogs).toBe(0)
  })

  test.each(['udp', 'tcp'] as const)(
    'a server at :: is reached by both families over %s, each told its own',
    async (transport) => {
      const server = await serverWith({ host: '::' })
      const four = await serverWith({})
      const six = await serverWith({ host: '::1' })
      for (const [caller, host] of [
        [four, '127.0.0.1'],
        [six, '[::1]'],
      ] as const) {
        expect(await calls(caller, { uri: `sip:2030@${host}:${server.port};transport=${transport}` })).toBe('answered')
      }
      expect(sessions.map(({ source }) => source.address)).toEqual(['127.0.0.1', '::1'])
      expect(sessions.map(({ source }) => server.addressTowards(source))).toEqual(['127.0.0.1', '::1'])
      expect(await calls(server, { uri: `sip:2030@127.0.0.1:${four.port};transport=${transport}` })).toBe('answered')
      expect(await calls(server, { uri: `sip:2030@[::1]:${six.port};transport=${transport}` })).toBe('answered')
    },
  )
})
