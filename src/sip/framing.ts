import { mostMessageBytes } from './message.ts'

/** What a stream holds so far. */
export interface Framed {
  readonly messages: readonly Buffer[]
  /** CRLF CRLF pings to answer with CRLF (RFC 5626 section 4.4.1). */
  readonly pings: number
  /** The rest cannot be read: say what there is to say and close. */
  readonly isBroken: boolean
}

/** Cuts a byte stream into messages by Content-Length (RFC 3261 section 18.3). */
export class Framer {
  #buffer: Buffer = Buffer.alloc(0)
  #length = 0
  /** Up to where the end of the headers was looked for in vain. */
  #searched = 0
  /** Where the message whose headers are there ends. */
  #end: number | undefined

  /** Whether part of a message has come. */
  get isWaiting(): boolean {
    return this.#length > 0
  }

  push(chunk: Buffer): Framed {
    this.#append(chunk)
    const messages: Buffer[] = []
    let pings = 0
    let at = 0
    for (;;) {
      const before = at
      while (at < this.#length && (this.#buffer[at] === 0x0d || this.#buffer[at] === 0x0a)) at++
      if (at - before >= 4) pings++
      if (at === this.#length) break
      const next = this.#next(at)
      if (next === 'partial') break
      const message = Buffer.from(this.#buffer.subarray(at, next.end))
      messages.push(message)
      at = next.end
      this.#searched = at
      this.#end = undefined
      if (next.isBroken) return { messages, pings, isBroken: true }
    }
    this.#drop(at)
    return { messages, pings, isBroken: this.#length > mostMessageBytes }
  }

  /** Where the message that begins at `from` ends. */
  #next(from: number): { end: number; isBroken: boolean } | 'partial' {
    if (this.#end !== undefined) return this.#end > this.#length ? 'partial' : { end: this.#end, isBroken: false }
    const filled = this.#buffer.subarray(0, this.#length)
    const headEnd = filled.indexOf('\r\n\r\n', Math.max(from, this.#searched - 3), 'latin1')
    if (headEnd === -1) {
      this.#searched = this.#length
      return 'partial'
    }
    const bodyAt = headEnd + 4
    const length = contentLengthOf(filled.toString('latin1', from, bodyAt))
    if (length === undefined || bodyAt - from + length > mostMessageBytes) return { end: bodyAt, isBroken: true }
    this.#end = bodyAt + length
    return this.#next(from)
  }

  #append(chunk: Buffer): void {
    const needed = this.#length + chunk.length
    if (this.#length === 0) this.#buffer = chunk
    else if (needed > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(needed, 2 * this.#buffer.length))
      this.#buffer.copy(larger, 0, 0, this.#length)
      chunk.copy(larger, this.#length)
      this.#buffer = larger
    } else chunk.copy(this.#buffer, this.#length)
    this.#length = needed
  }

  #drop(bytes: number): void {
    this.#length -= bytes
    this.#searched = Math.max(0, this.#searched - bytes)
    if (this.#end !== undefined) this.#end -= bytes
    if (this.#length === 0) this.#buffer = Buffer.alloc(0)
    else if (bytes > 0) this.#buffer = Buffer.from(this.#buffer.subarray(bytes, bytes + this.#length))
  }
}

/** Without a Content-Length a message on a stream has no body. @returns undefined when it cannot be trusted */
function contentLengthOf(head: string): number | undefined {
  let length: number | undefined
  for (const [, value = ''] of head.matchAll(lengthLine)) {
    const digits = value.trim()
    if (!/^\d{1,8}$/.test(digits) || (length !== undefined && length !== Number(digits))) return undefined
    length = Number(digits)
  }
  return length ?? 0
}

const lengthLine = /\r\n(?:content-length|l)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/gi
