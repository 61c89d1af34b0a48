import { readdirSync, readFileSync } from 'node:fs'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sequence } from '../support/sip-wire.ts'
import { Attacker, offerTo, tcp, tcpHears } from './support/attacker.ts'
import { loudPart, toneShare } from './support/audio.ts'
import { documentsFolder, tones } from './support/documents.ts'
import { RtpPhone } from './support/rtp-phone.ts'
import { startServer, type RunningServer } from './support/server.ts'

const torture = new URL('../conformance/rfc4475/', import.meta.url)
const mostCallsPerSecond = 100
/** What the last call leaves for 32 s: the transactions of its INVITE and its BYE. */
const ofOneCall = 2

let server: RunningServer
let attacker: Attacker
let removeDocuments: () => Promise<void>
let before: Figures

beforeAll(async () => {
  const waits = { module: 'sleep', data: { duration: 60, unit: 's' } }
  const documents = await documentsFolder({
    2030: { module: 'play', data: { id: 'welcome' } },
    2031: { module: 'play', data: { id: 'welcome' }, children: { _: waits } },
    2032: {
      module: 'collect_dtmf',
      data: { max_digits: 4, timeout: 20_000 },
      children: { _: { module: 'play', data: { id: 'thanks' } } },
    },
    2033: { ...waits, children: { _: { module: 'play', data: { id: 'welcome' } } } },
  })
  removeDocuments = documents.remove
  server = await startServer({
    documents: documents.folder,
    env: {
      PIVOT_RTP_TIMEOUT_MS: '1500',
      PIVOT_MOST_CALLS_PER_SECOND: String(mostCallsPerSecond),
      PIVOT_MOST_CALLS_PER_SECOND_PER_SOURCE: String(mostCallsPerSecond),
    },
  })
  attacker = await Attacker.open(server.sip)
  await talk()
  before = await figures()
})

afterAll(async () => {
  attacker.close()
  await server.stop()
  await removeDocuments()
})

test('every message of RFC 4475 is survived, by UDP and by TCP: an OPTIONS after it is answered', async () => {
  for (const file of readdirSync(torture).filter((name) => name.endsWith('.dat'))) {
    const message = readFileSync(new URL(file, torture))
    attacker.send(message)
    expect((await attacker.ask('OPTIONS', '2030')).status, `after ${file}`).toBe(200)
    const socket = await tcp(server.sip)
    socket.end(message)
    socket.resume()
  }
  expect((await attacker.ask('OPTIONS', '2030')).status).toBe(200)
})

test('thousands of broken and half messages, endless headers and empty lines are survived', async () => {
  const random = sequence(4475)
  const files = readdirSync(torture).filter((name) => name.endsWith('.dat'))
  const seeds = [
    ...files.map((file) => readFileSync(new URL(file, torture))),
    Buffer.from(attacker.request('INVITE', '999', { body: offerTo(9) }).text),
    Buffer.from(attacker.request('OPTIONS', '2030').text),
  ]
  for (let i = 0; i < 4_000; i++) {
    const seed = seeds[Math.floor(random() * seeds.length)] ?? Buffer.alloc(0)
    attacker.send(mutated(seed, random))
    if (i % 100 === 0) await attacker.ask('OPTIONS', '2030')
  }
  const held: Socket[] = []
  for (let i = 0; i < 150; i++) held.push(await tcp(server.sip))
  held.forEach((socket, index) => {
    socket.resume()
    if (index % 3 === 0) socket.write(`INVITE sip:2030@x SIP/2.0\r\nX: ${'x'.repeat(70_000)}`)
    if (index % 3 === 1) socket.write('\r\n'.repeat(50_000))
    if (index % 3 === 2) socket.write('OPTIONS sip:2030@x SIP/2.0\r\nVia: SIP/2.0/TCP x;bran')
  })
  expect((await attacker.ask('OPTIONS', '2030')).status).toBe(200)
  for (const socket of held) socket.destroy()
  await becomes(({ connections }) => connections === 0, 'connections are closed')
})

test('calls that are left in the middle end by themselves, each with its cause', async () => {
  const dropped = (callId: string): Promise<unknown> =>
    server.logged(
      (line) => line.event === 'sip.leg-ended' && line['callId'] === callId && line['cause'] === 'MEDIA_TIMEOUT',
    )

  const silent = await attacker.calls('2031', offerTo(9))
  const unacknowledged = await attacker.ask('INVITE', '2031', { body: offerTo(9) })
  const cut = await tcp(server.sip)
  const { text, callId } = attacker.request('INVITE', '2031', { body: offerTo(9) })
  cut.write(text)
  await tcpHears(cut, /^SIP\/2\.0 200/m)
  cut.destroy()
  await Promise.all([silent.callId, unacknowledged.callId, callId].map(dropped))

  const { callId: unheard, toTag } = unacknowledged
  expect(attacker.heard.filter((said) => said.callId === unheard && said.status === 0)).toEqual([])
  attacker.send(attacker.request('ACK', '2031', { callId: unheard, toTag }).text)
  const bye = await attacker.hears((said) => said.callId === unheard && said.text.startsWith('BYE '))
  attacker.send(okTo(bye.text))

  const first = attacker.request('INVITE', '2033', { body: offerTo(9), branch: 'z9hG4bKcancelled' })
  attacker.send(first.text)
  await attacker.hears((said) => said.callId === first.callId && said.status >= 100)
  attacker.send(attacker.request('CANCEL', '2033', { callId: first.callId, branch: 'z9hG4bKcancelled' }).text)
  await attacker.hears((said) => said.callId === first.callId && said.status === 487)
  attacker.send(attacker.request('ACK', '2033', { callId: first.callId, branch: 'z9hG4bKcancelled' }).text)
})

test('descriptions that nobody can read are refused with 488, and no offer breaks anything', async () => {
  const random = sequence(4566)
  const offer = offerTo(9)
  for (let i = 0; i < 80; i++) {
    const body = mutated(Buffer.from(offer), random)
      .toString('latin1')
      .replace(/[^\t-~]/g, '?')
    const answer = await attacker.calls('2031', body)
    expect([200, 400, 488, 503]).toContain(answer.status)
    if (answer.status === 200) await hangUp(answer.callId, answer.toTag, '2031')
  }
})

test('garbage, strangers and floods of keys on a media port change nothing for the call', async () => {
  await pause(1_000)
  const phone = await RtpPhone.open()
  const { text, callId } = await attacker.calls('2032', offerTo(phone.port))
  const port = Number(/^m=audio (\d+)/m.exec(text)?.[1])
  await becomesTrue(() => phone.isHearing)
  phone.speak(new Int16Array(0))
  await pause(100)
  const stranger = createSocket('udp4')
  stranger.bind(0, '127.0.0.1')
  await once(stranger, 'listening')
  const random = sequence(3550)
  for (let i = 0; i < 5_000; i++) {
    const packet = Buffer.from(Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256)))
    if (packet.length > 1 && i % 2 === 0) packet.writeUInt16BE(i % 4 === 0 ? 0x8000 : 0x8065)
    stranger.send(packet, port, '127.0.0.1')
    if (i % 250 === 0) await pause(5)
  }
  for (const key of '1234') {
    await phone.press(key)
    await pause(60)
  }
  await becomesTrue(() => phone.firstSoundAtMs() !== undefined)
  await attacker.hears((said) => said.callId === callId && said.text.startsWith('BYE '))
  expect(toneShare(loudPart(phone.heard()), tones.thanks)).toBeGreaterThan(0.9)
  attacker.send(okTo(attacker.heard.findLast((said) => said.callId === callId)?.text ?? ''))
  stranger.close()
  phone.close()
})

test('a scanner learns nothing but that there is a phone', async () => {
  const registered = await attacker.ask('REGISTER', '100')
  expect(registered.status).toBe(401)
  expect(registered.text).not.toMatch(/^Contact:|node_modules|\.ts\b/m)
  for (const number of ['100', 'admin', '00972592277524', '%00', "1' or '1'='1", '']) {
    const { status, text } = await attacker.ask('INVITE', number, { body: offerTo(9) })
    expect([404, 400], number).toContain(status)
    expect(text).toMatch(/\r\n\r\n$/)
    expect(text).not.toMatch(/node_modules|\.ts\b|A1|realm/)
  }
})

test('a flood of calls is refused with 503 and a time to come back, and the next second is as usual', async () => {
  await pause(1_000)
  const asked = Array.from({ length: 4 * mostCallsPerSecond }, () =>
    attacker.ask('INVITE', '999', { body: offerTo(9) }),
  )
  const answers = await Promise.all(asked)
  const refused = answers.filter(({ status }) => status === 503)
  expect(refused.length).toBeGreaterThanOrEqual(2 * mostCallsPerSecond)
  for (const { text } of refused) expect(text).toMatch(/^Retry-After: \d+/m)
  await pause(1_000)
  expect((await attacker.ask('INVITE', '999', { body: offerTo(9) })).status).toBe(404)
})

test('after all that a call is as good as ever, nothing is left, and nothing has failed inside', async () => {
  await talk()
  await becomes(
    ({ calls, ports, transactions, connections }) => calls + ports + connections === 0 && transactions <= ofOneCall,
    'everything is over',
    40_000,
  )
  const after = await figures()
  expect(after.sockets - before.sockets).toBeLessThanOrEqual(2)
  expect(after.memory - before.memory).toBeLessThan(150e6)
  expect(server.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
  expect(server.noise.filter((line) => /warning|error/i.test(line))).toEqual([])
})

/** A call as it should be: the tone is heard, and we are hung up on. */
async function talk(): Promise<void> {
  const phone = await RtpPhone.open()
  const { status, callId } = await attacker.calls('2030', offerTo(phone.port))
  expect(status).toBe(200)
  const { text } = await attacker.hears((said) => said.callId === callId && said.text.startsWith('BYE '))
  attacker.send(okTo(text))
  expect(toneShare(loudPart(phone.heard()), tones.welcome)).toBeGreaterThan(0.9)
  phone.close()
}

async function hangUp(callId: string, toTag: string, number: string): Promise<void> {
  expect((await attacker.ask('BYE', number, { callId, toTag, cseq: 2 })).status).toBe(200)
}

function okTo(request: string): string {
  const kept = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map(
    (name) => new RegExp(`^${name}: .*$`, 'm').exec(request)?.[0],
  )
  return `SIP/2.0 200 OK\r\n${kept.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`
}

/** Cut, repeated, overwritten or swapped here and there. */
function mutated(seed: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(seed)
  const some = (most: number): number => Math.floor(random() * most)
  for (let i = 1 + some(4); i > 0; i--) {
    const at = some(bytes.length + 1)
    const kind = some(6)
    if (kind === 0) bytes = bytes.subarray(0, at)
    else if (kind === 1 && bytes.length > at) bytes[at] = some(256)
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(some(at + 1))]).subarray(0, 60_000)
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + some(40))])
    else if (kind === 4)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(some(2_000), some(256)), bytes.subarray(at)])
    else {
      const words = [
        '\r\n',
        ';',
        ',',
        '"',
        '<',
        '>',
        '%00',
        '-1',
        '99999999999',
        ';tag=',
        'SIP/2.0',
        ' ',
        ':',
        '\0',
        '[::1]',
      ]
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(words[some(words.length)] ?? ''), bytes.subarray(at)])
    }
  }
  return bytes
}

interface Figures {
  readonly calls: number
  readonly transactions: number
  readonly connections: number
  readonly ports: number
  readonly memory: number
  readonly sockets: number
}

async function figures(): Promise<Figures> {
  const text = await (await fetch(`${server.http}/metrics`)).text()
  const read = (name: string): number => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (.*)$`, 'm').exec(text)?.[1] ?? 0)
  return {
    calls: read('pivot_calls_live'),
    transactions: read('pivot_sip_transactions'),
    connections: read('pivot_sip_connections'),
    ports: read('pivot_media_ports'),
    memory: read('process_resident_memory_bytes'),
    sockets: readdirSync(`/proc/${server.pid}/fd`).length,
  }
}

async function becomes(fits: (figures: Figures) => boolean, what: string, ms = 10_000): Promise<void> {
  const begun = performance.now()
  for (;;) {
    const now = await figures()
    if (fits(now)) return
    if (performance.now() - begun > ms) throw new Error(`not so after ${ms} ms: ${what}: ${JSON.stringify(now)}`)
    await pause(250)
  }
}

async function becomesTrue(fits: () => boolean, ms = 10_000): Promise<void> {
  const begun = performance.now()
  while (!fits()) {
    if (performance.now() - begun > ms) throw new Error(`did not happen in ${ms} ms`)
    await pause(10)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
