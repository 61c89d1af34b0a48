import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { newId } from '../base/index.ts'
import type { FileStore, StoredFile } from './files.ts'
import { checkKey, unavailable } from './keys.ts'

const types: Readonly<Record<string, string>> = { wav: 'audio/wav', mp3: 'audio/mpeg', txt: 'text/plain' }
const ownerOnly = 0o600
/** Beside a file: its media type, where the name of the file does not say it. No key has a `~`. */
const typeSuffix = '~type'
const unfinishedSuffix = '~part'

/**
 * Files of a directory, one per key, readable by the owner of the process only. A file that is given by its path is
 * moved, not copied, where it is on the same file system.
 */
export function localFiles(directory: string): FileStore {
  const root = resolve(directory)
  const pathOf = (key: string): string => join(root, checkKey(key))

  return {
    async put(key, content, contentType) {
      const path = pathOf(key)
      const unfinished = join(root, `${newId()}${unfinishedSuffix}`)
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await bring(content, unfinished)
        await putType(path, contentType)
        await rename(unfinished, path)
      } catch (cause) {
        await rm(unfinished, { force: true }).catch(() => undefined)
        throw unavailable(key, 'the file cannot be written', cause)
      }
    },

    async find(key) {
      const path = pathOf(key)
      const found = await stat(path).catch((error: unknown) => {
        if (isMissing(error)) return undefined
        throw unavailable(key, 'the file cannot be read', error)
      })
      if (found?.isFile() !== true) return undefined
      if (!(await isBelow(root, path))) return undefined
      return storedFile(key, path, found.size, await typeOf(path))
    },

    async remove(key) {
      const path = pathOf(key)
      try {
        await rm(path + typeSuffix, { force: true })
        await rm(path)
        return true
      } catch (cause) {
        if (isMissing(cause)) return false
        throw unavailable(key, 'the file cannot be removed', cause)
      }
    },

    async removeAll(prefix) {
      const [, folder = '', start = ''] = /^(.*\/)?([^/]*)$/s.exec(prefix) ?? []
      const inside = folder === '' ? root : pathOf(folder.replace(/\/$/, ''))
      let removed = 0
      try {
        for (const name of await readdir(inside)) {
          if (!name.startsWith(start)) continue
          const path = join(inside, name)
          removed += await countFiles(path)
          await rm(path, { recursive: true, force: true })
        }
        return removed
      } catch (cause) {
        if (isMissing(cause)) return removed
        throw unavailable(prefix, 'the files cannot be removed', cause)
      }
    },
  }
}

function storedFile(key: string, path: string, lengthBytes: number, contentType: string): StoredFile {
  return {
    lengthBytes,
    contentType,
    path,
    async open(range): Promise<Readable> {
      try {
        // Opened here, so that a file that is gone fails now and not in the middle of an answer.
        const file = await open(path)
        return range === undefined
          ? file.createReadStream()
          : file.createReadStream({ start: range.first, end: range.last })
      } catch (cause) {
        throw unavailable(key, 'the file cannot be read', cause)
      }
    },
  }
}

/** Whatever links are on the way. */
async function isBelow(root: string, path: string): Promise<boolean> {
  const [realRoot, real] = await Promise.all([realpath(root), realpath(path)])
  return real.startsWith(realRoot + sep)
}

async function bring(content: Uint8Array | { readonly path: string }, to: string): Promise<void> {
  if (content instanceof Uint8Array) {
    await writeFile(to, content, { mode: ownerOnly, flush: true })
    return
  }
  await rename(content.path, to).catch(async () => {
    await copyFile(content.path, to) // Another file system.
    await rm(content.path, { force: true })
  })
  const file = await open(to, 'r+')
  try {
    await file.chmod(ownerOnly)
    await file.sync()
  } finally {
    await file.close()
  }
}

const usualType = (path: string): string | undefined => types[/\.([a-z0-9]+)$/.exec(path)?.[1] ?? '']

async function putType(path: string, contentType: string): Promise<void> {
  if (usualType(path) === contentType) await rm(path + typeSuffix, { force: true })
  else await writeFile(path + typeSuffix, contentType, { mode: ownerOnly })
}

async function typeOf(path: string): Promise<string> {
  const read = createReadStream(path + typeSuffix, { encoding: 'utf8', end: 255 })
  try {
    return (await read.toArray()).join('')
  } catch {
    return usualType(path) ?? 'application/octet-stream' // It was put there by hand.
  }
}

async function countFiles(path: string): Promise<number> {
  const found = await stat(path)
  if (!found.isDirectory()) return path.endsWith(typeSuffix) ? 0 : 1
  const names = await readdir(path, { recursive: true, withFileTypes: true })
  return names.filter((entry) => entry.isFile() && !entry.name.endsWith(typeSuffix)).length
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
