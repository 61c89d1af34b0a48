import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { never, silentLog, VirtualClock } from '../base/index.ts'
import type { Audio, MediaSource } from '../call/index.ts'
import type { Http } from '../http/index.ts'
import { generateTones, toneLevelDb, wavHeader } from '../media/index.ts'
import { decodeJob, type DecodeJob } from './decode-job.ts'
import type { MediaDocuments, StoredMedia } from './documents.ts'
import { jobsHere, type Jobs } from './job-thread.ts'
import { languageCandidates } from './languages.ts'
import { openAudioLibrary, type OpenAudioLibrary } from './open.ts'
import type { FliteJob } from './speech/flite-job.ts'
import { promptTexts } from './texts.ts'

const folder = mkdtempSync(join(tmpdir(), 'pivot-library-'))
afterAll(() => rmSync(folder, { recursive: true }))
let folders = 0

/** A WAV file of one tone. */
function wav(hz: number, ms = 500): Uint8Array {
  const { samples } = generateTones(`%(${ms},0,${hz})`, { mostMs: 1e6 })
  const data = new Uint8Array(samples.byteLength)
  new Int16Array(data.buffer).set(samples)
  return Uint8Array.from([...wavHeader(data.length, 8_000), ...data])
}

/** A voice that says every text as a tone of 100 Hz for each of its letters, and remembers what it said. */
function humming(): Jobs<FliteJob, Int16Array> & { said: string[] } {
  const said: string[] = []
  const hum = ({ segments }: FliteJob): Int16Array => {
    const text = segments.map((segment) => (segment.kind === 'text' ? segment.text : '')).join(' ')
    said.push(text)
    return generateTones(`%(100,0,${100 * text.length})`, { mostMs: 1e6 }).samples
  }
  return { ...jobsHere(hum), said }
}

interface House {
  media?: Record<string, StoredMedia>
  prompts?: Record<string, StoredMedia>
  http?: Http
  ownFiles?: Record<string, string>
  decoder?: Jobs<DecodeJob, Int16Array>
  dataDir?: string
  memoryBytes?: number
}

function house({ media = {}, prompts = {}, ownFiles = {}, http, decoder, dataDir, memoryBytes }: House = {}) {
  const documents: MediaDocuments = {
    media: async (accountId, id) => media[`${accountId}/${id}`],
    prompt: async (_, id, language) => prompts[`${language}/${id}`],
  }
  const flite = humming()
  const clock = new VirtualClock()
  const library: OpenAudioLibrary = openAudioLibrary({
    documents,
    http: http ?? (() => Promise.reject(new Error('nobody asked for the web'))),
    ownFile: async (url) => {
      const path = ownFiles[url]
      return path === undefined ? undefined : { path, contentType: 'audio/wav' }
    },
    clock,
    log: silentLog,
    dataDir: dataDir ?? join(folder, `data-${folders++}`),
    environment: {},
    flite,
    decoder: decoder ?? jobsHere(decodeJob),
    ...(memoryBytes === undefined ? {} : { limits: { memoryBytes } }),
  })
  const open = (source: MediaSource): Promise<Audio> => library.open(source, never)
  const stored = (id: string): Promise<Audio> => open({ kind: 'stored', accountId: 'a1', id })
  const prompt = (name: string, language = 'en-us'): Promise<Audio> =>
    open({ kind: 'prompt', accountId: 'a1', name, language })
  const say = (text: string): Promise<Audio> => open({ kind: 'speech', text, voice: 'woman', language: 'en-US' })
  return { library, clock, said: flite.said, open, stored, prompt, say }
}

const hears = ({ samples }: Audio, hz: number): boolean => toneLevelDb(samples.subarray(0, 800), hz) > -20

describe('stored media', () => {
  const path = join(folder, 'menu.wav')
  writeFileSync(path, wav(600))

  test.each<[string, StoredMedia]>([
    ['bytes', { kind: 'bytes', bytes: wav(600) }],
    ['a file', { kind: 'file', path }],
  ])('%s of a document', async (_, media) => {
    const { stored } = house({ media: { 'a1/m1': media } })
    const audio = await stored('m1')
    expect(audio).toMatchObject({ durationMs: 500, endless: false })
    expect(audio.samples.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(hears(audio, 600)).toBe(true)
    expect(await stored('m1')).toBe(audio)
  })

  test('an address of our own is read from the disk, also when a document of the call has it', async () => {
    const url = 'http://127.0.0.1:8080/recordings/0123456789abcdef0123456789abcdef.wav'
    const { open, stored } = house({ media: { 'a1/m1': { kind: 'url', url } }, ownFiles: { [url]: path } })
    expect(hears(await stored('m1'), 600)).toBe(true)
    expect(hears(await open({ kind: 'url', url }), 600)).toBe(true)
  })

  test('a text of a document is spoken', async () => {
    const { stored, said } = house({ media: { 'a1/m1': { kind: 'text', text: 'Hello' } } })
    expect(hears(await stored('m1'), 500)).toBe(true)
    expect(said).toEqual(['Hello'])
  })

  test('a file that has changed is read again, a second later', async () => {
    const changing = join(folder, 'changing.wav')
    writeFileSync(changing, wav(600))
    utimesSync(changing, 1, 1)
    const { stored, clock } = house({ media: { 'a1/m1': { kind: 'file', path: changing } } })
    expect(hears(await stored('m1'), 600)).toBe(true)
    writeFileSync(changing, wav(900))
    expect(hears(await stored('m1'), 600)).toBe(true)
    await clock.advance(1_000)
    expect(hears(await stored('m1'), 900)).toBe(true)
  })

  test.each<[string, StoredMedia | undefined, string]>([
    ['no document', undefined, 'MEDIA_NOT_FOUND'],
    ['a file that is gone', { kind: 'file', path: join(folder, 'gone.wav') }, 'MEDIA_NOT_FOUND'],
    ['a folder', { kind: 'file', path: folder }, 'MEDIA_NOT_FOUND'],
    ['no audio', { kind: 'bytes', bytes: new TextEncoder().encode('hello') }, 'MEDIA_DECODE'],
  ])('%s is a failure with a name', async (_, media, code) => {
    const { stored } = house(media === undefined ? {} : { media: { 'a1/m1': media } })
    await expect(stored('m1')).rejects.toMatchObject({ code })
  })

  test('what one account has, another has not', async () => {
    const { stored } = house({ media: { 'a2/m1': { kind: 'bytes', bytes: wav(600) } } })
    await expect(stored('m1')).rejects.toMatchObject({ code: 'MEDIA_NOT_FOUND' })
  })

  test('a recording that nobody has kept yet is heard from its file', async () => {
    const { open } = house()
    expect(hears(await open({ kind: 'recording', id: 'r1', path }), 600)).toBe(true)
    await expect(open({ kind: 'recording', id: 'r2', path: undefined })).rejects.toMatchObject({
      code: 'MEDIA_NOT_FOUND',
    })
  })
})

describe('prompts', () => {
  test('are our own words until the account has its own', async () => {
    const { prompt, said } = house({ prompts: { 'en-us/vm-goodbye': { kind: 'bytes', bytes: wav(600) } } })
    await prompt('vm-thank_you')
    expect(said).toEqual(['Thank you.'])
    expect(hears(await prompt('vm-goodbye'), 600)).toBe(true)
    expect(said).toHaveLength(1)
  })

  test.each([
    ['fr-fr', ['fr-fr', 'fr']],
    ['en', ['en']],
    ['EN-US_fr-FR', ['en-us_fr-fr', 'en-us', 'en']],
  ])('in %s are looked for in %j', (language, candidates) => expect(languageCandidates(language)).toEqual(candidates))

  test('fall back from dialect to language to the default', async () => {
    const { prompt } = house({
      prompts: {
        'fr/menu-exit': { kind: 'bytes', bytes: wav(600) },
        'en-us/menu-return': { kind: 'bytes', bytes: wav(900) },
      },
    })
    expect(hears(await prompt('menu-exit', 'fr-fr'), 600)).toBe(true)
    expect(hears(await prompt('menu-return', 'fr-fr'), 900)).toBe(true)
  })

  test('music never ends; what nobody knows is not found', async () => {
    const { prompt } = house()
    expect((await prompt('music-on-hold')).endless).toBe(true)
    for (const name of ['no-such-prompt', 'constructor', '']) {
      await expect(prompt(name)).rejects.toMatchObject({ code: 'MEDIA_NOT_FOUND' })
    }
  })

  test('every text is something to say', () => {
    expect(Object.keys(promptTexts).length).toBeGreaterThan(110)
    for (const text of Object.values(promptTexts)) expect(text).toMatch(/^[\x20-\x7e]{3,}$/)
  })
})

describe('tones and silence', () => {
  test('are generated', async () => {
    const { open } = house()
    expect(await open({ kind: 'tone', spec: '%(2000,4000,440,480);loops=-1' })).toMatchObject({
      endless: true,
      durationMs: 6_000,
    })
    expect(await open({ kind: 'silence', ms: 1_500 })).toMatchObject({ endless: false, durationMs: 1_500 })
    await expect(open({ kind: 'tone', spec: 'la la' })).rejects.toMatchObject({ code: 'MEDIA_DECODE' })
  })
})

describe('work is done once', () => {
  test('for all who ask at the same time', async () => {
    let asked = 0
    const http: Http = async ({ url }) => {
      asked++
      return { url, status: 200, headers: {}, cookies: [], body: wav(600), timing: { totalMs: 1 } }
    }
    const { open, say, said } = house({ http })
    const source: MediaSource = { kind: 'url', url: 'https://shop.example/a.wav' }
    const [first, ...others] = await Promise.all([open(source), open(source), open(source), say('Hi'), say('Hi')])
    expect(asked).toBe(1)
    expect(said).toEqual(['Hi'])
    expect(others[0]).toBe(first)
  })

  test('and goes on for the others when one hangs up', async () => {
    const { library, say } = house()
    const caller = new AbortController()
    const source: MediaSource = { kind: 'speech', text: 'Hi', voice: 'woman', language: 'en-US' }
    const gone = library.open(source, caller.signal)
    const stays = say('Hi')
    caller.abort(new Error('hung up'))
    await expect(gone).rejects.toThrow('hung up')
    expect((await stays).durationMs).toBe(100)
  })

  test('once for the next start of the server, too', async () => {
    const dataDir = join(folder, 'kept')
    const first = await house({ dataDir }).say('Hi')
    const { say, said } = house({ dataDir })
    const again = await say('Hi')
    expect(said).toEqual([])
    expect(again).toEqual(first)
  })

  test('memory is limited: what was heard longest ago goes', async () => {
    let decoded = 0
    const decoder = jobsHere((job: DecodeJob) => {
      decoded++
      return decodeJob(job)
    })
    const media = Object.fromEntries(
      [600, 700, 800].map((hz) => [`a1/${hz}`, { kind: 'bytes' as const, bytes: wav(hz, 5_000) }]),
    )
    const { stored, clock } = house({ media, decoder, memoryBytes: 170_000 })
    for (const id of ['600', '700', '600', '800', '600', '700']) {
      await stored(id)
      await clock.advance(1_000)
    }
    expect(decoded).toBe(4)
  })
})

test('text without words is silence, and no voice is asked', async () => {
  const { open, said } = house()
  const source: MediaSource = { kind: 'speech', text: '', ssml: '<break time="2s"/>', voice: '', language: 'en' }
  expect(await open(source)).toMatchObject({ durationMs: 2_000 })
  expect(said).toEqual([])
})

test('a text that would take half an hour is not begun', async () => {
  const { say } = house()
  await expect(say('word '.repeat(2_000))).rejects.toMatchObject({ code: 'SPEECH_FAILED' })
})
