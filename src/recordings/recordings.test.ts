import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLog, systemClock, VirtualClock, type Log } from '../base/index.ts'
import type { Recording } from '../call/index.ts'
import { localFiles, type FileStore } from '../files/index.ts'
import type { Delivery } from '../http/index.ts'
import type { KeptRecording } from '../records/index.ts'
import { openRecordings, type KeptRecordings, type RecordingsOptions } from './index.ts'

let folder = ''
let kept: KeptRecordings
const delivered: Delivery[] = []
const told: KeptRecording[] = []
const warnings: string[] = []
const log: Log = { ...silentLog, warn: (event) => warnings.push(event) }
const keptFiles = async (owner = 'A1'): Promise<string[]> =>
  (await readdir(join(folder, 'kept/recordings', owner)).catch(() => [])).sort()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recordings-'))
  delivered.length = warnings.length = told.length = 0
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
    keep: (kept) => told.push(kept),
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

const call = { accountId: 'A1', callId: 'C1', interactionId: 'I1', format: 'wav' } as const

test('a recording is had from its address until it is removed', async () => {
  await open()
  const { url } = await kept.keep(await recording(), call)
  const [, name = ''] = /^http:\/\/127\.0\.0\.1:8080\/recordings\/([0-9a-f]{32}\.wav)$/.exec(url) ?? []
  expect(await kept.find(name)).toMatchObject({ lengthBytes: 5, contentType: 'audio/wav' })
  await kept.close()
  const file = await kept.find(name)
  expect(file).toMatchObject({ lengthBytes: 5, contentType: 'audio/wav' })
  expect(await kept.find(name.replace('.wav', ''))).toEqual(file)
  expect(await readFile(file?.path ?? '', 'utf8')).toBe('sound')
  expect(await kept.findByUrl(url)).toEqual(file)
  expect(await kept.findByUrl(`https://before.example/recordings/${name}`)).toEqual(file)
  expect(await kept.findByUrl(`https://elsewhere.example/recordings/${'0'.repeat(32)}.wav`)).toBeUndefined()
  expect(await kept.findByUrl(`https://elsewhere.example/x?${url}`)).toBeUndefined()
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
  const [name = ''] = await keptFiles()
  expect(delivered[0]?.body).toEqual({ file: join(folder, 'kept/recordings/A1', name) })
  expect(told).toMatchObject([
    { id: name.slice(0, 32), accountId: 'A1', callId: 'C1', interactionId: 'I1', durationMs: 1000, url },
  ])
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
  expect(await keptFiles()).toEqual([expect.stringMatching(/\.mp3$/)])
  expect(await readdir(join(folder, 'kept/finishing'))).toEqual([])
})

test('an encoder that fails leaves the WAV', async () => {
  await installEncoder('ffmpeg', 'exit 1')
  await open({ path: folder })
  await kept.keep(await recording(), { ...call, format: 'mp3' })
  await kept.close()
  expect(await keptFiles()).toEqual([expect.stringMatching(/\.wav$/)])
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
  const directory = join(folder, 'kept/recordings/A1')
  await mkdir(directory, { recursive: true })
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
  const directory = join(folder, 'kept/recordings/A1')
  await mkdir(directory, { recursive: true })
  for (const letter of 'ab') await writeFile(join(directory, `${letter.repeat(32)}.wav`), 'x'.repeat(100))
  const greeting = `http://127.0.0.1:8080/recordings/${'a'.repeat(32)}.wav`
  await open({
    retention: { mostAgeMs: Infinity, mostBytes: 0 },
    addressesInUse: async () => ['https://media.example/welcome.mp3', greeting],
  })
  await kept.close()
  expect(await readdir(directory)).toEqual([`${'a'.repeat(32)}.wav`])
})

test('a recording that was not finished when the process died is finished by the next', async () => {
  await (await open()).close()
  const id = 'e'.repeat(32)
  const finishing = join(folder, 'kept/finishing')
  await writeFile(join(finishing, `A1~${id}.wav`), 'sound')
  await writeFile(join(finishing, `A1~${id}.mp3`), 'half')
  await open()
  expect(await kept.find(`${id}.wav`)).toMatchObject({ lengthBytes: 5 })
  await kept.close()
  expect(await keptFiles()).toEqual([`${id}.wav`])
  expect(await readdir(finishing)).toEqual([])
})

test('one that cannot be kept is found all the same, and kept after the next start', async () => {
  const broken: FileStore = { ...localFiles(folder), put: () => Promise.reject(new Error('away')) }
  await open({ files: broken })
  const { url } = await kept.keep(await recording(), call)
  await kept.close()
  expect(await kept.findByUrl(url)).toMatchObject({ lengthBytes: 5 })
  await open()
  await kept.close()
  expect(await keptFiles()).toHaveLength(1)
})

describe('recordings that are kept elsewhere', () => {
  /** A store whose files have no path, as a bucket's: what it is given by path stays. */
  function bucket(): FileStore {
    const files = localFiles(join(folder, 'bucket'))
    return {
      ...files,
      put: async (key, content, type) =>
        files.put(key, content instanceof Uint8Array ? content : await readFile(content.path), type),
      async find(key) {
        const file = await files.find(key)
        if (file === undefined) return undefined
        const { path: _, ...rest } = file
        return rest
      },
    }
  }

  test('are fetched when they are wanted, and leave nothing but the copy', async () => {
    await open({ files: bucket() })
    const { url } = await kept.keep(await recording(), call)
    await kept.close()
    expect(await readdir(join(folder, 'kept/finishing'))).toEqual([])
    const [one, other] = await Promise.all([kept.findByUrl(url), kept.findByUrl(url)])
    expect(one).toEqual(other)
    expect(await readFile(one?.path ?? '', 'utf8')).toBe('sound')
    expect(await readdir(join(folder, 'kept/fetched'))).toHaveLength(1)
    expect(await kept.remove(url.slice(-36, -4))).toBe(true)
    expect(await readdir(join(folder, 'kept/fetched'))).toEqual([])
  })

  test('stay here until they are delivered', async () => {
    let deliver: (is: boolean) => void = () => undefined
    const isDelivered = new Promise<boolean>((resolve) => (deliver = resolve))
    const deliveries = {
      deliver: async (delivery: Delivery) => {
        delivered.push(delivery)
        return { isDelivered: await isDelivered, attempts: 1, status: 200, code: undefined }
      },
    }
    await open({ files: bucket(), deliveries })
    await kept.keep(await recording(), { ...call, upload: { url: 'https://x.example', method: 'PUT', fileName: 'a' } })
    await kept.close()
    const body = delivered[0]?.body
    const path = typeof body === 'object' ? body.file : ''
    expect(await readFile(path, 'utf8')).toBe('sound')
    deliver(true)
    await vi.waitFor(() => expect(readFile(path)).rejects.toThrow('ENOENT'))
  })
})
