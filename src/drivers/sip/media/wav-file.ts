import { open, type FileHandle } from 'node:fs/promises'
import { wavHeader } from '../../../media/index.ts'

const headerBytes = 44
const chunkBytes = 16_000 // one second
/** How much may wait for the disk: a minute. */
const mostWaitingBytes = 60 * chunkBytes
const sampleRateHz = 8_000

/** A WAV file (8 kHz, mono, 16 bits) that grows on disk, never in memory. */
export class WavFile {
  readonly #path: string
  #file: FileHandle | undefined
  #chunk = Buffer.alloc(chunkBytes)
  #filled = 0
  #waitingBytes = 0
  #flushedBytes = 0
  #problem: string | undefined
  /** What is done with the file, in order. Never rejects. */
  #work: Promise<void>

  constructor(path: string) {
    this.#path = path
    this.#work = this.#attempt(async () => {
      this.#file = await open(path, 'wx', 0o640)
      await this.#file.write(wavHeader(0, sampleRateHz), 0, headerBytes, 0)
    })
  }

  /** What went wrong, once something has. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** How many were written so far. */
  get samples(): number {
    return (this.#flushedBytes + this.#filled) / 2
  }

  write(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i++) {
      if (this.#filled === chunkBytes) this.#flush()
      this.#chunk.writeInt16LE(samples[i] ?? 0, this.#filled)
      this.#filled += 2
    }
  }

  /** Keeps the first `samples` samples, writes their number into the header and closes the file. */
  async close(samples: number): Promise<void> {
    this.#flush()
    this.#work = this.#work.then(() =>
      this.#attempt(async () => {
        if (this.#file === undefined) return
        const bytes = 2 * Math.min(samples, this.samples)
        await this.#file.truncate(headerBytes + bytes)
        await this.#file.write(wavHeader(bytes, sampleRateHz), 0, headerBytes, 0)
      }),
    )
    await this.#work
    await this.#attempt(async () => this.#file?.close())
  }

  #flush(): void {
    if (this.#filled === 0) return
    if (this.#waitingBytes > mostWaitingBytes) this.#problem ??= `${this.#path}: the disk is too slow`
    const chunk = this.#chunk.subarray(0, this.#filled)
    const at = headerBytes + this.#flushedBytes
    this.#flushedBytes += chunk.length
    this.#chunk = Buffer.alloc(chunkBytes)
    this.#filled = 0
    this.#waitingBytes += chunk.length
    this.#work = this.#work.then(() =>
      this.#attempt(async () => {
        if (this.#problem === undefined) await this.#file?.write(chunk, 0, chunk.length, at)
        this.#waitingBytes -= chunk.length
      }),
    )
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#problem ??= error instanceof Error ? error.message : String(error)
    }
  }
}
