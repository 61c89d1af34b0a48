import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { everyFileStore } from '../../test/contract/files.ts'
import { FakeS3 } from '../../test/support/fake-s3.ts'
import { localFiles, openFiles, s3Files } from './index.ts'

const s3 = new FakeS3()
let endpoint = ''
let folder = ''
beforeAll(async () => {
  endpoint = await s3.listen()
  folder = await mkdtemp(join(tmpdir(), 'pivot-files-'))
})
afterAll(async () => {
  await s3.close()
  await rm(folder, { recursive: true, force: true })
})

const bucket = (more: { readonly bucket?: string; readonly accessKeyId?: string } = {}) =>
  s3Files({
    bucket: more.bucket ?? 'bucket',
    prefix: 'pivot',
    endpoint,
    region: 'eu-central-2',
    credentials: { accessKeyId: more.accessKeyId ?? 'key', secretAccessKey: 'secret' },
    partBytes: 65_536,
  })

everyFileStore('a directory', async () => localFiles(join(folder, 'contract')))
everyFileStore('a bucket', async () => bucket())

test('a file of a directory is its owner’s, is moved there, and leaves nothing unfinished', async () => {
  const directory = join(folder, 'own')
  const files = localFiles(directory)
  const path = join(folder, 'brought.wav')
  await writeFile(path, 'sound', { mode: 0o644 })
  await files.put('recordings/A1/a.wav', { path }, 'audio/wav')
  await expect(stat(path)).rejects.toThrow('ENOENT')
  const kept = await files.find('recordings/A1/a.wav')
  expect(kept?.path).toBe(join(directory, 'recordings/A1/a.wav'))
  expect((await stat(kept?.path ?? '')).mode & 0o777).toBe(0o600)
  await expect(files.put('recordings/A1', Buffer.from('x'), 'audio/wav')).rejects.toThrow('cannot be written')
  expect(await readdir(directory)).toEqual(['recordings'])
})

test('a directory where a file is looked for is no file', async () => {
  const directory = join(folder, 'links')
  const files = localFiles(directory)
  await files.put('a/b', Buffer.from('x'), 'audio/wav')
  await symlink('/etc', join(directory, 'etc'))
  expect(await files.find('a')).toBeUndefined()
  expect(await files.find('etc/hostname')).toBeUndefined()
})

test('a large file is put in parts; a bucket that fails or is not there is told by name', async () => {
  const path = join(folder, 'large')
  await writeFile(path, Buffer.alloc(150_000, 7))
  s3.asked.length = 0
  await bucket().put('large', { path }, 'audio/wav')
  expect(s3.asked).toEqual([
    'POST /bucket/pivot/large',
    ...Array.from({ length: 3 }, () => 'PUT /bucket/pivot/large part'),
    'POST /bucket/pivot/large',
  ])
  const refused = { code: 'FILE_UNAVAILABLE' }
  await expect(bucket({ bucket: 'other' }).put('a', Buffer.from('x'), 'audio/wav')).rejects.toMatchObject(refused)
  await expect(bucket({ accessKeyId: 'thief' }).find('large')).rejects.toMatchObject(refused)
})

test.each([
  ['ftp://x', 'must be empty or s3://bucket/prefix'],
  ['bucket', 'must be empty or s3://bucket/prefix'],
  ['s3://b?endpoint=minio:9000', 'the endpoint must be an http(s) URL'],
  ['s3://b?acl=public', 'acl is no setting of S3: there are endpoint, region, path_style'],
])('the setting %s is refused', (storage, problem) => {
  expect(() => openFiles(storage, folder)).toThrow(problem)
})

test('without the setting, files are in the directory', async () => {
  await openFiles('', join(folder, 'set')).put('a.wav', Buffer.from('x'), 'audio/wav')
  expect(await readdir(join(folder, 'set'))).toEqual(['a.wav'])
})
