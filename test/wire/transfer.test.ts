import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Attacker, offerTo, type Said } from './support/attacker.ts'
import { share, tone } from './support/audio.ts'
import { Baresip } from './support/baresip.ts'
import { documentsFolder, tones } from './support/documents.ts'
import { startServer, type RunningServer } from './support/server.ts'
import { WebApp } from './support/web-app.ts'

const voices = { ann: 1_200, bob: 800, carol: 500 } as const
type Name = keyof typeof voices

let app: WebApp
let server: RunningServer
let removeDocuments: () => Promise<void>
/** Where each phone is called. */
const addresses = new Map<Name, string>()
const phones: Baresip[] = []

const numbers = { ann: '3000', bob: '3001', carol: '3002', tune: '3003', lot: '3004', fetch: '3005' } as const

beforeAll(async () => {
  const to = (name: Name) => (): string => `<Response><Dial><Sip>${addresses.get(name) ?? ''}</Sip></Dial></Response>`
  app = await WebApp.start({ '/ann': to('ann'), '/bob': to('bob'), '/carol': to('carol') })
  const asks = (path: string): object => ({ module: 'pivot', data: { voice_url: app.url + path, req_format: 'twiml' } })
  const documents = await documentsFolder({
    [numbers.ann]: asks('/ann'),
    [numbers.bob]: asks('/bob'),
    [numbers.carol]: asks('/carol'),
    [numbers.tune]: { module: 'play', data: { id: 'thanks' } },
    [numbers.lot]: { module: 'park', data: { slot: '5' } },
    [numbers.fetch]: { module: 'park', data: { action: 'retrieve', slot: '5' } },
  })
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

async function phone(name: Name): Promise<Baresip> {
  const one = await Baresip.start({ speaks: tone(voices[name], 30_000) })
  phones.push(one)
  addresses.set(name, one.uri)
  return one
}

/** Ann has called Bob, and they talk. */
async function annTalksToBob(): Promise<[Baresip, Baresip]> {
  const [ann, bob] = await Promise.all([phone('ann'), phone('bob')])
  ann.call(`sip:${numbers.bob}@${server.sip}`)
  await bob.answer()
  await ann.happens('CALL_ESTABLISHED')
  await pause(500)
  return [ann, bob]
}

test('who was called sends the caller to another phone: those two talk', async () => {
  const [[ann, bob], carol] = await Promise.all([annTalksToBob(), phone('carol')])
  bob.transfer(`sip:${numbers.carol}@${server.sip}`)
  await carol.answer()
  await bob.happens('CALL_CLOSED')
  await pause(2_000)
  carol.hangUp()
  await ann.happens('CALL_CLOSED')
  const heardByAnn = await ann.heard()
  expect(share(heardByAnn, voices.bob), 'Ann hears Bob before').toBeGreaterThan(300)
  expect(share(heardByAnn, voices.carol), 'Ann hears Carol after').toBeGreaterThan(1_500)
  expect(share(await carol.heard(), voices.ann), 'Carol hears Ann').toBeGreaterThan(1_500)
})

test('a caller who was transferred gives up while the other phone rings: it stops', async () => {
  const [[ann, bob], carol] = await Promise.all([annTalksToBob(), phone('carol')])
  bob.transfer(`sip:${numbers.carol}@${server.sip}`)
  await carol.happens('CALL_INCOMING')
  await bob.happens('CALL_CLOSED')
  await pause(300)
  ann.hangUp()
  await carol.happens('CALL_CLOSED', 3_000)
})

test('a caller sends whoever they have called to a callflow, and is free', async () => {
  const [ann, bob] = await annTalksToBob()
  ann.transfer(`sip:${numbers.tune}@${server.sip}`)
  await ann.happens('CALL_CLOSED')
  await bob.happens('CALL_CLOSED')
  expect(share(await bob.heard(), tones.thanks), 'Bob hears what that callflow plays').toBeGreaterThan(1_500)
})

test('a caller is parked by a transfer and fetched from another phone', async () => {
  const [[ann, bob], carol] = await Promise.all([annTalksToBob(), phone('carol')])
  bob.transfer(`sip:${numbers.lot}@${server.sip}`)
  await bob.happens('CALL_CLOSED')
  await pause(500)
  await carol.dial(`sip:${numbers.fetch}@${server.sip}`)
  await pause(2_000)
  carol.hangUp()
  await ann.happens('CALL_CLOSED')
  expect(share(await ann.heard(), voices.carol), 'Ann hears Carol').toBeGreaterThan(1_500)
  expect(share(await carol.heard(), voices.ann), 'Carol hears Ann').toBeGreaterThan(1_500)
})

test('a parked caller hangs up: whoever fetches the call finds nobody, and is let go', async () => {
  const [[ann, bob], carol] = await Promise.all([annTalksToBob(), phone('carol')])
  bob.transfer(`sip:${numbers.lot}@${server.sip}`)
  await bob.happens('CALL_CLOSED')
  await pause(500)
  ann.hangUp()
  await ann.happens('CALL_CLOSED')
  carol.call(`sip:${numbers.fetch}@${server.sip}`)
  await carol.happens('CALL_CLOSED', 10_000)
  expect(share(await carol.heard(), voices.ann), 'Carol does not hear Ann').toBe(0)
})

test('a phone that has called two others connects them: REFER with Replaces', async () => {
  const [bob, carol] = await Promise.all([phone('bob'), phone('carol')])
  const desk = await Attacker.open(server.sip)
  try {
    const [toBob] = await Promise.all([desk.calls(numbers.bob, offerTo(9)), bob.answer()])
    const [toCarol] = await Promise.all([desk.calls(numbers.carol, offerTo(9)), carol.answer()])
    const accepted = await desk.ask('REFER', numbers.bob, {
      callId: toBob.callId,
      toTag: toBob.toTag,
      cseq: 2,
      headers: [`Refer-To: <sip:${numbers.carol}@${server.sip}?Replaces=${replaces(toCarol)}>`],
    })
    expect(accepted.status).toBe(202)
    const told = await desk.hears(({ method, text }) => method === 'NOTIFY' && text.includes('SIP/2.0 200'))
    expect(told.text).toContain('terminated')
    const byes = (said: Said): boolean => said.status === 0 && said.method === 'BYE'
    await desk.hears((said) => byes(said) && said.callId === toBob.callId)
    await desk.hears((said) => byes(said) && said.callId === toCarol.callId)
    await pause(2_000)
    bob.hangUp()
    await carol.happens('CALL_CLOSED')
    expect(share(await bob.heard(), voices.carol), 'Bob hears Carol').toBeGreaterThan(1_500)
    expect(share(await carol.heard(), voices.bob), 'Carol hears Bob').toBeGreaterThan(1_500)
  } finally {
    desk.close()
  }
})

/** The dialog of an answered call, as the header of a URI names it; the caller's tag is the test's. */
const replaces = ({ callId, toTag }: Said): string => encodeURIComponent(`${callId};to-tag=${toTag};from-tag=caller`)

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
