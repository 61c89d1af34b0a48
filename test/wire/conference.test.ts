import { afterAll, beforeAll, expect, test } from 'vitest'
import { readWav, tone } from './support/audio.ts'
import { documentsFolder } from './support/documents.ts'
import { RtpPhone } from './support/rtp-phone.ts'
import { startServer, type RunningServer } from './support/server.ts'
import { sipp } from './support/sipp.ts'
import { WebApp } from './support/web-app.ts'

const count = 20
const pitches = Array.from({ length: count }, (_, i) => 300 + 100 * i)
/** So low that twenty of them are not too loud together. */
const amplitude = 1_500
const audible = amplitude / 4

interface Party {
  readonly hz: number
  readonly phone: RtpPhone
  readonly call: Promise<void>
}

let app: WebApp
let server: RunningServer
let removeDocuments: () => Promise<void>
const parties: Party[] = []

beforeAll(async () => {
  const callbacks = 'record="record-from-start" trim="do-not-trim" recordingStatusCallback="/recorded"'
  app = await WebApp.start({
    '/voice': () =>
      `<Response><Dial hangupOnStar="true"><Conference beep="false" waitUrl="" ${callbacks}>big</Conference></Dial></Response>`,
    '/recorded': () => '',
  })
  const config = { name: 'big', member: { play_entry_prompt: false } }
  const silent = { welcome_prompt: { play: false }, play_entry_tone: false, play_exit_tone: false }
  const documents = await documentsFolder({
    3000: { module: 'pivot', data: { voice_url: `${app.url}/voice`, req_format: 'twiml' } },
    3001: { module: 'conference', data: { config, ...silent } },
  })
  removeDocuments = documents.remove
  server = await startServer({ documents: documents.folder })
})

afterAll(async () => {
  await server.stop()
  for (const { phone } of parties) phone.close()
  await app.stop()
  await removeDocuments()
})

/** The first comes by TwiML and has the conference recorded, the others by the action, with its keys. */
async function calls(hz: number): Promise<Party> {
  const phone = await RtpPhone.open()
  const number = parties.length === 0 ? '3000' : '3001'
  const keys = { rtp_port: String(phone.port) }
  const call = sipp({ scenario: 'until-hung-up-on', server: server.sip, number, keys, timeoutMs: 90_000 })
  call.catch(() => undefined) // It is awaited in the end.
  const party = { hz, phone, call }
  parties.push(party)
  await until(() => phone.isHearing)
  phone.speak(tone(hz, 90_000, amplitude))
  return party
}

test('of twenty phones each hears the nineteen others and not itself; who is muted or leaves is not heard at once', async () => {
  for (const hz of pitches) await calls(hz)
  await pause(2_000)
  const since = performance.now() - 1_000
  for (const { phone, hz } of parties) {
    const samples = phone.heard(since).slice(0, 6_400)
    const heard = pitches.filter((pitch) => amplitudeOf(samples, pitch) > audible)
    expect(heard, `heard by ${hz} Hz`).toEqual(pitches.filter((pitch) => pitch !== hz))
  }

  const [listener, muted, leaver] = [parties[3], parties[7], parties[12]]
  if (listener === undefined || muted === undefined || leaver === undefined) throw new Error('not all are there')
  await muted.phone.press('*')
  await pause(120)
  await muted.phone.press('2')
  const mutedAt = performance.now()
  await pause(1_000)
  expect(lastHeardMs(listener.phone, muted.hz, mutedAt), 'muted').toBeLessThan(200)
  await leaver.phone.press('#')
  const leftAt = performance.now()
  await pause(1_000)
  expect(lastHeardMs(listener.phone, leaver.hz, leftAt), 'left').toBeLessThan(200)
  await leaver.call
  const others = pitches.filter((hz) => ![listener.hz, muted.hz, leaver.hz].includes(hz))
  const samples = listener.phone.heard(performance.now() - 500)
  expect(pitches.filter((hz) => amplitudeOf(samples, hz) > audible)).toEqual(others)
}, 120_000)

test('the recording holds all of them', async () => {
  const first = parties[0]
  if (first === undefined) throw new Error('nobody is there')
  for (const { phone } of parties.slice(1)) await phone.press('#')
  await first.phone.press('*')
  const { parameters } = await app.wasAsked(({ path }) => path === '/recorded')
  expect(parameters.get('RecordingStatus')).toBe('completed')
  const { pathname, search } = new URL(parameters.get('RecordingUrl') ?? '')
  const answer = await fetch(`${server.http}${pathname}${search}`)
  const samples = readWav(Buffer.from(await answer.arrayBuffer()))
  expect(samples.length / 8_000).toBeGreaterThan(3)
  const inAll = new Set<number>()
  for (let at = 0; at + 3_200 <= samples.length; at += 3_200) {
    for (const hz of pitches) if (amplitudeOf(samples.subarray(at, at + 3_200), hz) > audible) inAll.add(hz)
  }
  expect([...inAll].sort((a, b) => a - b)).toEqual(pitches)
  await Promise.all(parties.map(({ call }) => call))
}, 60_000)

/** Goertzel: how loud `hz` is. */
function amplitudeOf(samples: Int16Array, hz: number): number {
  const step = 2 * Math.cos((2 * Math.PI * hz) / 8_000)
  let [s1, s2] = [0, 0]
  for (const sample of samples) {
    const s0 = sample + step * s1 - s2
    s2 = s1
    s1 = s0
  }
  return (2 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - step * s1 * s2))) / samples.length
}

/** How long after `since` `hz` was last heard: windows of 40 ms tell pitches 100 Hz apart. */
function lastHeardMs(phone: RtpPhone, hz: number, since: number): number {
  const samples = phone.heard(since)
  let last = 0
  for (let at = 0; at + 320 <= samples.length; at += 160) {
    if (amplitudeOf(samples.subarray(at, at + 320), hz) > audible) last = (at + 320) / 8
  }
  return last
}

async function until(fits: () => boolean, ms = 10_000): Promise<void> {
  const begun = performance.now()
  while (!fits()) {
    if (performance.now() - begun > ms) throw new Error(`did not happen in ${ms} ms`)
    await pause(10)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
