import { Failure } from '../base/index.ts'
import { parseNameAddress, type NameAddress } from './address.ts'
import { canonicalName } from './header-names.ts'
import { splitList, trimmed } from './params.ts'
import { parseVia, type Via } from './via.ts'

export const mostMessageBytes = 65_536
export const mostHeaders = 200

export interface CSeq {
  readonly number: number
  readonly method: string
}

/**
 * One SIP message (RFC 3261 section 7), read lazily: the lines are found at once, a value is parsed when asked for.
 * Text is held as one character per byte, so that Content-Length counts characters.
 * Accessors never throw; a value that is missing or malformed is undefined.
 */
export class SipMessage {
  /** Of a request; empty for a response. */
  readonly method: string
  readonly requestUri: string
  readonly version: string
  /** Of a response; 0 for a request. */
  readonly status: number
  readonly reason: string
  /** What is wrong with the lines themselves, if anything. */
  readonly problem: string | undefined
  readonly #text: string
  readonly #names: readonly string[]
  readonly #values: readonly string[]
  readonly #starts: readonly number[]
  readonly #bodyAt: number
  #via: Via | undefined
  #from: NameAddress | undefined
  #to: NameAddress | undefined
  #cseq: CSeq | undefined

  constructor(text: string) {
    const start = parseStartLine(text)
    const lines = parseLines(text, start.next, start.problem)
    this.method = start.method
    this.requestUri = start.requestUri
    this.version = start.version
    this.status = start.status
    this.reason = start.reason
    this.problem = lines.problem
    this.#text = text
    this.#names = lines.names
    this.#values = lines.values
    this.#starts = lines.starts
    this.#bodyAt = lines.bodyAt
  }

  get isRequest(): boolean {
    return this.status === 0
  }

  /** @param name in lower case, long form. @returns the value of its first line, unfolded and trimmed */
  first(name: string): string | undefined {
    const index = this.#names.indexOf(name)
    return index === -1 ? undefined : this.#values[index]
  }

  /** The values of all its lines, in order. */
  all(name: string): readonly string[] {
    return this.#values.filter((_, index) => this.#names[index] === name)
  }

  count(name: string): number {
    let count = 0
    for (const found of this.#names) if (found === name) count++
    return count
  }

  /** The values of all its lines, taken apart at commas, empty ones dropped. */
  list(name: string): readonly string[] {
    const index = this.#names.indexOf(name)
    if (index === -1) return none
    return this.all(name)
      .flatMap(splitList)
      .filter((value) => value !== '')
  }

  /** Is `token` in the list of header `name`? Case does not matter. */
  lists(name: string, token: string): boolean {
    return this.list(name).some((value) => value.toLowerCase() === token)
  }

  /** Names as spelled, values unfolded. */
  get headers(): readonly (readonly [name: string, value: string])[] {
    return this.#values.map((value, index) => {
      const start = this.#starts[index] ?? 0
      return [trimmed(this.#text, start, this.#text.indexOf(':', start)), value] as const
    })
  }

  get callId(): string | undefined {
    const value = this.first('call-id')
    return value === undefined || value === '' || /[ \t]/.test(value) ? undefined : value
  }

  get via(): Via | undefined {
    return (this.#via ??= parseVia(this.first('via') ?? ''))
  }

  get from(): NameAddress | undefined {
    return (this.#from ??= parseNameAddress(this.first('from') ?? ''))
  }

  get to(): NameAddress | undefined {
    return (this.#to ??= parseNameAddress(this.first('to') ?? ''))
  }

  get fromTag(): string {
    return this.from?.params.get('tag') ?? ''
  }

  get toTag(): string {
    return this.to?.params.get('tag') ?? ''
  }

  get cseq(): CSeq | undefined {
    return (this.#cseq ??= parseCSeq(this.first('cseq') ?? ''))
  }

  /** The first Contact. */
  get contact(): NameAddress | undefined {
    const [first] = splitList(this.first('contact') ?? '')
    return first === undefined ? undefined : parseNameAddress(first)
  }

  /** As declared; undefined when there is no Content-Length, NaN when it is no number or there are two. */
  get contentLength(): number | undefined {
    const value = this.first('content-length')
    if (value === undefined) return undefined
    const same = this.count('content-length') === 1 || this.all('content-length').every((other) => other === value)
    return same ? wholeNumber(value) : Number.NaN
  }

  /** How many bytes came after the empty line. */
  get bytesAfterHeaders(): number {
    return this.#text.length - this.#bodyAt
  }

  /** One character per byte; what is beyond Content-Length is dropped (RFC 3261 section 18.3). */
  get body(): string {
    const length = this.contentLength
    const end = length === undefined || Number.isNaN(length) ? undefined : this.#bodyAt + length
    return this.#text.slice(this.#bodyAt, end)
  }
}

/**
 * Reads a datagram or a framed message.
 * @throws SIP_MALFORMED for what is not SIP at all, has more than 64 kB or more than 200 headers; everything else that
 * is wrong is found by `problemOf`, so that it can be answered
 */
export function parseMessage(bytes: Buffer): SipMessage {
  if (bytes.length > mostMessageBytes) throw malformed('too long')
  let start = 0
  while (bytes[start] === 0x0d || bytes[start] === 0x0a) start++
  return new SipMessage(bytes.toString('latin1', start))
}

interface StartLine {
  readonly method: string
  readonly requestUri: string
  readonly version: string
  readonly status: number
  readonly reason: string
  readonly problem: string | undefined
  /** Where the headers begin. */
  readonly next: number
}

function parseStartLine(text: string): StartLine {
  const newline = text.indexOf('\n')
  if (newline === -1) throw malformed('no line')
  const line = text.slice(0, text.charCodeAt(newline - 1) === carriageReturn ? newline - 1 : newline)
  const next = newline + 1
  if (line.startsWith('SIP/')) return parseStatusLine(line, next)
  const methodEnd = line.indexOf(' ')
  const uriEnd = line.lastIndexOf(' ')
  const method = line.slice(0, methodEnd)
  const version = line.slice(uriEnd + 1)
  const requestUri = line.slice(methodEnd + 1, uriEnd)
  const request = { method, requestUri, status: 0, reason: '', next }
  if (methodEnd > 0 && methodEnd < uriEnd && versionForm.test(version)) {
    // RFC 3261 section 7.1: exactly one space between the three.
    const problem = token.test(method) && !requestUri.includes(' ') ? undefined : 'Bad Request-Line'
    return { version, problem, ...request }
  }
  if (!/ SIP\/\d+\.\d+[ \t]*$/i.test(line)) throw malformed('neither a request nor a response')
  return { version: 'SIP/2.0', problem: 'Bad Request-Line', ...request }
}

function parseStatusLine(line: string, next: number): StartLine {
  const found = statusForm.exec(line)
  if (found === null) throw malformed('bad status line')
  const [, version = '', digits, reason = ''] = found
  return { method: '', requestUri: '', version, status: Number(digits), reason, problem: undefined, next }
}

interface Lines {
  readonly names: string[]
  readonly values: string[]
  readonly starts: number[]
  readonly problem: string | undefined
  readonly bodyAt: number
}

function parseLines(text: string, from: number, before: string | undefined): Lines {
  const names: string[] = []
  const values: string[] = []
  const starts: number[] = []
  let problem = before
  let at = from
  while (at < text.length) {
    const newline = text.indexOf('\n', at)
    const next = newline === -1 ? text.length : newline + 1
    let end = newline === -1 ? text.length : newline
    if (end > at && text.charCodeAt(end - 1) === carriageReturn) end--
    if (end === at) return { names, values, starts, problem, bodyAt: next }
    const first = text.charCodeAt(at)
    if (first === space || first === tab) {
      // RFC 3261 section 7.3.1: a line that begins with white space goes on with the one before.
      const last = values.length - 1
      if (last >= 0) values[last] = trimmed(`${values[last] ?? ''} ${trimmed(text, at, end)}`)
    } else {
      const colon = text.indexOf(':', at)
      if (colon <= at || colon >= end) problem ??= 'Bad Header Line'
      else if (names.length === mostHeaders) throw malformed('too many headers')
      else {
        names.push(canonicalName(text.slice(at, colon)))
        values.push(trimmed(text, colon + 1, end))
        starts.push(at)
      }
    }
    at = next
  }
  return { names, values, starts, problem, bodyAt: text.length }
}

function parseCSeq(value: string): CSeq | undefined {
  const found = cseqForm.exec(value)
  if (found === null) return undefined
  const [, digits = '', method = ''] = found
  // RFC 3261 section 8.1.1.5: less than 2**31.
  const number = Number(digits)
  return number < 2 ** 31 ? { number, method } : undefined
}

/** Decimal digits only, leading zeros allowed; NaN for anything else and beyond what a number holds exactly. */
export function wholeNumber(value: string): number {
  return /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
}

function malformed(problem: string): Failure {
  return new Failure('SIP_MALFORMED', { problem })
}

const none: readonly string[] = []
const token = /^[a-zA-Z0-9\-.!%*_+`'~]+$/
const versionForm = /^SIP\/\d+\.\d+$/i
const statusForm = /^(SIP\/\d+\.\d+) ([1-6]\d\d)(?: (.*))?$/
const cseqForm = /^(\d+)[ \t]+([a-zA-Z0-9\-.!%*_+`'~]+)$/
const carriageReturn = 0x0d
const space = 0x20
const tab = 0x09
