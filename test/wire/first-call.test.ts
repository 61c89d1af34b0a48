import { afterAll, beforeAll, expect, test } from 'vitest'
import { loudPart, readWav, share, tone, toneShare } from './support/audio.ts'
import { Baresip } from './support/baresip.ts'
import { documentsFolder, tones } from './support/documents.ts'
import { RtpPhone } from './support/rtp-phone.ts'
import { startServer, type RunningServer } from './support/server.ts'
import { sipp } from './support/sipp.ts'
import { WebApp } from './support/web-app.ts'

const voiceHz = 1200

let app: WebApp
let server: RunningServer
let removeDocuments: () => Promise<void>

/** Welcome, two keys, a recording, thanks: the whole of a first call. */
beforeAll(async () => {
  app = await WebApp.start({
    '/voice': () => ({
      module: 'play',
      data: { id: 'welcome' },
      children: {
        _: {
          module: 'collect_dtmf',
          data: { max_digits: 2, timeout: 6000 },
          children: { _: { module: 'pivot', data: { voice_url: `${app.url}/keys`, method: 'post' } } },
        },
      },
    }),
    '/keys': () => ({
      module: 'record_caller',
      data: { url: `${app.url}/recordings`, format: 'wav', time_limit: 20 },
      children: { _: { module: 'play', data: { id: 'thanks' } } },
    }),
    '/twiml': () =>
      `<Response><Gather numDigits="2" timeout="6" action="/gathered"><Play>welcome</Play></Gather><Play>sorry</Play></Response>`,
    '/gathered': () => `<Response><Play>thanks</Play></Response>`,
  })
  const documents = await documentsFolder({
    2030: {
      module: 'pivot',
      data: { voice_url: `${app.url}/voice` },
      children: { _: { module: 'play', data: { id: 'sorry' } } },
    },
    2031: { module: 'pivot', data: { voice_url: `${app.url}/twiml`, req_format: 'twiml', method: 'post' } },
  })
  removeDocuments = documents.remove
  server = await startServer({ documents: documents.folder })
})

afterAll(async () => {
  await server.stop()
  await app.stop()
  await removeDocuments()
})

test.each(['udp', 'tcp'] as const)(
  'a sipp caller over %s interrupts the prompt with a key, is recorded, hears thanks and is hung up on',
  async (transport) => {
    app.asked.length = 0
    const phone = await RtpPhone.open()
    const call = sipp({
      scenario: 'until-hung-up-on',
      server: server.sip,
      number: '2030',
      transport,
      keys: { rtp_port: String(phone.port) },
    })
    await until(() => phone.firstSoundAtMs() !== undefined)
    await pause(600)
    const prompt = phone.heard()
    expect(toneShare(loudPart(prompt), tones.welcome), 'the prompt is heard').toBeGreaterThan(0.9)

    const pressedAt = performance.now()
    await phone.press('4')
    await pause(400)
    expect((phone.lastSoundAtMs() ?? 0) - pressedAt, 'the prompt stops within 200 ms of the key').toBeLessThan(200)
    await phone.press('2')
    const { parameters } = await app.wasAsked(({ path }) => path === '/keys')
    expect(parameters.get('Digits[default]')).toBe('42')

    await pause(300)
    phone.speak(tone(voiceHz, 2_000))
    await pause(2_200)
    await phone.press('#')
    const { body, method } = await app.wasAsked(({ path }) => path.startsWith('/recordings'))
    expect(method).toBe('PUT')
    const recorded = readWav(body)
    expect(toneShare(loudPart(recorded), voiceHz), 'the caller is heard in the recording').toBeGreaterThan(0.9)
    expect(loudPart(recorded).length / 8, 'and for as long as he spoke').toBeGreaterThan(1_700)

    const since = performance.now()
    await call
    expect(toneShare(loudPart(phone.heard(since)), tones.thanks)).toBeGreaterThan(0.9)
    phone.close()
  },
)

test.each(['udp', 'tcp'] as const)(
  'baresip over %s hears the prompt, presses keys after it and hears thanks',
  async (transport) => {
    app.asked.length = 0
    const phone = await Baresip.start({ speaks: tone(voiceHz, 20_000), transport })
    try {
      await phone.dial(`sip:2031@${server.sip};transport=${transport}`)
      await pause(2_500)
      await phone.press('7')
      await phone.press('8')
      const { parameters } = await app.wasAsked(({ path }) => path === '/gathered')
      expect(parameters.get('Digits')).toBe('78')
      await phone.happens('CALL_CLOSED')
      const heard = await phone.heard()
      expect(share(heard, tones.welcome), 'the prompt, for about 2 s').toBeGreaterThan(1_700)
      expect(share(heard, tones.thanks), 'thanks, for about 2 s').toBeGreaterThan(1_700)
      expect(share(heard, tones.sorry), 'nothing else').toBe(0)
    } finally {
      await phone.stop()
    }
  },
)

test('a caller who hangs up during the prompt leaves nothing behind', async () => {
  const phone = await RtpPhone.open()
  await sipp({
    scenario: 'caller-hangs-up',
    server: server.sip,
    number: '2030',
    keys: { rtp_port: String(phone.port) },
    pauseMs: 700,
  })
  await pause(300)
  const silentAt = phone.lastSoundAtMs() ?? 0
  await pause(500)
  expect(phone.lastSoundAtMs()).toBe(silentAt)
  const metrics = await (await fetch(`${server.http}/metrics`)).text()
  expect(metrics).toMatch(/^pivot_calls_live(\{[^}]*\})? 0$/m)
  phone.close()
})

async function until(fits: () => boolean, ms = 10_000): Promise<void> {
  const begun = performance.now()
  while (!fits()) {
    if (performance.now() - begun > ms) throw new Error(`did not happen in ${ms} ms`)
    await pause(10)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
