import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Attacker, offerTo } from './support/attacker.ts'
import { loudPart, tone, toneShare } from './support/audio.ts'
import { Baresip } from './support/baresip.ts'
import { documentsFolder, tones } from './support/documents.ts'
import { startServer, type RunningServer } from './support/server.ts'
import { sipp, type SippOptions } from './support/sipp.ts'

const realm = 'acme.example'
const credentials = { username: 'desk', password: 'correct-horse-battery' }
const key = 'the key of the test'

let server: RunningServer
let registers: SippOptions
let removeDocuments: () => Promise<void>
const phones: Baresip[] = []

beforeAll(async () => {
  const documents = await documentsFolder(
    {
      2030: { module: 'play', data: { id: 'welcome' } },
      no_match: { module: 'play', data: { id: 'thanks' } },
    },
    {
      account: { id: 'A1', name: 'Acme', realm },
      devices: [{ id: 'd1', name: 'Desk', sip: { ...credentials, expire_seconds: 90 } }],
    },
  )
  removeDocuments = documents.remove
  server = await startServer({ documents: documents.folder, env: { PIVOT_API_KEY: key, PIVOT_LOG_LEVEL: 'debug' } })
  registers = { scenario: 'registers', server: server.sip, number: realm, credentials }
})

afterEach(async () => {
  for (const phone of phones.splice(0)) await phone.stop()
})

afterAll(async () => {
  await server.stop()
  await removeDocuments()
})

async function phone(transport: 'udp' | 'tcp', password = credentials.password): Promise<Baresip> {
  const account = { ...credentials, password, realm, server: server.sip }
  const opened = await Baresip.start({ speaks: tone(300, 20_000), transport, account })
  phones.push(opened)
  return opened
}

async function ask(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await fetch(`${server.http}/v2/accounts/A1/${path}`, { headers: { 'x-auth-token': key } })
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { data: readonly Readonly<Record<string, unknown>>[] }).data
}

async function becomes(count: number): Promise<void> {
  for (let left = 100; left > 0; left--) {
    if ((await ask('registrations')).length === count) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`there are not ${count} registrations, but ${JSON.stringify(await ask('registrations'))}`)
}

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  test('a phone registers, calls where only phones may, and goes', async () => {
    const desk = await phone(transport)
    await becomes(1)
    const [registration] = await ask('registrations')
    expect(registration).toMatchObject({ username: 'desk', authorizing_id: 'd1', proxy_protocol: transport })
    expect(registration?.['source_ip']).toBe('127.0.0.1')
    expect(await ask('devices/status')).toEqual([{ device_id: 'd1', registrable: true, registered: true }])

    await desk.dial(`sip:5551234@${realm}`)
    await desk.happens('CALL_CLOSED')
    expect(toneShare(loudPart(await desk.heard()), tones.thanks)).toBeGreaterThan(0.9)

    await phones.pop()?.stop()
    await becomes(0)
  })

  test('digest, too briefly, again, all away: step by step', async () => {
    const run = sipp({ ...registers, transport, pauseMs: 1_000 })
    run.catch(() => undefined)
    await becomes(1)
    const [registration] = await ask('registrations')
    expect(registration?.['contact']).toContain('sip:desk@10.0.0.5:5060')
    expect(registration?.['source_ip']).toBe('127.0.0.1')
    expect(registration?.['expires']).toBeLessThanOrEqual(90)
    await run
    expect(await ask('registrations')).toEqual([])
  })
})

test('a connection that closes takes its registration with it', async () => {
  const isCutOff = sipp({ ...registers, transport: 'tcp', pauseMs: 60_000, timeoutMs: 3_000 }).catch(() => true)
  await becomes(1)
  expect(await isCutOff).toBe(true)
  await becomes(0)
})

test('strangers reach the numbers of callflows, and nothing else; who says he is a phone must prove it', async () => {
  const attacker = await Attacker.open(server.sip)
  expect((await attacker.ask('INVITE', '5551234', { body: offerTo(9) })).status).toBe(404)
  const { status, callId, toTag } = await attacker.calls('2030', offerTo(9))
  expect(status).toBe(200)
  await attacker.ask('BYE', '2030', { callId, toTag, cseq: 2 })
  for (const user of ['desk', 'nobody']) {
    const from = `<sip:${user}@${realm}>`
    expect((await attacker.ask('INVITE', '2030', { body: offerTo(9), from })).status).toBe(407)
  }
  attacker.close()
})

test('with the wrong password it is nobody, and nothing about it is told', async () => {
  await phone('udp', 'wrong-horse-battery')
  await server.logged(({ event }) => event === 'sip.unauthenticated')
  expect(await ask('registrations')).toEqual([])
  expect(JSON.stringify(server.log)).not.toMatch(/horse|nonce=/)
})
