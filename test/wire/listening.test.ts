import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readWav, tone, toneShare } from './support/audio.ts'
import { Baresip } from './support/baresip.ts'
import { documentsFolder } from './support/documents.ts'
import { startServer, type RunningServer } from './support/server.ts'
import { WebApp } from './support/web-app.ts'

const realm = 'demo.example'
const voices = { ann: 1_200, bob: 800, sue: 500 } as const

let app: WebApp
let server: RunningServer
let removeDocuments: () => Promise<void>
const phones: Baresip[] = []

/** Calls to Bob are recorded, and Sue may listen to them. */
beforeAll(async () => {
  app = await WebApp.start({})
  const device = (id: string) => ({ id, name: id, sip: { username: id, password: `${id}-secret`, method: 'password' } })
  const recording = { enabled: true, format: 'wav', url: `${app.url}/recordings` }
  const documents = await documentsFolder(
    {
      2041: { module: 'device', data: { id: 'bob' } },
      2044: { module: 'eavesdrop', data: { device_id: 'bob', approved_device_id: 'sue' } },
    },
    {
      account: { id: 'demo', name: 'Demo', realm },
      devices: [device('ann'), { ...device('bob'), call_recording: { inbound: { onnet: recording } } }, device('sue')],
    },
  )
  removeDocuments = documents.remove
  server = await startServer({ documents: documents.folder })
})

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()))
})

afterAll(async () => {
  await server.stop()
  await app.stop()
  await removeDocuments()
})

async function registered(username: keyof typeof voices): Promise<Baresip> {
  const account = { username, password: `${username}-secret`, server: server.sip, realm }
  const one = await Baresip.start({ speaks: tone(voices[username], 30_000), account })
  phones.push(one)
  await one.isRegistered()
  return one
}

test('a third phone hears both, is heard by the one it listens to, and the call is recorded', async () => {
  const [ann, bob, sue] = await Promise.all([registered('ann'), registered('bob'), registered('sue')])
  ann.call(`sip:2041@${realm}`)
  await bob.answer()
  await pause(500)
  await sue.dial(`sip:2044@${realm}`)
  await pause(2_000)
  await sue.press('2')
  await pause(2_500)
  ann.hangUp()
  await Promise.all([bob.happens('CALL_CLOSED'), sue.happens('CALL_CLOSED')])

  const [heardByAnn, heardByBob, heardBySue] = [await ann.heard(), await bob.heard(), await sue.heard()]
  expect(heardMs(heardBySue, voices.ann), 'Sue hears Ann').toBeGreaterThan(3_000)
  expect(heardMs(heardBySue, voices.bob), 'and Bob').toBeGreaterThan(3_000)
  expect(heardMs(heardByBob, voices.sue), 'Bob hears Sue once she has pressed 2').toBeGreaterThan(1_500)
  expect(heardMs(heardByBob, voices.sue), 'and not before').toBeLessThan(3_300)
  expect(heardMs(heardByAnn, voices.sue), 'Ann does not').toBe(0)

  const { method, body } = await app.wasAsked(({ path }) => path.startsWith('/recordings/call_recording_'))
  expect(method).toBe('PUT')
  const both = readWav(body)
  const [says, hears] = [0, 1].map((channel) => both.filter((_, at) => at % 2 === channel))
  expect(heardMs(says ?? both, voices.bob), 'the left side is Bob').toBeGreaterThan(3_000)
  expect(heardMs(hears ?? both, voices.ann), 'the right side is Ann').toBeGreaterThan(3_000)
})

/** Milliseconds of 100 ms pieces in which a voice has a good part of the sound, alone or with another one. */
function heardMs(samples: Int16Array, hz: number): number {
  let ms = 0
  for (let at = 0; at + 800 <= samples.length; at += 800) {
    if (toneShare(samples.subarray(at, at + 800), hz) > 0.2) ms += 100
  }
  return ms
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
