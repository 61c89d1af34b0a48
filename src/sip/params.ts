/** Parameters in order; names in lower case, values as received (quoted strings keep their quotes), '' for none. */
export type Params = ReadonlyMap<string, string>

export const noParams: Params = new Map()

/**
 * Reads `;name=value;flag` (RFC 3261 section 25.1, generic-param), white space around separators allowed.
 * @returns undefined when a parameter has no name or a quoted string does not end
 */
export function parseParams(text: string): Params | undefined {
  if (text === '') return noParams
  const params = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    if (text.charCodeAt(at) !== semicolon) return undefined
    const end = endOfPart(text, at + 1, semicolon)
    if (end === -1) return undefined
    // Differs from RFC 3261: one semicolon too many at the very end is forgiven, because phones send it.
    if (!addParam(params, text, at + 1, end) && !(end === text.length && params.size > 0)) return undefined
    at = end
  }
  return params
}

function addParam(params: Map<string, string>, text: string, start: number, end: number): boolean {
  const equals = text.indexOf('=', start)
  const hasValue = equals !== -1 && equals < end
  const name = trimmed(text, start, hasValue ? equals : end).toLowerCase()
  if (name === '' || spaceInside.test(name)) return false
  const value = hasValue ? trimmed(text, equals + 1, end) : ''
  if (!params.has(name)) params.set(name, value)
  return true
}

/**
 * Splits a comma-separated header value; commas inside quotes and angle brackets do not count.
 * @returns the parts, trimmed; empty ones are kept, so that they can be refused
 */
export function splitList(value: string): readonly string[] {
  if (!value.includes(',')) return [trimmed(value)]
  const parts: string[] = []
  let at = 0
  while (at <= value.length) {
    const end = endOfPart(value, at, comma)
    if (end === -1) return [...parts, trimmed(value, at)]
    parts.push(trimmed(value, at, end))
    at = end + 1
  }
  return parts
}

/** Where `separator` next stands outside quotes (and, for commas, angle brackets); the end of the text; -1 when a quote stays open. */
function endOfPart(text: string, from: number, separator: number): number {
  if (separator === semicolon && text.indexOf('"', from) === -1) {
    const found = text.indexOf(';', from)
    return found === -1 ? text.length : found
  }
  let inBrackets = false
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = endOfQuoted(text, at)
      if (at === -1) return -1
    } else if (code === separator && !inBrackets) {
      return at
    } else if (separator === comma) {
      if (code === less) inBrackets = true
      else if (code === greater) inBrackets = false
    }
  }
  return text.length
}

/** The index of the quote that ends the quoted string begun at `from`, or -1. */
export function endOfQuoted(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === backslash) at++
    else if (code === quote) return at
  }
  return -1
}

/** A quoted string without its quotes and escapes; anything else as it is. */
export function unquote(value: string): string {
  if (!value.startsWith('"') || !value.endsWith('"') || value.length < 2) return value
  return value.slice(1, -1).replace(/\\(.)/gs, '$1')
}

/**
 * The part from `start` up to `end` without white space around it. Only space and tab count: `String.trim` would also
 * take a byte of UTF-8 for a no-break space.
 */
export function trimmed(text: string, start = 0, end = text.length): string {
  let from = start
  let to = end
  while (from < to && isSpace(text.charCodeAt(from))) from++
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return from === 0 && to === text.length ? text : text.slice(from, to)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** Text whose characters are bytes, as UTF-8 when it is UTF-8, unchanged otherwise. */
export function decodeUtf8(bytes: string): string {
  if (!beyondAscii.test(bytes)) return bytes
  const text = Buffer.from(bytes, 'latin1').toString('utf8')
  return text.includes('\uFFFD') ? bytes : text
}

const beyondAscii = /[\x80-\xff]/
const spaceInside = /[ \t"<>,]/
const semicolon = 0x3b
const comma = 0x2c
const quote = 0x22
const backslash = 0x5c
const less = 0x3c
const greater = 0x3e
