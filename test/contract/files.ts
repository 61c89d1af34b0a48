import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FileStore } from '../../src/files/index.ts'

const textOf = async (stream: Readable | undefined): Promise<string> =>
  Buffer.concat(((await stream?.toArray()) ?? []) as Buffer[]).toString()

/** What every store of files does. @param open a store that is empty */
export function everyFileStore(name: string, open: () => Promise<FileStore>): void {
  describe(`files in ${name}`, () => {
    let files: FileStore
    let folder = ''
    beforeAll(async () => {
      files = await open()
      folder = await mkdtemp(join(tmpdir(), 'pivot-files-'))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))
    const read = async (key: string): Promise<string> => textOf(await (await files.find(key))?.open())

    test('are had back as they were put, with their type and length', async () => {
      await files.put('media/A1/m1', Buffer.from('sound'), 'audio/ogg')
      const file = await files.find('media/A1/m1')
      expect(file).toMatchObject({ lengthBytes: 5, contentType: 'audio/ogg' })
      expect(await textOf(await file?.open())).toBe('sound')
      expect(await textOf(await file?.open({ first: 1, last: 3 }))).toBe('oun')
      await files.put('media/A1/m1', Buffer.from('other'), 'audio/wav')
      expect(await read('media/A1/m1')).toBe('other')
      expect(await files.find('media/A1/m1')).toMatchObject({ contentType: 'audio/wav' })
    })

    test('are brought by their path, small and large', async () => {
      for (const [key, length] of [
        ['recordings/A1/a.wav', 10],
        ['recordings/A1/b.wav', 200_001],
      ] as const) {
        // prettier-ignore
        const path = join(folder, 'brought')
        const content = Array.from({ length }, (_, index) => index % 10).join('')
        await writeFile(path, content)
        await files.put(key, { path }, 'audio/wav')
        expect(await files.find(key)).toMatchObject({ lengthBytes: length, contentType: 'audio/wav' })
        expect(await read(key)).toBe(content)
      }
      await expect(files.put('x', { path: join(folder, 'nothing') }, 'audio/wav')).rejects.toMatchObject({
        code: 'FILE_UNAVAILABLE',
      })
      expect(await files.find('x')).toBeUndefined()
    })

    test('are gone when they are removed, one or all that begin so', async () => {
      for (const key of ['t/A1/one', 't/A1/two', 't/A11/three', 't/B/four']) {
        await files.put(key, Buffer.from(key), 'audio/ogg')
      }
      expect(await files.remove('t/A1/one')).toBe(true)
      expect(await files.remove('t/A1/one')).toBe(false)
      expect(await files.find('t/A1/one')).toBeUndefined()
      expect(await files.removeAll('t/A1/')).toBe(1)
      expect(await read('t/A11/three')).toBe('t/A11/three')
      expect(await files.removeAll('t/')).toBe(2)
      expect(await files.removeAll('t/')).toBe(0)
    })

    test.each(['', '/etc/passwd', '../x', 'a/../../x', 'a/./b', 'a//b', 'a/', 'a b', 'a\0b', 'ä', 'x'.repeat(513)])(
      'are never named %j',
      async (key) => {
        const refused = { code: 'FILE_UNAVAILABLE' }
        await expect(files.put(key, Buffer.from('x'), 'audio/wav')).rejects.toMatchObject(refused)
        await expect(files.find(key)).rejects.toMatchObject(refused)
        await expect(files.remove(key)).rejects.toMatchObject(refused)
      },
    )
  })
}
