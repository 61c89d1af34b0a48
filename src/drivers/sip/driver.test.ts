import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { never, silentLog, systemClock } from '../../base/index.ts'
import type { Leg } from '../../call/index.ts'
import { RtpCaller, toneOf } from '../../../test/support/rtp-caller.ts'
import { embeddedDriver, type EmbeddedDriver, type EmbeddedOptions } from './index.ts'

let driver: EmbeddedDriver
let phone: Phone
let sound: RtpCaller
let recordingsDir: string

beforeEach(async () => {
  recordingsDir = await mkdtemp(join(tmpdir(), 'pivot-driver-'))
  phone = await Phone.open()
  sound = await RtpCaller.open(systemClock)
})

afterEach(async () => {
  await driver.close()
  phone.close()
  sound.close()
  await rm(recordingsDir, { recursive: true })
})

async function listen(onCall: (leg: Leg) => void, changes: Partial<EmbeddedOptions> = {}): Promise<void> {
  driver = await opened(onCall, changes)
}

async function opened(onCall: (leg: Leg) => void, changes: Partial<EmbeddedOptions> = {}): Promise<EmbeddedDriver> {
  const samples = toneOf(600, 60)
  const one = embeddedDriver({
    clock: systemClock,
    log: silentLog,
    audio: { open: async () => ({ key: 'tone', samples, durationMs: 60, endless: false }) },
    host: '127.0.0.1',
    port: 0,
    ports: { first: 0, last: 0 },
    recordingsDir,
    product: 'Pivot/test',
    inactivityMs: 0,
    workers: 0,
    ...changes,
  })
  await one.listen(onCall, new AbortController().signal)
  return one
}

test('a call over real sockets is answered, hears its prompt and is hung up on', async () => {
  await listen((leg) => {
    void (async () => {
      await leg.answer()
      await leg.play({ kind: 'tone', spec: 'any' }, { signal: never })
      await leg.hangup('NORMAL_CLEARING')
    })()
  })
  phone.invite(driver.port, 'm=audio', sound.port)
  expect(await phone.hears('SIP/2.0 200')).toContain(`c=IN IP4 127.0.0.1`)
  expect(driver.counters()).toMatchObject({ legs: 1, mediaLegs: 1, legsTotal: 1 })
  phone.acknowledge(driver.port)
  expect(await phone.hears('BYE ')).toContain('Reason: Q.850;cause=16')
  expect(sound.runs({ tone: 600 })).toEqual([{ media: 'tone', ms: 60 }])
  await expect.poll(() => driver.counters().mediaLegs).toBe(0)
  expect(driver.counters()).toMatchObject({ legs: 0, legsTotal: 1 })
  expect(driver.counters().packetsSent).toBeGreaterThanOrEqual(3)
})

test('a phone that speaks nothing we know is told so before anybody is asked', async () => {
  const calls: Leg[] = []
  await listen((leg) => void calls.push(leg))
  phone.invite(driver.port, 'm=video', sound.port)
  expect(await phone.hears('SIP/2.0 488')).toContain('Warning: 305')
  expect(calls).toEqual([])
})

test('when nobody can take the call, the caller is told when to come back', async () => {
  await listen(() => {
    throw new Error('the house is full')
  })
  phone.invite(driver.port, 'm=audio', sound.port)
  expect(await phone.hears('SIP/2.0 503')).toContain('Retry-After: 5')
})

test('when no port for media is left, the call is refused before anybody is asked', async () => {
  const calls: Leg[] = []
  await listen((leg) => void calls.push(leg), { ports: { first: 1_025, last: 1_025 } })
  phone.invite(driver.port, 'm=audio', sound.port)
  expect(await phone.hears('SIP/2.0 503')).toContain('Retry-After')
  expect(calls).toEqual([])
})

test('who is left when the house closes is hung up on, and the ports are free', async () => {
  const legs: Leg[] = []
  await listen((leg) => {
    legs.push(leg)
    void leg.answer()
  })
  phone.invite(driver.port, 'm=audio', sound.port)
  await phone.hears('SIP/2.0 200')
  phone.acknowledge(driver.port)
  const closing = driver.close()
  expect(await phone.hears('BYE ')).toContain('SYSTEM_SHUTDOWN')
  await closing
  expect(legs[0]?.ended.reason).toMatchObject({ by: 'server', cause: 'SYSTEM_SHUTDOWN' })
  expect(driver.counters().mediaLegs).toBe(0)
})

describe('two drivers, one of which calls the other', () => {
  const callerId = { name: 'Ann', number: '1000', realm: 'a1.example', isPrivate: false }
  let far: EmbeddedDriver

  afterEach(() => far.close())

  async function calls(answering: (leg: Leg) => void): Promise<{ leg: Leg; events: string[]; called: Leg[] }> {
    const called: Leg[] = []
    far = await opened((leg) => {
      called.push(leg)
      answering(leg)
    })
    await listen(() => undefined)
    const target = { kind: 'sip', uri: `sip:2030@127.0.0.1:${far.port}` } as const
    const leg = await driver.dial(target, { callerId, headers: { 'X-Tenant': '7' } })
    const events: string[] = []
    leg.observe(({ type }) => events.push(type))
    return { leg, events, called }
  }

  test('who is called rings, sends sound, answers, presses keys and hangs up', async () => {
    const { leg, events, called } = await calls((callee) => {
      void (async () => {
        callee.ring()
        await callee.play({ kind: 'tone', spec: 'any' }, { signal: never })
        await callee.answer()
        await callee.sendDigits('42', { durationMs: 60, signal: never })
        await callee.hangup('NORMAL_CLEARING')
      })()
    })
    expect(await leg.nextDigit(never)).toBe('4')
    expect(await leg.nextDigit(never)).toBe('2')
    expect(called[0]).toMatchObject({ callId: leg.callId, headers: { 'X-Tenant': '7' } })
    expect(called[0]?.from).toEqual({ user: '1000', realm: 'a1.example', name: 'Ann' })
    expect(leg).toMatchObject({ source: `127.0.0.1:${far.port}`, userAgent: 'Pivot/test' })
    await expect
      .poll(() => leg.ended.reason as unknown)
      .toMatchObject({ by: 'callee', cause: 'NORMAL_CLEARING', sipStatus: 200 })
    expect(events.filter((type) => type.startsWith('leg.'))).toEqual([
      'leg.ringing',
      'leg.early',
      'leg.answered',
      'leg.ended',
    ])
    await expect.poll(() => driver.counters()).toMatchObject({ legs: 0, mediaLegs: 0, legsTotal: 1 })
  })

  test('who refuses says why', async () => {
    const { leg } = await calls((callee) => void callee.hangup('USER_BUSY'))
    await expect
      .poll(() => leg.ended.reason as unknown)
      .toMatchObject({ by: 'callee', cause: 'USER_BUSY', sipStatus: 486 })
  })

  test('who is hung up on while it rings is told that somebody else was faster', async () => {
    const { leg, called } = await calls((callee) => callee.ring())
    await expect.poll(() => called.length).toBe(1)
    await leg.hangup('LOSE_RACE')
    await expect
      .poll(() => called[0]?.ended.reason as unknown)
      .toMatchObject({ by: 'caller', cause: 'ORIGINATOR_CANCEL' })
  })

  test('where nobody is cannot be called', async () => {
    far = await opened(() => undefined)
    await listen(() => undefined)
    const target = { kind: 'sip', uri: `sip:2030@127.0.0.1:${far.port};transport=tcp` } as const
    await far.close()
    const leg = await driver.dial(target, { callerId, headers: {} })
    await expect.poll(() => leg.ended.reason as unknown).toMatchObject({ by: 'network', cause: 'NETWORK_OUT_OF_ORDER' })
  })
})

/** Just enough of a SIP phone: one call, no retransmission, every BYE answered. */
class Phone {
  readonly #socket: Socket
  readonly #heard: string[] = []
  #toTag = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes, { port }) => this.#take(bytes.toString('latin1'), port))
  }

  static async open(): Promise<Phone> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Phone(socket)
  }

  invite(port: number, media: string, rtpPort: number): void {
    const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n${media} ${rtpPort} RTP/AVP 0\r\n`
    this.#say(port, 'INVITE', 1, 'Content-Type: application/sdp\r\n', sdp)
  }

  acknowledge(port: number): void {
    this.#say(port, 'ACK', 1)
  }

  /** The first message so far, or from now on, that begins like this. */
  async hears(start: string): Promise<string> {
    for (;;) {
      const found = this.#heard.find((message) => message.startsWith(start))
      if (found !== undefined) return found
      await once(this.#socket, 'message')
    }
  }

  close(): void {
    this.#socket.close()
  }

  #say(port: number, method: string, cseq: number, more = '', body = ''): void {
    const own = `127.0.0.1:${this.#socket.address().port}`
    const message =
      `${method} sip:2030@127.0.0.1:${port} SIP/2.0\r\n` +
      `Via: SIP/2.0/UDP ${own};branch=z9hG4bK-${method}-${cseq}\r\n` +
      `From: <sip:alice@${own}>;tag=phone\r\nTo: <sip:2030@127.0.0.1:${port}>${this.#toTag}\r\n` +
      `Call-ID: driver-test\r\nCSeq: ${cseq} ${method}\r\nContact: <sip:alice@${own}>\r\nMax-Forwards: 70\r\n` +
      `${more}Content-Length: ${body.length}\r\n\r\n${body}`
    this.#socket.send(message, port, '127.0.0.1')
  }

  #take(message: string, port: number): void {
    this.#heard.push(message)
    this.#toTag = /^To:.*(;tag=\S+)/im.exec(message)?.[1] ?? this.#toTag
    if (!message.startsWith('BYE ')) return
    const copied = message.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
    this.#socket.send(['SIP/2.0 200 OK', ...copied, 'Content-Length: 0', '', ''].join('\r\n'), port, '127.0.0.1')
  }
}
