import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import { localFiles, mediaKey, type FileStore } from '../files/index.ts'
import { CachedDocuments, mediaAddresses, mediaPlaces, MemoryDocumentStore, uploadsIn } from './index.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-uploads-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** An account whose media are uploaded to a store whose files have paths, or none, as a bucket's. */
function open(hasPaths: boolean) {
  const store = new MemoryDocumentStore()
  const local = localFiles(folder)
  let fetches = 0
  const files: FileStore = {
    ...local,
    async find(key) {
      const file = await local.find(key)
      if (file === undefined || hasPaths) return file
      const { lengthBytes, contentType } = file
      return { lengthBytes, contentType, open: (range) => (fetches++, file.open(range)) }
    },
  }
  const documents = new CachedDocuments({ store, clock: new VirtualClock(), log: silentLog })
  const places = mediaPlaces(documents, undefined, uploadsIn(files, silentLog))
  const upload = async (id: string, sound: string, more: object = {}): Promise<void> => {
    await files.put(mediaKey('A1', id), Buffer.from(sound), 'audio/wav')
    await store.put('A1', 'media', { id, media_source: 'upload', content_length: sound.length, ...more })
  }
  return { store, files, places, upload, fetches: () => fetches }
}

test('uploaded sound is played from its file', async () => {
  const { places, upload } = open(true)
  await upload('m1', 'sound', { url: 'https://cdn.example/before.wav', prompt_id: 'vm-goodbye' })
  const file = { kind: 'file', path: join(folder, 'media/A1/m1'), contentType: 'audio/wav' }
  expect(await places.media('A1', 'm1')).toEqual(file)
  expect(await places.prompt('A1', 'vm-goodbye', 'en-us')).toEqual(file)
})

test('from a bucket it is fetched once, and again when another was uploaded', async () => {
  const { places, upload, fetches } = open(false)
  await upload('m1', 'first')
  const [one, other] = await Promise.all([places.media('A1', 'm1'), places.media('A1', 'm1')])
  expect(one).toEqual({ kind: 'bytes', bytes: Buffer.from('first'), contentType: 'audio/wav' })
  expect(other).toBe(one)
  expect(await places.media('A1', 'm1')).toBe(one)
  expect(fetches()).toBe(1)
  await upload('m1', 'other')
  expect(await places.media('A1', 'm1')).toMatchObject({ bytes: Buffer.from('other') })
})

test('a document whose sound is gone says what else it has, or nothing', async () => {
  const { store, files, places, upload } = open(true)
  await upload('m1', 'sound', { url: 'https://cdn.example/a.wav' })
  await upload('m2', 'sound')
  await files.removeAll('media/')
  expect(await places.media('A1', 'm1')).toEqual({ kind: 'url', url: 'https://cdn.example/a.wav' })
  expect(await places.media('A1', 'm2')).toBeUndefined()
  store.set('A1', 'accounts', { id: 'A1' })
  expect(await mediaAddresses(store)).toEqual(['https://cdn.example/a.wav'])
})
