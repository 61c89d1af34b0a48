import { parseNameAddress } from './address.ts'
import { mediaType } from './body.ts'
import type { SipMessage } from './message.ts'
import { splitList } from './params.ts'
import { wholeNumber } from './message.ts'
import type { Header } from './serialize.ts'
import { parseUri } from './uri.ts'

/** A request that is answered with an error, and why. */
export interface Refusal {
  readonly status: number
  readonly reason?: string
  readonly headers?: readonly Header[]
}

export const allowed = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY'
export const supported = '100rel, timer, replaces, norefersub'
export const accepted = 'application/sdp'

const methods = new Set(allowed.split(', '))
const extensions = new Set(supported.split(', '))
/** What we recognize but do not do: 405, not 501 (RFC 3261 section 8.2.1). */
const known = new Set(['REGISTER', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE'])
const bodyTypes = new Set(['', accepted])

/** RFC 3261 sections 7 and 18.3, RFC 4475: what makes a request unfit for any answer but 400 or 505. */
export function malformationOf(message: SipMessage): Refusal | undefined {
  if (message.version.toUpperCase() !== 'SIP/2.0') return { status: 505 }
  if (message.problem !== undefined) return bad(message.problem)
  if (message.via === undefined) return bad('Missing or Bad Via')
  for (const name of singles) if (message.count(name) > 1) return bad(`Multiple ${name} Headers`)
  if (message.callId === undefined) return bad('Missing or Bad Call-ID')
  if (message.from === undefined) return bad('Missing or Bad From')
  if (message.to === undefined) return bad('Missing or Bad To')
  if (message.cseq === undefined) return bad('Missing or Bad CSeq')
  if (message.cseq.method !== message.method) return bad('CSeq Method Does Not Match')
  return badNumbers(message) ?? badContacts(message)
}

const singles = ['call-id', 'from', 'to', 'cseq', 'max-forwards', 'content-type'] as const

function badNumbers(message: SipMessage): Refusal | undefined {
  const maxForwards = message.first('max-forwards')
  if (maxForwards !== undefined && !(wholeNumber(maxForwards) <= 255)) return bad('Bad Max-Forwards')
  const { contentLength } = message
  if (contentLength === undefined) return undefined
  if (Number.isNaN(contentLength)) return bad('Bad Content-Length')
  return contentLength > message.bytesAfterHeaders ? bad('Content-Length Larger Than Message') : undefined
}

function badContacts(message: SipMessage): Refusal | undefined {
  for (const line of message.all('contact')) {
    if (line === '*') continue
    for (const value of splitList(line)) {
      if (parseNameAddress(value) === undefined) return bad('Bad Contact')
    }
  }
  return undefined
}

/**
 * What a user agent server looks at before it does anything (RFC 3261 section 8.2), in its order.
 *
 * @param isRegistrar whether it takes what phones of ours ask for, too
 */
export function refusalOf(message: SipMessage, isRegistrar = false): Refusal | undefined {
  const { method } = message
  if (!methods.has(method) && !(isRegistrar && (method === 'REGISTER' || method === 'SUBSCRIBE')))
    return { status: known.has(method) ? 405 : 501, headers: [['Allow', allowed]] }
  const badUri = uriRefusal(message.requestUri)
  if (badUri !== undefined) return badUri
  if (
    method === 'INVITE' &&
    message.first('max-forwards') !== undefined &&
    Number(message.first('max-forwards')) === 0
  ) {
    // RFC 4475 section 3.3.11: an endpoint need not look at it; for calls we do, because they may go on from here.
    return { status: 483 }
  }
  const unsupported = message.list('require').filter((extension) => !extensions.has(extension.toLowerCase()))
  if (unsupported.length > 0 && method !== 'CANCEL') {
    return { status: 420, headers: [['Unsupported', unsupported.join(', ')]] }
  }
  return method === 'INVITE' || method === 'UPDATE' ? contentRefusal(message) : undefined
}

function uriRefusal(text: string): Refusal | undefined {
  const uri = parseUri(text)
  if (uri === undefined) return bad('Bad Request-URI')
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips' && uri.scheme !== 'tel') return { status: 416 }
  // RFC 3261 section 19.1.1, table 1: headers are not allowed in a Request-URI.
  return uri.headers === '' ? undefined : bad('Headers in Request-URI')
}

/** RFC 3261 section 8.2.3: what the body is; and whether the other side takes the kind of answer that we give. */
function contentRefusal(message: SipMessage): Refusal | undefined {
  const encoding = message.first('content-encoding')?.toLowerCase() ?? 'identity'
  if (encoding !== 'identity') return { status: 415, headers: [['Accept-Encoding', 'identity']] }
  const type = mediaType(message.first('content-type'))
  if (message.body !== '' && !bodyTypes.has(type) && !type.startsWith('multipart/')) {
    const optional = /;\s*handling\s*=\s*optional/i.test(message.first('content-disposition') ?? '')
    if (!optional) return unsupportedType
  }
  const accept = message.list('accept')
  if (accept.length > 0 && !accept.map(mediaType).some((range) => acceptable.has(range))) return { status: 406 }
  return undefined
}

/** 415 that says what we take. */
export const unsupportedType: Refusal = { status: 415, headers: [['Accept', accepted]] }

const acceptable = new Set([accepted, 'application/*', '*/*'])

function bad(reason: string): Refusal {
  return { status: 400, reason }
}
