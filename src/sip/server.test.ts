import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { answer, offer, requestText } from '../../test/support/sip-wire.ts'
import { silentLog, systemClock } from '../base/index.ts'
import { parseMessage, type SipMessage } from './message.ts'
import { openSipServer } from './server.ts'
import type { OutgoingListener } from './outgoing-port.ts'
import type { SipServer } from './server-port.ts'
import type { InviteSession, SessionEnd } from './session.ts'
import { Framer } from './framing.ts'

const silentListener: OutgoingListener = {
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

let server: SipServer
let sessions: InviteSession[]
let ends: SessionEnd[]
const closers: (() => void)[] = []

beforeEach(async () => {
  sessions = []
  ends = []
  server = await openSipServer({
    clock: systemClock,
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
    product: 'Pivot/test',
    limits: { mostConnectionsPerSource: 2 },
    onInvite(session) {
      sessions.push(session)
      session.listen({
        remoteAnswer: () => undefined,
        remoteOffer: () => answer,
        offerWanted: () => answer,
        digit: () => undefined,
        referred: () => undefined,
        ended: (end) => ends.push(end),
      })
      void session.answer(answer)
    },
  })
})

afterEach(async () => {
  for (const close of closers.splice(0)) close()
  await server.close()
})

interface Phone {
  sends(text: string): void
  hears(): Promise<SipMessage>
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

async function udpPhone(): Promise<Phone> {
  const socket: UdpSocket = createSocket('udp4')
  const { push, next } = inbox()
  socket.on('message', (bytes) => push(parseMessage(bytes)))
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  closers.push(() => socket.close())
  return { sends: (text) => socket.send(text, server.port, '127.0.0.1'), hears: next }
}

async function tcpSocket(): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1')
  closers.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function tcpPhone(): Promise<Phone> {
  const socket = await tcpSocket()
  const { push, next } = inbox()
  const framer = new Framer()
  socket.on('data', (chunk) => framer.push(chunk).messages.forEach((bytes) => push(parseMessage(bytes))))
  return { sends: (text) => void socket.write(text), hears: next }
}

describe.each([
  ['UDP', udpPhone],
  ['TCP', tcpPhone],
] as const)('over %s', (transport, open) => {
  test('two servers call each other; either hangs up', async () => {
    const caller = await openSipServer({
      clock: systemClock,
      log: silentLog,
      host: '127.0.0.1',
      port: 0,
      product: 'Pivot/test',
      onInvite: () => undefined,
    })
    const uri = `sip:2030@127.0.0.1:${server.port};transport=${transport.toLowerCase()}`
    for (const hangsUp of ['far', 'near'] as const) {
      const call = caller.invite({ uri, from: { uri: 'sip:1000@127.0.0.1' }, offer })
      const told: string[] = []
      let confirmed = Promise.resolve()
      const ended = new Promise<void>((resolve) =>
        call.listen({
          ...silentListener,
          answered(sdp) {
            told.push(sdp === answer ? 'answered' : 'misunderstood')
            if (hangsUp === 'near') confirmed = call.bye(16, 'done')
            else setImmediate(() => void sessions[0]?.bye(16, 'done'))
          },
          ended(end) {
            told.push(end.how)
            resolve()
          },
        }),
      )
      await ended
      await confirmed
      expect(told).toEqual(['answered', 'bye'])
    }
    expect(caller.counters.connections).toBe(transport === 'TCP' ? 1 : 0)
    await caller.close()
  })

  test('a call is answered, acknowledged and hung up by the caller, the next one by us', async () => {
    const phone = await open()
    for (const hangsUp of ['far', 'near'] as const) {
      const ids = { callId: `call-${hangsUp}`, via: `SIP/2.0/${transport} 127.0.0.1;rport;branch=z9hG4bK${hangsUp}` }
      phone.sends(requestText('INVITE', { ...ids, body: offer }))
      const ok = await phone.hears()
      expect(ok.status).toBe(200)
      const contact = transport === 'TCP' ? ';transport=tcp' : ''
      expect(ok.first('contact')).toBe(`<sip:2030@127.0.0.1:${server.port}${contact}>`)
      phone.sends(requestText('ACK', { ...ids, via: `${ids.via}ack`, toTag: ok.toTag }))
      if (hangsUp === 'far') {
        phone.sends(requestText('BYE', { ...ids, via: `${ids.via}bye`, toTag: ok.toTag, cseq: 2 }))
        expect((await phone.hears()).status).toBe(200)
      } else {
        phone.sends(requestText('OPTIONS', { ...ids, via: `${ids.via}options`, toTag: ok.toTag, cseq: 2 }))
        expect((await phone.hears()).status).toBe(200)
        void sessions[1]?.bye(16, 'done')
        if (transport === 'TCP') expect((await phone.hears()).method).toBe('BYE')
      }
    }
    expect(ends).toHaveLength(2)
    expect(server.counters.dialogs).toBe(transport === 'TCP' ? 1 : server.counters.dialogs)
  })
})

test('by TCP to nobody, or over a connection that is gone: it ends at once', async () => {
  const listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  await new Promise((resolve) => listening.close(resolve))
  for (const mustStand of [true, false]) {
    const call = server.invite({
      uri: 'sip:1000@phone.example',
      flow: { transport: 'tcp', address: '127.0.0.1', port },
      mustStand,
      from: { uri: 'sip:2030@127.0.0.1' },
      offer,
    })
    const end = await new Promise<SessionEnd>((resolve) => call.listen({ ...silentListener, ended: resolve }))
    expect(end).toEqual({ how: 'timeout', what: 'transport' })
  }
  expect(server.counters.connections).toBe(0)
})

test('a message that comes byte by byte is read, two at once too, and CRLF CRLF is answered by CRLF', async () => {
  const socket = await tcpSocket()
  const heard: string[] = []
  socket.on('data', (chunk: Buffer) => heard.push(chunk.toString()))
  socket.write('\r\n\r\n')
  await once(socket, 'data')
  expect(heard.join('')).toBe('\r\n')
  const options = (branch: string): string =>
    requestText('OPTIONS', { via: `SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK${branch}` })
  socket.setNoDelay(true)
  for (const character of options('a')) socket.write(character)
  socket.write(options('b') + options('c'))
  while (heard.join('').split('SIP/2.0 200 OK').length < 4) await once(socket, 'data')
})

test('a Content-Length that cannot be is answered 400 and ends the connection', async () => {
  const socket = await tcpSocket()
  const heard: string[] = []
  socket.on('data', (chunk: Buffer) => heard.push(chunk.toString()))
  socket.write(
    requestText('OPTIONS', { via: 'SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa' }).replace('Length: 0', 'Length: -9'),
  )
  await once(socket, 'close')
  expect(heard.join('')).toContain('SIP/2.0 400 Bad Content-Length')
})

test('more connections than one source may have are closed', async () => {
  await tcpSocket()
  await tcpSocket()
  const third = await tcpSocket()
  await once(third, 'close')
  expect(server.counters.connections).toBe(2)
})

test('the same port is bound for both; a port that is taken is an error', async () => {
  const again = openSipServer({
    clock: systemClock,
    log: silentLog,
    host: '127.0.0.1',
    port: server.port,
    product: 'x',
    onInvite: () => undefined,
  })
  await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('what we are called: the bound address, or the public one', async () => {
  const source = { transport: 'udp', address: '127.0.0.1', port: 1 } as const
  expect(server.addressTowards(source)).toBe('127.0.0.1')
  const open = { clock: systemClock, log: silentLog, port: 0, product: 'x', onInvite: () => undefined }
  const behind = await openSipServer({ ...open, host: '127.0.0.1', publicAddress: '203.0.113.5' })
  const everywhere = await openSipServer({ ...open, host: '0.0.0.0' })
  expect(behind.addressTowards(source)).toBe('203.0.113.5')
  expect(everywhere.addressTowards(source)).toBe('127.0.0.1')
  await Promise.all([behind.close(), everywhere.close()])
})
