import { chmod, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, systemClock, VirtualClock, type Log } from '../base/index.ts'
import type { Recording } from '../call/index.ts'
import type { Delivery } from '../http/index.ts'
import { openRecordings, type KeptRecordings, type RecordingsOptions } from './index.ts'

let folder = ''
let kept: KeptRecordings
const delivered: Delivery[] = []
const warnings: string[] = []
const log: Log = { ...silentLog, warn: (event) => warnings.push(event) }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recordings-'))
  delivered.length = warnings.length = 0
})
afterEach(async () => {
  await kept.close()
  await rm(folder, { recursive: true })
})

async function open(more: Partial<RecordingsOptions> = {}): Promise<KeptRecordings> {
  kept = await openRecordings({
    directory: join(folder, 'kept'),
    baseUrl: () => 'http://127.0.0.1:8080/',
    deliveries: {
      deliver: async (delivery) => {
        delivered.push(delivery)
        return { isDelivered: true, attempts: 1, status: 200, code: undefined }
      },
    },
    clock: systemClock,
    log,
    path: join(folder, 'bin'),
    ...more,
  })
  return kept
}

async function recording(): Promise<Recording> {
  const path = join(folder, 'driver.wav')
  await writeFile(path, 'sound')
  return { id: 'r1', path, durationMs: 1000, endedBy: 'key', key: '#', hadSpeech: true }
}

/** A program on PATH that copies its second to last argument to its last. */
async function installEncoder(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), 0o755)
}

const call = { accountId: 'A1', callId: 'C1', format: 'wav' } as const

test('a recording is had from its address until it is removed', async () => {
  await open()
  const { url } = await kept.keep(await recording(), call)
  const [, name = ''] = /^http:\/\/127\.0\.0\.1:8080\/recordings\/([0-9a-f]{32}\.wav)$/.exec(url) ?? []
  const file = await kept.find(name)
  expect(file).toMatchObject({ lengthBytes: 5, contentType: 'audio/wav' })
  expect(await kept.find(name.replace('.wav', ''))).toEqual(file)
  expect(await readFile(file?.path ?? '', 'utf8')).toBe('sound')
  expect(await kept.findByUrl(url)).toEqual(file)
  expect(await kept.findByUrl(`https://elsewhere.example/recordings/${name}`)).toBeUndefined()
  expect(await kept.remove(name.replace('.wav', ''))).toBe(true)
  expect(await kept.find(name)).toBeUndefined()
  expect(await kept.remove(name)).toBe(false)
})

test.each(['../../etc/passwd', '..%2fx', '', 'x.wav', `${'a'.repeat(32)}.wav/../x`, `${'a'.repeat(32)}.txt`])(
  'nothing is found by the name %j',
  async (name) => {
    expect(await (await open()).find(name)).toBeUndefined()
  },
)

test('a recording is uploaded under KAZOO’s name, and called by that address', async () => {
  await open()
  const upload = { url: 'https://shop.example/rec/?k=1', method: 'PUT', fileName: 'call_recording_a/b c.mp3' } as const
  const { url } = await kept.keep(await recording(), { ...call, upload })
  expect(url).toBe('https://shop.example/rec/call_recording_a_b_c.wav?k=1')
  await kept.close()
  expect(delivered).toMatchObject([{ kind: 'recording', url, method: 'PUT', headers: { 'content-type': 'audio/wav' } }])
  const [name = ''] = await readdir(join(folder, 'kept'))
  expect(delivered[0]?.body).toEqual({ file: join(folder, 'kept', name) })
})

test('without lame and ffmpeg, what should be MP3 is WAV, and said to be', async () => {
  await open()
  const { url } = await kept.keep(await recording(), { ...call, format: 'mp3' })
  expect(url).toMatch(/\.wav$/)
  expect(warnings).toEqual(['recordings.no-mp3'])
})

test('with lame, MP3 is MP3', async () => {
  await installEncoder('lame', 'for last; do :; done; echo mp3 > "$last"')
  await open({ path: folder })
  const { url } = await kept.keep(await recording(), { ...call, format: 'mp3' })
  await kept.close()
  const file = await kept.find(url.slice(-36))
  expect(file?.contentType).toBe('audio/mpeg')
  expect(await readFile(file?.path ?? '', 'utf8')).toBe('mp3\n')
  expect(await readdir(join(folder, 'kept'))).toHaveLength(1)
})

test('an encoder that fails leaves the WAV', async () => {
  await installEncoder('ffmpeg', 'exit 1')
  await open({ path: folder })
  await kept.keep(await recording(), { ...call, format: 'mp3' })
  await kept.close()
  expect(await readdir(join(folder, 'kept'))).toEqual([expect.stringMatching(/\.wav$/)])
})

test('a recording of a driver that keeps no sound has an address all the same', async () => {
  await open()
  expect((await kept.keep({ ...(await recording()), path: undefined }, call)).url).toMatch(/\/recordings\//)
})

test('what nobody wants is removed', async () => {
  await open()
  const unwanted = await recording()
  await kept.discard(unwanted)
  await kept.discard(unwanted)
  await expect(readFile(unwanted.path ?? '')).rejects.toThrow('ENOENT')
})

test('old recordings go, then the oldest until there is room', async () => {
  await (await open()).close()
  const directory = join(folder, 'kept')
  const write = async (letter: string, ageDays: number): Promise<void> => {
    const path = join(directory, `${letter.repeat(32)}.wav`)
    await writeFile(path, 'x'.repeat(100))
    const seconds = (100 - ageDays) * 86_400
    await utimes(path, seconds, seconds)
  }
  for (const [letter, ageDays] of [['a', 91], ['b', 3], ['c', 2], ['d', 1]] as const) await write(letter, ageDays) // prettier-ignore
  await writeFile(join(directory, 'other.txt'), 'not ours')
  const clock = new VirtualClock(100 * 86_400_000)
  await open({ clock, retention: { mostAgeMs: 90 * 86_400_000, mostBytes: 250 } })
  await kept.close()
  expect((await readdir(directory)).map((name) => name[0]).sort()).toEqual(['c', 'd', 'o'])
})

test('a recording that is referred to stays, however old', async () => {
  await (await open()).close()
  const directory = join(folder, 'kept')
  for (const letter of 'ab') await writeFile(join(directory, `${letter.repeat(32)}.wav`), 'x'.repeat(100))
  const greeting = `http://127.0.0.1:8080/recordings/${'a'.repeat(32)}.wav`
  await open({
    retention: { mostAgeMs: Infinity, mostBytes: 0 },
    addressesInUse: async () => ['https://media.example/welcome.mp3', greeting],
  })
  await kept.close()
  expect(await readdir(directory)).toEqual([`${'a'.repeat(32)}.wav`])
})
