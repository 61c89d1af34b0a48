import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Failure, never, silentLog, VirtualClock, type Log } from '../../base/index.ts'
import type { Speech } from '../../call/index.ts'
import { decodeJob } from '../decode-job.ts'
import { jobsHere } from '../job-thread.ts'
import type { SpeechProvider } from './provider.ts'
import { SpeechCache } from './speech-cache.ts'
import { Speaker } from './speaker.ts'
import { readVoice } from './voices.ts'

const folder = mkdtempSync(join(tmpdir(), 'pivot-speaker-'))
afterAll(() => rmSync(folder, { recursive: true }))
let folders = 0

/** A provider for some languages that can be broken and mended, and counts how often it is asked. */
function voice(id: string, ...languages: string[]) {
  const state = { broken: false, asked: 0 }
  const provider: SpeechProvider = {
    id,
    speaks: (language) => languages.includes(language.split('-')[0] ?? ''),
    synthesize: async () => {
      state.asked++
      if (state.broken) throw new Failure('SPEECH_FAILED', { provider: id, problem: 'is down' })
      return [{ kind: 'samples', samples: new Int16Array(80) }]
    },
  }
  return Object.assign(state, { provider })
}

function house(mostBytes = 1e9) {
  const [flite, command, polly] = [voice('flite', 'en'), voice('command', 'fr', 'en'), voice('polly', 'en', 'fr', 'de')]
  const warnings: [string, unknown][] = []
  const log: Log = { ...silentLog, warn: (event, fields) => void warnings.push([event, fields?.['code']]) }
  const clock = new VirtualClock()
  const path = join(folder, `${folders++}`)
  const speaker = new Speaker({
    providers: {
      ordered: [flite.provider, command.provider],
      all: [flite.provider, command.provider, polly.provider],
    },
    lastResort: flite.provider,
    cache: new SpeechCache({ folder: path, mostBytes, clock, log }),
    decoder: jobsHere(decodeJob),
    clock,
    log,
    mostMs: 900_000,
  })
  const say = (text: string, more: Partial<Speech> = {}) =>
    speaker.speak({ kind: 'speech', text, voice: 'woman', language: 'en-US', ...more }, () => undefined, never)
  const asked = (): number[] => [flite.asked, command.asked, polly.asked]
  return { flite, command, polly, warnings, clock, say, asked, path }
}

describe('who speaks', () => {
  test('the first in order that knows the language', async () => {
    const { say, asked } = house()
    await say('Hello')
    await say('Bonjour', { language: 'fr-FR' })
    expect(asked()).toEqual([1, 1, 0])
  })

  test('whoever the document names, by its voice or its engine', async () => {
    const { say, asked } = house()
    await say('Hello', { voice: 'Polly.Joanna' })
    await say('Hello', { engine: 'POLLY' })
    expect(asked()).toEqual([0, 0, 2])
  })

  test('another one when that one fails', async () => {
    const { say, asked, polly, warnings } = house()
    polly.broken = true
    await say('Hello', { voice: 'Polly.Joanna' })
    expect(asked()).toEqual([1, 0, 1])
    expect(warnings).toEqual([['speech.failed', 'SPEECH_FAILED']])
  })

  test('the built-in voice when nobody knows the language, and the operator is told once', async () => {
    const { say, asked, warnings } = house()
    await say('Hallo', { language: 'de-DE' })
    await say('Hallo Welt', { language: 'de-DE' })
    expect(asked()).toEqual([2, 0, 0])
    expect(warnings).toEqual([['speech.unavailable', 'SPEECH_UNAVAILABLE']])
  })

  test('nobody, when nobody can: the failure of the last', async () => {
    const { say, flite, command } = house()
    flite.broken = command.broken = true
    await expect(say('Hello')).rejects.toMatchObject({ code: 'SPEECH_FAILED', details: { provider: 'command' } })
  })
})

test('a provider that is down is left alone for half a minute after three failures, then tried by one', async () => {
  const { say, flite, clock } = house()
  flite.broken = true
  for (const text of ['a', 'b', 'c', 'd', 'e']) await say(text)
  expect(flite.asked).toBe(3)
  await clock.advance(30_000)
  await Promise.all([say('f'), say('g')])
  expect(flite.asked).toBe(4)
  flite.broken = false
  await clock.advance(30_000)
  await say('h')
  await say('i')
  expect(flite.asked).toBe(6)
})

describe('what was said before is on disk', () => {
  test('each manner of saying it once', async () => {
    const { say, flite, path } = house()
    for (const more of [{}, {}, { voice: 'man' }, { ssml: '<prosody rate="slow">Hello</prosody>' }])
      await say('Hello', more)
    expect(flite.asked).toBe(3)
    expect(readdirSync(path)).toHaveLength(3)
  })

  test('within its size: the least recently used goes', async () => {
    const { say, path, flite } = house(2 * 204)
    for (const text of ['a', 'b', 'a', 'c', 'a']) await say(text)
    expect(flite.asked).toBe(3)
    await say('b')
    expect(flite.asked).toBe(4)
    expect(readdirSync(path)).toHaveLength(2)
  })

  test('a file that somebody has spoilt is synthesized again', async () => {
    const { say, path, flite } = house()
    await say('Hello')
    for (const name of readdirSync(path)) writeFileSync(join(path, name), 'not sound')
    await say('Hello')
    await say('Hello')
    expect(flite.asked).toBe(2)
  })

  test('a disk that cannot be written to costs no speech', async () => {
    const { say, path, flite } = house()
    writeFileSync(path, 'a file where the folder should be')
    await say('Hello')
    await say('Hello')
    expect(flite.asked).toBe(2)
  })
})

test.each([
  ['man', { gender: 'male', provider: undefined }],
  ['alice', { gender: 'female', provider: undefined }],
  ['', { gender: 'female', provider: undefined }],
  ['female/en-GB', { gender: 'female', language: 'en-gb' }],
  ['Polly.Matthew-Neural', { gender: 'male', provider: 'polly', name: 'Matthew-Neural' }],
  ['Google.de-DE-Wavenet-B', { provider: 'google', name: 'de-DE-Wavenet-B', language: 'de-de' }],
  ['Somebody.Else', { provider: undefined, gender: 'female' }],
])('the voice %j', (text, expected) => expect(readVoice(text)).toMatchObject(expected))
