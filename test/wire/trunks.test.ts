import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loudPart, tone, toneShare } from './support/audio.ts'
import { documentsFolder, tones } from './support/documents.ts'
import { RtpPhone } from './support/rtp-phone.ts'
import { startServer, type RunningServer } from './support/server.ts'
import { sipp, sippAnswers } from './support/sipp.ts'

const credentials = { username: 'acme', password: 'correct-horse-battery' }
const key = 'the key of the test'

let server: RunningServer
let removeDocuments: () => Promise<void>
let ports: { readonly refuses: number; readonly answers: number; readonly registrar: number }
let registrar: Promise<void>

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

beforeAll(async () => {
  ports = { refuses: await freePort(), answers: await freePort(), registrar: await freePort() }
  const at = (port: number) => ({ server: '127.0.0.1', port })
  const documents = await documentsFolder(
    {
      100: {
        module: 'play',
        data: { id: 'welcome' },
        children: { _: { module: 'resources', data: { to_did: '+14155550000' } } },
      },
      '+15551230009': { module: 'play', data: { id: 'thanks' } },
    },
    {
      account: { id: 'A1', name: 'Acme', realm: 'acme.example' },
      resources: [
        {
          id: 'carriers',
          rules: ['^\\+1(\\d{10})$'],
          gateways: [at(ports.refuses), { ...at(ports.answers), ...credentials, prefix: '1' }],
        },
        {
          id: 'registered',
          gateways: [{ ...at(ports.registrar), ...credentials, realm: 'carrier.example', register: true }],
        },
      ],
    },
  )
  removeDocuments = documents.remove
  registrar = sippAnswers({ scenario: 'carrier-registrar', port: ports.registrar })
  registrar.catch(() => undefined)
  server = await startServer({ documents: documents.folder, env: { PIVOT_API_KEY: key } })
})

afterAll(async () => {
  await server.stop()
  await removeDocuments()
})

async function ask(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await fetch(`${server.http}/v2/accounts/A1/${path}`, { headers: { 'x-auth-token': key } })
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { data: readonly Readonly<Record<string, unknown>>[] }).data
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let left = 100; ; left--) {
    const found = await look()
    if (found !== undefined) return found
    if (left === 0) throw new Error('it does not come to pass')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('a carrier that is full is passed over, and who is called by the next one is heard and hears', async () => {
  const caller = await RtpPhone.open()
  const callee = await RtpPhone.open()
  const refuses = sippAnswers({ scenario: 'carrier-refuses', port: ports.refuses })
  const answers = sippAnswers({
    scenario: 'carrier-answers',
    port: ports.answers,
    keys: { rtp_port: String(callee.port) },
  })
  try {
    const call = sipp({
      scenario: 'caller-hangs-up',
      server: server.sip,
      number: '100',
      keys: { rtp_port: String(caller.port) },
      pauseMs: 8_000,
    })
    await eventually(async () => (caller.isHearing ? true : undefined))
    caller.speak(tone(1_100, 9_000))
    await eventually(async () => (callee.isHearing ? true : undefined))
    const spokenAt = performance.now()
    callee.speak(tone(1_700, 2_000))
    await Promise.all([call, refuses, answers])
    expect(toneShare(loudPart(callee.heard()), 1_100)).toBeGreaterThan(0.8)
    expect(toneShare(loudPart(caller.heard().subarray(0, 8_000)), tones.welcome)).toBeGreaterThan(0.8)
    expect(toneShare(loudPart(caller.heard(spokenAt)), 1_700)).toBeGreaterThan(0.8)
  } finally {
    caller.close()
    callee.close()
  }
  const legs = await eventually(async () => {
    const cdrs = await ask('cdrs')
    return cdrs.length >= 3 ? cdrs : undefined
  })
  expect(legs.map((leg) => leg['hangup_cause'])).toContain('NORMAL_TEMPORARY_FAILURE')
})

test('a call from a carrier’s address is known by its resource, and goes to the number', async () => {
  const caller = await RtpPhone.open()
  try {
    await sipp({
      scenario: 'caller-hangs-up',
      server: server.sip,
      number: '15551230009',
      keys: { rtp_port: String(caller.port) },
      pauseMs: 1_500,
    })
    expect(toneShare(loudPart(caller.heard()), tones.thanks)).toBeGreaterThan(0.8)
  } finally {
    caller.close()
  }
  const [cdr] = await eventually(async () => {
    const found = (await ask('cdrs')).filter(({ to }) => String(to).includes('15551230009'))
    return found.length > 0 ? found : undefined
  })
  const [whole] = await eventually(async () => {
    const answer = await fetch(`${server.http}/v2/accounts/A1/cdrs/${String(cdr?.['id'])}`, {
      headers: { 'x-auth-token': key },
    })
    const { data } = (await answer.json()) as { data: Readonly<Record<string, unknown>> }
    return [data]
  })
  expect(JSON.stringify(whole)).toContain('"resource"')
})

test('the server registers with a carrier that asks for a password, says so, and takes its leave when it stops', async () => {
  const status = await eventually(async () => {
    const [found] = await ask('resources/status')
    return found?.['state'] === 'registered' ? found : undefined
  })
  expect(status).toMatchObject({ resource_id: 'registered', server: '127.0.0.1', sip_status: 200 })
  const metrics = await (await fetch(`${server.http}/metrics`)).text()
  expect(metrics).toContain('pivot_trunk_registrations 1')
  await server.stop()
  await registrar
})
