import { open, type FileHandle } from 'node:fs/promises'
import { wavHeader } from '../../../media/index.ts'

const headerBytes = 44
const chunkBytes = 16_000 // one second of one channel
/** How much may wait for the disk: a minute. */
const mostWaitingBytes = 60 * chunkBytes
const sampleRateHz = 8_000
/** How often the header says how long the file is by now. */
const milestoneChunks = 8

/**
 * A WAV file (8 kHz, 16 bits) that grows on disk, never in memory. What is there can be played at any time, also when
 * nobody completes it any more.
 */
export class WavFile {
  readonly #path: string
  readonly #channels: number
  #file: FileHandle | undefined
  #chunk = Buffer.alloc(chunkBytes)
  #filled = 0
  #waitingBytes = 0
  #flushedBytes = 0
  #problem: string | undefined
  /** What is done with the file, in order. Never rejects. */
  #work: Promise<void>

  constructor(path: string, channels = 1) {
    this.#path = path
    this.#channels = channels
    this.#work = this.#attempt(async () => {
      this.#file = await open(path, 'wx', 0o640)
      await this.#writeHeader(0)
    })
  }

  /** What went wrong, once something has. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** How many were written so far, of each channel. */
  get samples(): number {
    return (this.#flushedBytes + this.#filled) / (2 * this.#channels)
  }

  /** Adds samples; of two channels in turn. */
  write(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i++) {
      if (this.#filled === chunkBytes) this.#flush()
      this.#chunk.writeInt16LE(samples[i] ?? 0, this.#filled)
      this.#filled += 2
    }
  }

  /** Keeps the first `samples` samples of each channel, writes their number into the header and closes the file. */
  async close(samples: number): Promise<void> {
    this.#flush()
    this.#work = this.#work.then(() =>
      this.#attempt(async () => {
        if (this.#file === undefined) return
        const bytes = 2 * this.#channels * Math.min(samples, this.samples)
        await this.#file.truncate(headerBytes + bytes)
        await this.#writeHeader(bytes)
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
    const isMilestone = this.#flushedBytes % (milestoneChunks * chunkBytes) === 0
    this.#flushedBytes += chunk.length
    this.#chunk = Buffer.alloc(chunkBytes)
    this.#filled = 0
    this.#waitingBytes += chunk.length
    this.#work = this.#work.then(() =>
      this.#attempt(async () => {
        if (this.#problem === undefined) await this.#file?.write(chunk, 0, chunk.length, at)
        if (isMilestone) await this.#writeHeader(at + chunk.length - headerBytes)
        this.#waitingBytes -= chunk.length
      }),
    )
  }

  async #writeHeader(dataBytes: number): Promise<void> {
    await this.#file?.write(wavHeader(dataBytes, sampleRateHz, this.#channels), 0, headerBytes, 0)
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#problem ??= error instanceof Error ? error.message : String(error)
    }
  }
}
