import { afterAll, beforeAll, expect, test } from 'vitest'
import { documentsFolder } from './support/documents.ts'
import { RtpPhone } from './support/rtp-phone.ts'
import { startServer, type RunningServer } from './support/server.ts'
import { sipp, type SippOptions } from './support/sipp.ts'
import { WebApp } from './support/web-app.ts'

let app: WebApp
let server: RunningServer
let phone: RtpPhone
let removeDocuments: () => Promise<void>

beforeAll(async () => {
  app = await WebApp.start({ '/digits': () => ({ module: 'play', data: { id: 'thanks' } }) })
  const collect = {
    module: 'collect_dtmf',
    data: { max_digits: 8, timeout: 4000 },
    children: { _: { module: 'pivot', data: { voice_url: `${app.url}/digits` } } },
  }
  const documents = await documentsFolder({
    1000: { module: 'play', data: { id: 'welcome' } },
    1001: collect,
    1002: { module: 'response', data: { code: 486, message: 'User Busy' } },
    1003: { module: 'sleep', data: { duration: 30 } },
    1004: {
      module: 'play',
      data: { id: 'welcome', answer: false },
      children: { _: { module: 'play', data: { id: 'thanks' } } },
    },
  })
  removeDocuments = documents.remove
  server = await startServer({ documents: documents.folder })
  phone = await RtpPhone.open()
})

afterAll(async () => {
  phone.close()
  await server.stop()
  await app.stop()
  await removeDocuments()
})

const runs: readonly (readonly [sentence: string, options: Omit<SippOptions, 'server'>])[] = [
  ['an OPTIONS is answered', { scenario: 'options', number: '1000' }],
  ['an OPTIONS over TCP is answered', { scenario: 'options', number: '1000', transport: 'tcp' }],
  ['a number without a callflow is refused with 404', { scenario: 'refused-404', number: '999' }],
  ['a callflow refuses with 486', { scenario: 'refused-486', number: '1002' }],
  ['a caller gives up while it rings', { scenario: 'cancelled', number: '1003', pauseMs: 300 }],
  ['a caller gives up at once', { scenario: 'cancelled', number: '1003', pauseMs: 1 }],
  ['an INVITE without an offer', { scenario: 'delayed-offer', number: '1000' }],
  ['an INVITE without an offer over TCP', { scenario: 'delayed-offer', number: '1000', transport: 'tcp' }],
  ['hold and resume', { scenario: 'hold-and-resume', number: '1000', pauseMs: 300 }],
  ['early media, reliably', { scenario: 'reliable-progress', number: '1004' }],
  ['a session timer refreshed by UPDATE', { scenario: 'session-timer', number: '1000', pauseMs: 300 }],
]

test.each(runs)('%s', async (_sentence, options) => {
  await sipp({ keys: { rtp_port: String(phone.port) }, timeoutMs: 30_000, ...options, server: server.sip })
})

test('digits pressed by INFO reach the web server', async () => {
  await sipp({
    scenario: 'info-digits',
    server: server.sip,
    number: '1001',
    pauseMs: 200,
    keys: { rtp_port: String(phone.port) },
  })
  const { parameters } = await app.wasAsked(({ path }) => path === '/digits')
  expect(parameters.get('Digits[default]')).toBe('123')
})

test('forty calls complete although every fifth message is lost, each way', async () => {
  const keys = { rtp_port: String(phone.port) }
  await sipp({
    scenario: 'until-hung-up-on',
    server: server.sip,
    number: '1000',
    calls: 40,
    rate: 20,
    lostPercent: 20,
    timeoutMs: 90_000,
    keys,
  })
})
