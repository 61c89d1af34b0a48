import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { authority, certificateFile } from '../support/certificates.ts'
import { requestText, type RequestParts } from '../support/sip-wire.ts'
import { offerTo } from './support/attacker.ts'
import { loudPart, tone, toneShare } from './support/audio.ts'
import { Baresip } from './support/baresip.ts'
import { documentsFolder, tones } from './support/documents.ts'
import { RtpPhone } from './support/rtp-phone.ts'
import { startServer, type RunningServer } from './support/server.ts'
import { sipp } from './support/sipp.ts'

const realm = 'acme.example'
const key = 'the key of the test'
const env = {
  PIVOT_API_KEY: key,
  PIVOT_SIP_TLS_PORT: '0',
  PIVOT_SIP_WS_PORT: '0',
  PIVOT_SIP_WSS_PORT: '0',
  PIVOT_SIP_TLS_CERT: certificateFile('pbx.pem'),
  PIVOT_SIP_TLS_KEY: certificateFile('pbx.key'),
}

let server: RunningServer
let ports: Readonly<Record<'sipTlsPort' | 'sipWsPort' | 'sipWssPort', number>>
let folder: string
let removeDocuments: () => Promise<void>
const closers: (() => unknown)[] = []

const portsOf = ({ log }: RunningServer): typeof ports =>
  log.find(({ event }) => event === 'server.ready') as unknown as typeof ports

beforeAll(async () => {
  const device = (id: string) => ({ id, name: id, sip: { username: id, password: `${id}-secret-horse` } })
  const documents = await documentsFolder(
    {
      2030: { module: 'play', data: { id: 'welcome' } },
      2041: { module: 'device', data: { id: 'bob' } },
    },
    { account: { id: 'A1', name: 'Acme', realm }, devices: [device('ann'), device('bob')] },
  )
  folder = documents.folder
  removeDocuments = documents.remove
  server = await startServer({ documents: folder, env })
  ports = portsOf(server)
})

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

afterAll(async () => {
  await server.stop()
  await removeDocuments()
})

async function phone(username: string, voiceHz: number): Promise<Baresip> {
  const opened = await Baresip.start({
    speaks: tone(voiceHz, 20_000),
    transport: 'tls',
    authorities: certificateFile('ca.pem'),
    account: { username, password: `${username}-secret-horse`, realm, server: `127.0.0.1:${ports.sipTlsPort}` },
  })
  closers.push(() => opened.stop())
  await opened.isRegistered()
  return opened
}

async function registered(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await fetch(`${server.http}/v2/accounts/A1/registrations`, { headers: { 'x-auth-token': key } })
  return ((await answer.json()) as { data: readonly Readonly<Record<string, unknown>>[] }).data
}

test('a phone registers by TLS, calls a number and hears what is played', async () => {
  const ann = await phone('ann', 300)
  expect(await registered()).toMatchObject([{ username: 'ann', proxy_protocol: 'tls', source_ip: '127.0.0.1' }])
  await ann.dial(`sip:2030@${realm}`)
  await ann.happens('CALL_CLOSED')
  expect(toneShare(loudPart(await ann.heard()), tones.welcome)).toBeGreaterThan(0.9)
})

test('two phones talk, each called down its own TLS connection; when they go, so do their registrations', async () => {
  const [ann, bob] = await Promise.all([phone('ann', 1_200), phone('bob', 800)])
  ann.call(`sip:2041@${realm}`)
  await bob.answer()
  await pause(2_000)
  ann.hangUp()
  await bob.happens('CALL_CLOSED')
  expect(toneShare(loudPart(await ann.heard()), 800)).toBeGreaterThan(0.8)
  expect(toneShare(loudPart(await bob.heard()), 1_200)).toBeGreaterThan(0.8)
  await Promise.all([ann.stop(), bob.stop()])
  closers.length = 0
  await expect.poll(registered, { timeout: 5_000 }).toEqual([])
})

describe.each([
  ['ws', 'sipWsPort'],
  ['wss', 'sipWssPort'],
] as const)('over %s', (scheme, port) => {
  test('a client calls a number, hears what is played and hangs up', async () => {
    const web = new WebSocket(`${scheme}://127.0.0.1:${ports[port]}/`, ['sip'], { ca: authority })
    closers.push(() => web.close())
    const heard: string[] = []
    web.on('message', (data: Buffer) => heard.push(data.toString()))
    await once(web, 'open')
    const rtp = await RtpPhone.open()
    closers.push(() => rtp.close())
    const says = (method: string, branch: string, parts: RequestParts = {}): void => {
      const via = `SIP/2.0/${scheme.toUpperCase()} x7a.invalid;branch=z9hG4bK${scheme}${branch}`
      const text = requestText(method, { via, uri: 'sip:2030@pbx.example', callId: `web-${scheme}`, ...parts })
      web.send(text.replace(/Contact: .*/, 'Contact: <sip:x7a@df7jal23ls0d.invalid;transport=ws>'))
    }
    const answered = async (status: string): Promise<string> => {
      await expect.poll(() => heard.some((text) => text.startsWith(`SIP/2.0 ${status}`)), { timeout: 5_000 }).toBe(true)
      return heard.find((text) => text.startsWith(`SIP/2.0 ${status}`)) ?? ''
    }
    says('INVITE', 'invite', { body: offerTo(rtp.port) })
    const ok = await answered('200')
    const toTag = /^To: .*;tag=(\S+)/im.exec(ok)?.[1] ?? ''
    says('ACK', 'ack', { toTag })
    await expect.poll(() => rtp.heard().length, { timeout: 5_000 }).toBeGreaterThan(8_000)
    expect(toneShare(loudPart(rtp.heard()), tones.welcome)).toBeGreaterThan(0.9)
    heard.length = 0
    says('BYE', 'bye', { toTag, cseq: 2 })
    expect(await answered('200')).toContain('CSeq: 2 BYE')
  })
})

describe('over IPv6', () => {
  test.each(['udp', 'tcp'] as const)(
    'a caller at ::1 by %s is answered, hears what is played and is hung up on',
    async (transport) => {
      const six = await startServer({ documents: folder, env: { ...env, PIVOT_SIP_HOST: '::1' } })
      closers.push(() => six.stop())
      expect(six.sip).toMatch(/^\[::1\]:\d+$/)
      const rtp = await RtpPhone.open('::1')
      closers.push(() => rtp.close())
      const keys = { rtp_port: String(rtp.port) }
      await sipp({ scenario: 'until-hung-up-on', server: six.sip, number: '2030', transport, host: '::1', keys })
      expect(toneShare(loudPart(rtp.heard()), tones.welcome)).toBeGreaterThan(0.9)
    },
  )

  test('a server at :: takes callers of both families, each with sound of its own family', async () => {
    const both = await startServer({ documents: folder, env: { ...env, PIVOT_SIP_HOST: '::' } })
    closers.push(() => both.stop())
    for (const host of ['127.0.0.1', '::1'] as const) {
      const rtp = await RtpPhone.open(host)
      closers.push(() => rtp.close())
      const server = `${host === '::1' ? '[::1]' : host}:${both.sipPort}`
      await sipp({ scenario: 'until-hung-up-on', server, number: '2030', host, keys: { rtp_port: String(rtp.port) } })
      expect(toneShare(loudPart(rtp.heard()), tones.welcome), host).toBeGreaterThan(0.9)
    }
  })
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
