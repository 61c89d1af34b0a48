import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId, type Clock, type Log } from '../../base/index.ts'
import { telephoneHz, wavHeader } from '../../media/index.ts'

export interface SpeechCacheOptions {
  readonly folder: string
  readonly mostBytes: number
  readonly clock: Clock
  readonly log: Log
}

interface Kept {
  readonly bytes: number
}

const headerBytes = 44

/** The samples of a file that {@link SpeechCache} has written: nothing to decode, only to check and to copy. */
function samplesIn(file: Uint8Array): Int16Array {
  const data = file.subarray(headerBytes)
  const header = wavHeader(data.length, telephoneHz)
  if (data.length % 2 !== 0 || !header.every((byte, at) => file[at] === byte)) throw new Error('not as it was written')
  const shared = new SharedArrayBuffer(data.length)
  new Uint8Array(shared).set(data)
  return new Int16Array(shared)
}

/**
 * Speech that was synthesized before, as WAV files that anybody can listen to. The least recently used go when the
 * folder grows too large. A disk that fails costs time, never speech.
 */
export class SpeechCache {
  readonly #options: SpeechCacheOptions
  #index: Promise<Map<string, Kept>> | undefined
  #bytes = 0

  constructor(options: SpeechCacheOptions) {
    this.#options = options
  }

  /** @param key letters and digits only */
  async get(key: string): Promise<Int16Array | undefined> {
    const index = await this.#known()
    const kept = index.get(key)
    if (kept === undefined) return undefined
    try {
      const samples = samplesIn(await readFile(this.#path(key)))
      index.delete(key)
      index.set(key, kept)
      const now = new Date(this.#options.clock.now())
      await utimes(this.#path(key), now, now)
      return samples
    } catch (error) {
      this.#options.log.warn('speech.cache-unreadable', { key, error })
      this.#forget(index, key, kept)
      return undefined
    }
  }

  async put(key: string, samples: Int16Array): Promise<void> {
    const index = await this.#known()
    const data = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
    const bytes = headerBytes + data.length
    if (bytes > this.#options.mostBytes || index.has(key)) return
    const temporary = `${this.#path(key)}.${newId()}`
    try {
      await writeFile(temporary, [wavHeader(data.length, telephoneHz), data])
      await rename(temporary, this.#path(key))
      index.set(key, { bytes })
      this.#bytes += bytes
      await this.#shrink(index)
    } catch (error) {
      this.#options.log.warn('speech.cache-unwritable', { key, error })
      await rm(temporary, { force: true }).catch(() => undefined)
    }
  }

  #known(): Promise<Map<string, Kept>> {
    this.#index ??= this.#read()
    return this.#index
  }

  /** Least recently used first. What a crash left half written is removed. */
  async #read(): Promise<Map<string, Kept>> {
    const { folder, log } = this.#options
    const index = new Map<string, Kept>()
    try {
      await mkdir(folder, { recursive: true })
      const found: { key: string; bytes: number; usedMs: number }[] = []
      for (const name of await readdir(folder)) {
        const key = /^([0-9a-f]+)\.wav$/.exec(name)?.[1]
        if (key === undefined) await rm(join(folder, name), { force: true })
        else {
          const { size, mtimeMs } = await stat(join(folder, name))
          found.push({ key, bytes: size, usedMs: mtimeMs })
        }
      }
      for (const { key, bytes } of found.sort((a, b) => a.usedMs - b.usedMs)) {
        index.set(key, { bytes })
        this.#bytes += bytes
      }
    } catch (error) {
      log.warn('speech.cache-unreadable', { folder, error })
    }
    return index
  }

  async #shrink(index: Map<string, Kept>): Promise<void> {
    for (const [key, kept] of index) {
      if (this.#bytes <= this.#options.mostBytes) return
      this.#forget(index, key, kept)
      await rm(this.#path(key), { force: true })
    }
  }

  #forget(index: Map<string, Kept>, key: string, { bytes }: Kept): void {
    if (index.delete(key)) this.#bytes -= bytes
  }

  #path(key: string): string {
    return join(this.#options.folder, `${key}.wav`)
  }
}
