import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { rms, share, tone } from './support/audio.ts'
import { Baresip, type BaresipOptions } from './support/baresip.ts'
import { documentsFolder } from './support/documents.ts'
import { startServer, type RunningServer } from './support/server.ts'
import { WebApp } from './support/web-app.ts'

const realm = 'demo.example'
const voices = { ann: 1_200, bob: 800 } as const

let app: WebApp
let server: RunningServer
let removeDocuments: () => Promise<void>
/** Who is called by the next Dial. */
let dial = ''
const phones: Baresip[] = []

beforeAll(async () => {
  app = await WebApp.start({
    '/voice': () => `<Response>${dial}</Response>`,
    '/after': () => `<Response><Pause length="1"/><Hangup/></Response>`,
    '/whisper': () => `<Response><Pause length="20"/></Response>`,
  })
  const device = (id: string) => ({ id, name: id, sip: { username: id, password: `${id}-secret`, method: 'password' } })
  const documents = await documentsFolder(
    {
      2040: { module: 'pivot', data: { voice_url: `${app.url}/voice`, req_format: 'twiml' } },
      2041: { module: 'device', data: { id: 'bob' } },
      2042: { module: 'device', data: { id: 'away' } },
      2043: { module: 'conference', data: { config: { name: 'room', member: { join_muted: false } } } },
    },
    {
      account: { id: 'demo', name: 'Demo', realm },
      devices: [
        device('ann'),
        device('bob'),
        { ...device('away'), call_forward: { enabled: true, number: '2041', require_keypress: true } },
      ],
    },
  )
  removeDocuments = documents.remove
  server = await startServer({ documents: documents.folder, env: { PIVOT_RTP_TIMEOUT_MS: '4000' } })
})

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()))
  app.asked.length = 0
  await expect.poll(liveLegs, { timeout: 5_000 }).toBe(0)
})

afterAll(async () => {
  await server.stop()
  await app.stop()
  await removeDocuments()
})

async function phone(voiceHz: number, options: Partial<BaresipOptions> = {}): Promise<Baresip> {
  const one = await Baresip.start({ speaks: tone(voiceHz, 30_000), ...options })
  phones.push(one)
  return one
}

/** Ann and Bob; Ann's call dials Bob. */
async function annAndBob(attributes = '', options: Partial<BaresipOptions> = {}): Promise<[Baresip, Baresip]> {
  const [ann, bob] = await Promise.all([phone(voices.ann), phone(voices.bob, options)])
  dial = `<Dial action="/after" ${attributes}><Sip>${bob.uri}</Sip></Dial>`
  return [ann, bob]
}

const call = (from: Baresip): void => from.call(`sip:2040@${server.sip}`)

const outcome = async (): Promise<string | null> => {
  const { parameters } = await app.wasAsked(({ path }) => path === '/after')
  return parameters.get('DialCallStatus')
}

test.each([
  { codec: 'PCMU', transport: 'udp' },
  { codec: 'PCMA', transport: 'tcp' },
] as const)(
  'two phones talk, one of them by $codec over $transport: each hears the other and nothing else; keys go across',
  async (options) => {
    const [ann, bob] = await annAndBob('', options)
    call(ann)
    await bob.answer()
    await pause(3_000)
    await ann.press('5')
    expect(await bob.happens('CALL_DTMF_START')).toMatchObject({ param: '5' })
    ann.hangUp()
    await bob.happens('CALL_CLOSED')
    const [heardByAnn, heardByBob] = [await ann.heard(), await bob.heard()]
    expect(share(heardByAnn, voices.bob), 'Ann hears Bob').toBeGreaterThan(2_500)
    expect(share(heardByAnn, voices.ann), 'and not herself').toBe(0)
    expect(share(heardByBob, voices.ann), 'Bob hears Ann').toBeGreaterThan(2_500)
    expect(share(heardByBob, voices.bob), 'and not himself').toBe(0)
  },
)

test('who was called hangs up: the caller goes on with the flow', async () => {
  const [ann, bob] = await annAndBob()
  call(ann)
  await bob.answer()
  await pause(500)
  bob.hangUp()
  expect(await outcome()).toBe('completed')
  await ann.happens('CALL_CLOSED')
})

test('a phone that declines is busy', async () => {
  const [ann, bob] = await annAndBob()
  call(ann)
  await bob.happens('CALL_INCOMING')
  bob.hangUp()
  expect(await outcome()).toBe('busy')
})

test('a phone that nobody answers stops ringing when its time is up', async () => {
  const [ann, bob] = await annAndBob('timeout="2"')
  call(ann)
  await bob.happens('CALL_INCOMING')
  await bob.happens('CALL_CLOSED')
  expect(await outcome()).toBe('no-answer')
})

test('a caller who gives up lets the phone stop ringing', async () => {
  const [ann, bob] = await annAndBob()
  call(ann)
  await bob.happens('CALL_INCOMING')
  await pause(200)
  ann.hangUp()
  await bob.happens('CALL_CLOSED', 3_000)
})

test('of two phones that ring, the first to answer has the call, and the other one stops ringing', async () => {
  const [ann, bob, carol] = await Promise.all([phone(voices.ann), phone(voices.bob), phone(500)])
  dial = `<Dial action="/after"><Sip>${bob.uri}</Sip><Sip>${carol.uri}</Sip></Dial>`
  call(ann)
  await Promise.all([bob.happens('CALL_INCOMING'), carol.happens('CALL_INCOMING')])
  await carol.answer()
  await bob.happens('CALL_CLOSED', 3_000)
  await pause(1_500)
  ann.hangUp()
  await carol.happens('CALL_CLOSED')
  expect(share(await ann.heard(), 500), 'Ann hears Carol').toBeGreaterThan(1_000)
})

/** A phone that registers at the server. */
const registered = async (username: string, voiceHz: number, transport: 'udp' | 'tcp' = 'udp'): Promise<Baresip> => {
  const account = { username, password: `${username}-secret`, server: server.sip, realm }
  const one = await phone(voiceHz, { account, transport })
  await one.isRegistered()
  return one
}

test.each(['udp', 'tcp'] as const)(
  'two phones that have registered over %s call each other through a callflow by their passwords',
  async (transport) => {
    const [ann, bob] = await Promise.all([
      registered('ann', voices.ann, transport),
      registered('bob', voices.bob, transport),
    ])
    ann.call(`sip:2041@${realm}`)
    await bob.answer()
    await pause(2_500)
    bob.hangUp()
    await ann.happens('CALL_CLOSED')
    expect(share(await ann.heard(), voices.bob), 'Ann hears Bob').toBeGreaterThan(1_800)
    expect(share(await bob.heard(), voices.ann), 'Bob hears Ann').toBeGreaterThan(1_800)
  },
)

test('all phones of a device ring, and the first to answer has the call', async () => {
  const [ann, desk, cell] = await Promise.all([
    registered('ann', voices.ann),
    registered('bob', voices.bob),
    registered('bob', 500),
  ])
  ann.call(`sip:2041@${realm}`)
  await Promise.all([desk.happens('CALL_INCOMING'), cell.happens('CALL_INCOMING')])
  await cell.answer()
  await desk.happens('CALL_CLOSED', 3_000)
  await pause(1_500)
  ann.hangUp()
  await cell.happens('CALL_CLOSED')
  expect(share(await ann.heard(), 500), 'Ann hears the one that answered').toBeGreaterThan(1_000)
})

test('a phone holds and takes back the call, which goes on; meanwhile the other one hears music', async () => {
  const [ann, bob] = await annAndBob()
  call(ann)
  await bob.answer()
  await pause(1_500)
  ann.hold()
  await pause(1_500)
  ann.resume()
  await pause(2_000)
  ann.hangUp()
  await bob.happens('CALL_CLOSED')
  const heard = await bob.heard()
  const heardByBob = share(heard, voices.ann)
  expect(heardByBob, 'Bob hears Ann before and after').toBeGreaterThan(2_500)
  expect(heardByBob, 'and not while she holds').toBeLessThan(4_300)
  expect(loudMs(heard) - heardByBob, 'but music then').toBeGreaterThan(600)
})

test('a phone that takes no second call is busy', async () => {
  const [ann, bob] = await annAndBob('', { mostCalls: 1 })
  call(ann)
  await bob.answer()
  const carol = await phone(500)
  call(carol)
  expect(await outcome()).toBe('busy')
  await carol.happens('CALL_CLOSED')
  await pause(500)
  ann.hangUp()
  await bob.happens('CALL_CLOSED')
})

test('who was called hangs up while the caller holds: the caller goes on with the flow', async () => {
  const [ann, bob] = await annAndBob()
  call(ann)
  await bob.answer()
  await pause(500)
  ann.hold()
  await pause(500)
  bob.hangUp()
  expect(await outcome()).toBe('completed')
  await ann.happens('CALL_CLOSED')
})

test('a caller who is held hangs up: the phone that holds is let go', async () => {
  const [ann, bob] = await annAndBob()
  call(ann)
  await bob.answer()
  await pause(500)
  bob.hold()
  await pause(500)
  ann.hangUp()
  await bob.happens('CALL_CLOSED', 3_000)
})

test('when the time is up who was called is hung up on, and the caller goes on', async () => {
  const [ann, bob] = await annAndBob('timeLimit="2"')
  call(ann)
  await bob.answer()
  await bob.happens('CALL_CLOSED', 5_000)
  expect(await outcome()).toBe('completed')
  await ann.happens('CALL_CLOSED')
})

test('with the star the caller hangs up on who was called, and goes on', async () => {
  const [ann, bob] = await annAndBob('hangupOnStar="true"')
  call(ann)
  await bob.answer()
  await pause(500)
  await ann.press('*')
  await bob.happens('CALL_CLOSED', 3_000)
  expect(await outcome()).toBe('completed')
  await ann.happens('CALL_CLOSED')
})

/** Bob has answered, and hears something before Ann is connected with him. */
async function bobHearsWhisper(): Promise<[Baresip, Baresip]> {
  const [ann, bob] = await annAndBob()
  dial = `<Dial action="/after"><Sip url="/whisper">${bob.uri}</Sip></Dial>`
  call(ann)
  await bob.answer()
  await app.wasAsked(({ path }) => path === '/whisper')
  return [ann, bob]
}

test('a caller who gives up while who was called hears a whisper: both are gone', async () => {
  const [ann, bob] = await bobHearsWhisper()
  ann.hangUp()
  await bob.happens('CALL_CLOSED', 3_000)
  expect(await outcome()).toBe('canceled')
})

test('who was called hangs up instead of listening to the whisper: nobody has answered', async () => {
  const [ann, bob] = await bobHearsWhisper()
  bob.hangUp()
  expect(await outcome()).toBe('no-answer')
  await ann.happens('CALL_CLOSED')
})

test('a forwarded phone lets another one ring, which has the call once it has pressed 1', async () => {
  const [ann, bob] = await Promise.all([registered('ann', voices.ann), registered('bob', voices.bob)])
  ann.call(`sip:2042@${realm}`)
  await bob.answer()
  await pause(1_000)
  await bob.press('1')
  await ann.happens('CALL_ESTABLISHED')
  await pause(2_000)
  ann.hangUp()
  await bob.happens('CALL_CLOSED')
  expect(share(await ann.heard(), voices.bob), 'Ann hears Bob').toBeGreaterThan(1_000)
})

test('a phone that is gone without a word ends the conversation, and the caller goes on', async () => {
  const [ann, bob] = await annAndBob()
  call(ann)
  await bob.answer()
  await pause(500)
  await bob.kill()
  expect(await outcome()).toBe('completed')
  await ann.happens('CALL_CLOSED')
})

test('a caller who is gone without a word: who was called is let go', async () => {
  const [ann, bob] = await annAndBob()
  call(ann)
  await bob.answer()
  await pause(500)
  await ann.kill()
  await bob.happens('CALL_CLOSED', 10_000)
})

test('who leaves a conference leaves the other one there', async () => {
  const [ann, bob] = await Promise.all([phone(voices.ann), phone(voices.bob)])
  await ann.dial(`sip:2043@${server.sip}`)
  await bob.dial(`sip:2043@${server.sip}`)
  await pause(5_000)
  bob.hangUp()
  await pause(1_000)
  expect(await liveLegs()).toBe(1)
  ann.hangUp()
  await ann.happens('CALL_CLOSED')
  expect(share(await ann.heard(), voices.bob), 'Ann hears Bob').toBeGreaterThan(500)
})

async function liveLegs(): Promise<number> {
  const metrics = await (await fetch(`${server.http}/metrics`)).text()
  return Number(/^pivot_calls_live(?:\{[^}]*\})? (\d+)$/m.exec(metrics)?.[1])
}

/** Milliseconds of 20 ms frames that are not silent. */
function loudMs(samples: Int16Array): number {
  let ms = 0
  for (let at = 0; at + 160 <= samples.length; at += 160) if (rms(samples.subarray(at, at + 160)) > 200) ms += 20
  return ms
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
