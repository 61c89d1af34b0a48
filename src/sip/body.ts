import type { SipMessage } from './message.ts'
import { decodeUtf8, parseParams, trimmed, unquote } from './params.ts'

const sdp = 'application/sdp'
const mostParts = 16

/** What the body of a message is to us. */
export type Body =
  | { readonly is: 'none' }
  | { readonly is: 'sdp'; readonly sdp: string }
  /** Something we do not know and must understand: 415. */
  | { readonly is: 'unknown' }

/** The media type in lower case without its parameters; '' when there is none. */
export function mediaType(contentType: string | undefined): string {
  if (contentType === undefined) return ''
  const semicolon = contentType.indexOf(';')
  return trimmed(contentType, 0, semicolon === -1 ? contentType.length : semicolon).toLowerCase()
}

/** Finds the session description, also within multipart/mixed (RFC 5621), where trunks put ISUP or XML beside it. */
export function bodyOf(message: SipMessage): Body {
  const { body } = message
  if (body === '') return { is: 'none' }
  const contentType = message.first('content-type')
  const type = mediaType(contentType)
  // RFC 3261 section 7.4.1: the type must be there; where it is not, SDP is what everybody means.
  if (type === sdp || type === '') return { is: 'sdp', sdp: decodeUtf8(body) }
  if (type.startsWith('multipart/')) return bodyOfParts(body, boundaryOf(contentType ?? ''))
  return isOptional(message.first('content-disposition')) ? { is: 'none' } : { is: 'unknown' }
}

function bodyOfParts(body: string, boundary: string | undefined): Body {
  if (boundary === undefined) return { is: 'unknown' }
  const parts = `\r\n${body}`
    .split(`\r\n--${boundary}`, mostParts + 2)
    .slice(1)
    .map(parsePart)
  const description = parts.find((part) => part.type === sdp)
  if (description !== undefined) return { is: 'sdp', sdp: decodeUtf8(description.content) }
  return parts.every((part) => part.isOptional) ? { is: 'none' } : { is: 'unknown' }
}

function parsePart(part: string): { type: string; content: string; isOptional: boolean } {
  const end = part.indexOf('\r\n\r\n')
  const head = end === -1 ? '' : part.slice(0, end)
  const header = (name: string): string | undefined =>
    head
      .split('\r\n')
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim()
  const isLast = part.startsWith('--')
  return {
    type: mediaType(header('content-type')),
    content: end === -1 ? '' : part.slice(end + 4),
    isOptional: isLast || isOptional(header('content-disposition')),
  }
}

function isOptional(disposition: string | undefined): boolean {
  if (disposition === undefined) return false
  const semicolon = disposition.indexOf(';')
  const params = semicolon === -1 ? undefined : parseParams(disposition.slice(semicolon))
  return params?.get('handling')?.toLowerCase() === 'optional'
}

function boundaryOf(contentType: string): string | undefined {
  const params = parseParams(contentType.slice(contentType.indexOf(';')))
  const boundary = unquote(params?.get('boundary') ?? '')
  return boundary === '' || boundary.length > 70 ? undefined : boundary
}

export interface InfoDigit {
  readonly digit: string
  readonly durationMs: number
}

const digitOfEvent = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D']
const usualDurationMs = 160
const longestDurationMs = 10_000

/**
 * The digit of an INFO: `Signal=5 CRLF Duration=160` (application/dtmf-relay) or just `5` (application/dtmf).
 * @returns undefined for a flash or anything else that is no digit
 */
export function infoDigitOf(type: string, body: string): InfoDigit | undefined {
  const signal = type === 'application/dtmf' && !body.includes('=') ? body.trim() : fieldOf(body, 'signal')
  const digit = /^\d{1,2}$/.test(signal) ? digitOfEvent[Number(signal)] : signal.toUpperCase()
  if (digit === undefined || !/^[0-9*#A-D]$/.test(digit)) return undefined
  const asked = Number(fieldOf(body, 'duration'))
  const durationMs = Number.isInteger(asked) && asked > 0 ? Math.min(asked, longestDurationMs) : usualDurationMs
  return { digit, durationMs }
}

function fieldOf(body: string, name: string): string {
  for (const line of body.split(/\r?\n/, 10)) {
    const equals = line.indexOf('=')
    if (equals !== -1 && line.slice(0, equals).trim().toLowerCase() === name) return line.slice(equals + 1).trim()
  }
  return ''
}
