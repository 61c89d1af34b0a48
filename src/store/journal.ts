import { open, type FileHandle } from 'node:fs/promises'
import { asFailure, type Log } from '../base/index.ts'

export interface JournalOptions {
  readonly path: string
  readonly mostBytes: number
  readonly log: Log
}

/** Lines from the beginning of the journal, and how many bytes they take there. */
export interface Read {
  readonly lines: readonly string[]
  readonly bytes: number
}

const readBytes = 1_048_576
const newline = 10

/** Lines on the disk, in order, until they are taken: what a database cannot take now. */
export class Journal {
  readonly #options: JournalOptions
  readonly #file: FileHandle
  #size: number
  #taken = 0
  #waitingBytes = 0
  #waiting: { readonly line: string; readonly resolve: (isKept: boolean) => void }[] = []
  #isWriting = false
  #writing: Promise<void> = Promise.resolve()

  private constructor(options: JournalOptions, file: FileHandle, size: number) {
    this.#options = options
    this.#file = file
    this.#size = size
  }

  static async open(options: JournalOptions): Promise<Journal> {
    const file = await open(options.path, 'a+', 0o600)
    const { size } = await file.stat()
    return new Journal(options, file, size)
  }

  get isEmpty(): boolean {
    return this.#taken === this.#size && this.#waiting.length === 0 && !this.#isWriting
  }

  /** Resolves when the line is on the disk, or to false when the journal is as long as it may be or fails. */
  append(line: string): Promise<boolean> {
    const bytes = Buffer.byteLength(line) + 1
    if (this.#size + this.#waitingBytes + bytes > this.#options.mostBytes) return Promise.resolve(false)
    this.#waitingBytes += bytes
    return new Promise((resolve) => {
      this.#waiting.push({ line, resolve })
      if (this.#isWriting) return
      this.#isWriting = true
      this.#writing = this.#write()
    })
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting
      this.#waiting = []
      const text = Buffer.from(lines.map(({ line }) => `${line}\n`).join(''))
      const isKept = await this.#writeText(text)
      this.#waitingBytes -= text.length
      for (const { resolve } of lines) resolve(isKept)
    }
    this.#isWriting = false
  }

  async #writeText(text: Buffer): Promise<boolean> {
    try {
      await this.#file.appendFile(text)
      await this.#file.datasync()
      this.#size += text.length
      return true
    } catch (error) {
      this.#options.log.error('store.journal-failed', { path: this.#options.path, error: asFailure(error) })
      // What came to the disk of it is a torn line, and more lines must not follow it.
      await this.#file.truncate(this.#size).catch(() => undefined)
      return false
    }
  }

  /** The first lines that have not been taken, at least one unless there is none; at most `most`. */
  async read(most: number): Promise<Read> {
    for (let size = readBytes; ; size *= 2) {
      const buffer = Buffer.alloc(Math.min(size, this.#size - this.#taken))
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#taken)
      const found = linesOf(buffer.subarray(0, bytesRead), most)
      if (found.lines.length > 0) return found
      // A line without an end was being written when the process died: nobody was told that it is kept.
      if (bytesRead < size) return { lines: [], bytes: bytesRead }
    }
  }

  /** The lines that were read are kept elsewhere. An empty journal takes no room. */
  async take({ bytes }: Read): Promise<void> {
    this.#taken += bytes
    await this.#writing
    if (this.#taken < this.#size || this.#waiting.length > 0) return
    this.#taken = 0
    this.#size = 0
    await this.#file.truncate(0)
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }
}

function linesOf(buffer: Buffer, most: number): Read {
  const lines: string[] = []
  let begin = 0
  for (let end = buffer.indexOf(newline); end >= 0 && lines.length < most; end = buffer.indexOf(newline, begin)) {
    lines.push(buffer.toString('utf8', begin, end))
    begin = end + 1
  }
  return { lines, bytes: begin }
}
