import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { newId } from '../base/index.ts'
import type { StoredFile } from '../files/index.ts'

/** Files of this machine for what a store keeps elsewhere: each is fetched once, also when many ask at a time. */
export class LocalCopies {
  readonly #folder: string
  readonly #underway = new Map<string, Promise<string>>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @returns the path of the file itself or of its copy @throws FILE_UNAVAILABLE */
  async pathOf(key: string, file: StoredFile): Promise<string> {
    if (file.path !== undefined) return file.path
    const path = join(this.#folder, basename(key))
    const known = await stat(path).catch(() => undefined)
    if (known?.size === file.lengthBytes) return path
    const already = this.#underway.get(path)
    if (already !== undefined) return already
    const fetched = this.#fetch(path, file).finally(() => this.#underway.delete(path))
    this.#underway.set(path, fetched)
    return fetched
  }

  async #fetch(path: string, file: StoredFile): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const unfinished = join(this.#folder, `${newId()}.part`)
    try {
      await pipeline(await file.open(), createWriteStream(unfinished, { mode: 0o600 }))
      await rename(unfinished, path)
      return path
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }

  async forget(key: string): Promise<void> {
    await rm(join(this.#folder, basename(key)), { force: true })
  }
}
