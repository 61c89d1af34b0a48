import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { rms, tone, toneShare } from './support/audio.ts'
import { Baresip, type BaresipOptions } from './support/baresip.ts'
import { documentsFolder, tones } from './support/documents.ts'
import { startServer, type RunningServer } from './support/server.ts'

const realm = 'demo.example'
const voices = { ann: 1_200, bob: 800 } as const

let server: RunningServer
let removeDocuments: () => Promise<void>
const phones: Baresip[] = []

beforeAll(async () => {
  const device = (id: string, media: object = {}) => ({
    id,
    name: id,
    sip: { username: id, password: `${id}-secret`, method: 'password' },
    media,
  })
  const documents = await documentsFolder(
    {
      2030: { module: 'answer', children: { _: { module: 'play', data: { id: 'welcome' } } } },
      2041: { module: 'device', data: { id: 'bob' } },
      2042: { module: 'device', data: { id: 'carol' } },
    },
    {
      account: { id: 'demo', name: 'Demo', realm },
      devices: [
        device('ann'),
        device('bob'),
        device('carol', { encryption: { enforce_security: true, methods: ['srtp'] } }),
      ],
    },
  )
  removeDocuments = documents.remove
  server = await startServer({ documents: documents.folder, env: { PIVOT_SRTP_KEYS_IN_CLEAR: 'true' } })
})

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()))
})

afterAll(async () => {
  await server.stop()
  await removeDocuments()
})

async function phone(username: string, voiceHz: number, options: Partial<BaresipOptions> = {}): Promise<Baresip> {
  const account = { username, password: `${username}-secret`, server: server.sip, realm }
  const one = await Baresip.start({ speaks: tone(voiceHz, 30_000), account, ...options })
  phones.push(one)
  await one.isRegistered()
  return one
}

/** What the log says of the legs that have ended since it had so many lines. */
const legsSince = (lines: number) => server.log.slice(lines).filter(({ event }) => event === 'sip.leg-ended')

test.each(['srtp', 'srtp-mand'] as const)('a phone that encrypts (%s) hears the prompt', async (mediaenc) => {
  const lines = server.log.length
  const ann = await phone('ann', voices.ann, { mediaenc })
  await ann.dial(`sip:2030@${realm}`)
  await ann.happens('CALL_CLOSED')
  expect(share(await ann.heard(), tones.welcome)).toBeGreaterThan(1_700)
  await expect.poll(() => legsSince(lines)).toMatchObject([{ isEncrypted: true, lost: 0 }])
  const [leg] = legsSince(lines)
  expect(Number(leg?.['received'])).toBeGreaterThan(80)
  // Its goodbye (RTCP) is in clear, and so it does not count, if it comes before the leg is closed.
  expect(Number(leg?.['rejected'])).toBeLessThanOrEqual(1)
})

test('a phone that encrypts and one that does not hear each other and nothing else, also after a hold', async () => {
  const lines = server.log.length
  const [ann, bob] = await Promise.all([phone('ann', voices.ann, { mediaenc: 'srtp-mand' }), phone('bob', voices.bob)])
  ann.call(`sip:2041@${realm}`)
  await bob.answer()
  await pause(2_500)
  ann.hold()
  await pause(1_000)
  ann.resume()
  await pause(2_500)
  ann.hangUp()
  await bob.happens('CALL_CLOSED')
  const [heardByAnn, heardByBob] = [await ann.heard(), await bob.heard()]
  // Her phone begins another file when it comes back.
  expect(share(heardByAnn, voices.bob), 'Ann hears Bob').toBeGreaterThan(1_800)
  expect(share(heardByBob, voices.ann), 'Bob hears Ann').toBeGreaterThan(3_500)
  expect(share(heardByAnn, voices.ann) + share(heardByBob, voices.bob), 'and nobody himself').toBe(0)
  await expect.poll(() => legsSince(lines).length).toBe(2)
  expect(legsSince(lines).map(({ isEncrypted }) => isEncrypted)).toEqual(expect.arrayContaining([true, false]))
})

test('a phone whose document wants it is called encrypted; reports say how it hears', async () => {
  const lines = server.log.length
  const [ann, carol] = await Promise.all([
    phone('ann', voices.ann),
    phone('carol', voices.bob, { mediaenc: 'srtp-mand' }),
  ])
  ann.call(`sip:2042@${realm}`)
  await carol.answer()
  await pause(8_000)
  ann.hangUp()
  await carol.happens('CALL_CLOSED')
  expect(share(await ann.heard(), voices.bob), 'Ann hears Carol').toBeGreaterThan(6_000)
  expect(share(await carol.heard(), voices.ann), 'Carol hears Ann').toBeGreaterThan(6_000)
  await expect.poll(() => legsSince(lines).length).toBe(2)
  const secure = legsSince(lines).find(({ isEncrypted }) => isEncrypted === true)
  expect(secure).toMatchObject({ farLost: 0 })
})

test('a phone whose document wants it, and that does not encrypt, is not talked to', async () => {
  const [ann, carol] = await Promise.all([phone('ann', voices.ann), phone('carol', voices.bob)])
  ann.call(`sip:2042@${realm}`)
  await ann.happens('CALL_CLOSED')
  expect(carol).toBeDefined()
})

test('no key is in the log', () => {
  expect(JSON.stringify(server.log)).not.toMatch(/inline:|a=crypto|master/)
})

/** Milliseconds of 20 ms frames that are mostly `hz`. */
function share(samples: Int16Array, hz: number): number {
  let ms = 0
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const frame = samples.subarray(at, at + 160)
    if (rms(frame) > 500 && toneShare(frame, hz) > 0.7) ms += 20
  }
  return ms
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
