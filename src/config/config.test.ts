import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { authority, certificateFile } from '../../test/support/certificates.ts'
import { isFailure } from '../base/index.ts'
import { describeSettings, readConfig } from './index.ts'

const folder = (yaml?: string): string => {
  const path = mkdtempSync(join(tmpdir(), 'pivot-config-'))
  if (yaml !== undefined) writeFileSync(join(path, 'pivot.yaml'), yaml)
  return path
}

const problemOf = (env: Record<string, string>, yaml?: string): { at: string; problem: string } => {
  try {
    readConfig(env, folder(yaml))
  } catch (error) {
    if (isFailure(error, 'CONFIG_INVALID')) return error.details
    throw error
  }
  throw new Error('the configuration is valid')
}

test('without any setting only this machine can reach the server, and it may ask any web server', () => {
  const { config } = readConfig({}, '/srv/pivot')

  expect(config.http).toEqual({ host: '127.0.0.1', port: 8080, publicUrl: undefined })
  expect(config.sip).toEqual({
    host: '127.0.0.1',
    port: 5060,
    publicAddress: undefined,
    tls: { port: undefined, certificate: undefined, authorities: [], verify: true },
    webSockets: { port: undefined, securePort: undefined, origins: [] },
  })
  expect(config.media).toMatchObject({ firstPort: 20_000, lastPort: 29_999 })
  expect(config.egress).toBe('any')
  expect(config.dataDir).toBe('/srv/pivot/data')
})

test('once others can reach the HTTP API, only public addresses may be asked', () => {
  const { config } = readConfig({ PIVOT_HTTP_HOST: '0.0.0.0' }, folder())

  expect(config.egress).toBe('public')
})

test('the environment wins over the file, and an empty variable counts as unset', () => {
  const path = folder('http_port: 9000\nsip_port: 6000\nlog_pii: true\n')
  const { config } = readConfig({ PIVOT_HTTP_PORT: '0', PIVOT_SIP_PORT: '' }, path)

  expect(config.http.port).toBe(0)
  expect(config.sip.port).toBe(6000)
  expect(config.log.pii).toBe(true)
})

test('TLS needs a certificate and its key, and looks at both', () => {
  const files = { PIVOT_SIP_TLS_CERT: certificateFile('pbx.pem'), PIVOT_SIP_TLS_KEY: certificateFile('pbx.key') }
  const { sip } = readConfig(
    { ...files, PIVOT_SIP_TLS_PORT: '5061', PIVOT_SIP_WSS_PORT: '0', PIVOT_SIP_TLS_CA: certificateFile('ca.pem') },
    folder('sip_ws_port: 8088\nsip_tls_verify: false'),
  ).config
  expect(sip.tls).toEqual({
    port: 5061,
    certificate: { certFile: files.PIVOT_SIP_TLS_CERT, keyFile: files.PIVOT_SIP_TLS_KEY },
    authorities: [authority],
    verify: false,
  })
  expect(sip.webSockets).toEqual({ port: 8088, securePort: 0, origins: [] })
  expect(problemOf({ PIVOT_SIP_TLS_PORT: '65536' }).at).toBe('PIVOT_SIP_TLS_PORT')
  expect(problemOf({ PIVOT_SIP_TLS_PORT: '5061' }).problem).toContain('needed for PIVOT_SIP_TLS_PORT')
  expect(problemOf({ PIVOT_SIP_WSS_PORT: '0' }).problem).toContain('needed for PIVOT_SIP_WSS_PORT')
  expect(problemOf({ PIVOT_SIP_TLS_CERT: files.PIVOT_SIP_TLS_CERT }).at).toBe('PIVOT_SIP_TLS_KEY')
  expect(problemOf({ ...files, PIVOT_SIP_TLS_KEY: 'nowhere.key' }).problem).toContain('nowhere.key')
  expect(problemOf({ ...files, PIVOT_SIP_TLS_KEY: certificateFile('other.key') }).at).toBe('PIVOT_SIP_TLS_CERT')
})

test('speech is asked for in the order given', () => {
  expect(readConfig({}, folder()).config.speech).toEqual({ order: [], piperVoices: undefined })
  const { speech } = readConfig({ PIVOT_SPEECH: 'polly, command', PIVOT_PIPER_VOICES: 'voices' }, '/srv/pivot').config
  expect(speech).toEqual({ order: ['polly', 'command'], piperVoices: '/srv/pivot/voices' })
  expect(problemOf({ PIVOT_SPEECH: 'siri' }).at).toBe('PIVOT_SPEECH')
})

test('a wrong value is reported by the name of its variable, with what it may be', () => {
  expect(problemOf({ PIVOT_HTTP_PORT: 'eighty' })).toEqual({
    at: 'PIVOT_HTTP_PORT',
    problem: 'must be a whole number from 0 to 65535. Port of the HTTP API; 0 takes a free one.',
  })
  expect(problemOf({ PIVOT_LOG_LEVEL: 'loud' }).problem).toContain('must be one of fatal, error, warn, info')
  expect(problemOf({ PIVOT_RTP_PORTS: '30000-20000' }).at).toBe('PIVOT_RTP_PORTS')
  expect(problemOf({ PIVOT_DATABASE_URL: 'mysql://db' }).at).toBe('PIVOT_DATABASE_URL')
  expect(problemOf({ PIVOT_TLS_CA: 'nowhere.pem' }).problem).toContain('nowhere.pem')
})

test('a wrong key or value of the file is reported by its key', () => {
  expect(problemOf({}, 'http_prot: 80').at).toBe('http_prot (in pivot.yaml)')
  expect(problemOf({}, 'most_calls: none').at).toBe('most_calls (in pivot.yaml)')
  expect(problemOf({}, 'a: [').at).toContain('pivot.yaml')
  expect(problemOf({ PIVOT_CONFIG: 'other.yaml' }).problem).toContain('does not exist')
})

test('a variable that only looks like a setting is told of, not obeyed', () => {
  const { unknownVariables } = readConfig({ PIVOT_HTPP_PORT: '1', PATH: '/bin' }, folder())

  expect(unknownVariables).toEqual(['PIVOT_HTPP_PORT'])
})

test('an API key is never part of what is said about it', () => {
  const { at, problem } = problemOf({ PIVOT_API_KEY: 'tooshort' })

  expect(at).toBe('PIVOT_API_KEY')
  expect(problem).not.toContain('tooshort')
})

test('every setting says what it is for', () => {
  for (const { name, text } of describeSettings()) expect(text, name).toMatch(/\.$/)
})

test('what was read cannot be changed', () => {
  const { config } = readConfig({}, folder())

  expect(Object.isFrozen(config.http)).toBe(true)
})
