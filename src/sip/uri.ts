import { decodeUtf8 } from './params.ts'

/** A URI in its parts, nothing unescaped. */
export interface SipUri {
  /** In lower case: `sip`, `sips`, `tel`, or one we do not know. */
  readonly scheme: string
  /** With its password, if any; of tel: the number. */
  readonly user: string | undefined
  /** IPv6 in brackets; empty for tel and for schemes we do not know. */
  readonly host: string
  readonly port: number | undefined
  /** `;a=b` or empty. */
  readonly params: string
  /** `?a=b` or empty. */
  readonly headers: string
}

/** Reads a URI (RFC 3261 section 19.1, RFC 3966). @returns undefined when it is none */
export function parseUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':')
  if (colon <= 0 || hasForbidden(text)) return undefined
  const scheme = text.slice(0, colon).toLowerCase()
  if (scheme === 'sip' || scheme === 'sips') return parseSip(scheme, text, colon + 1)
  if (scheme === 'tel') return parseTel(text, colon + 1)
  if (!schemeForm.test(scheme) || colon + 1 === text.length) return undefined
  return { scheme, user: undefined, host: '', port: undefined, params: '', headers: '' }
}

function parseSip(scheme: string, text: string, from: number): SipUri | undefined {
  // An @ must be escaped everywhere else, but `;`, `?` and `/` may stand in the user part.
  const at = text.indexOf('@', from)
  const hostFrom = at === -1 ? from : at + 1
  const found = afterUser.exec(hostFrom === 0 ? text : text.slice(hostFrom))
  if (found === null || at === from) return undefined
  const [, host = '', digits, params = '', headers = ''] = found
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined
  return { scheme, user: at === -1 ? undefined : text.slice(from, at), host, port, params, headers }
}

function parseTel(text: string, from: number): SipUri | undefined {
  const semicolon = text.indexOf(';', from)
  const user = text.slice(from, semicolon === -1 ? undefined : semicolon)
  if (!telForm.test(user)) return undefined
  const params = semicolon === -1 ? '' : text.slice(semicolon)
  return { scheme: 'tel', user, host: '', port: undefined, params, headers: '' }
}

/** The user without password and without `%` escapes, as UTF-8 where it is UTF-8; '' when there is none. */
export function userOf(uri: SipUri): string {
  if (uri.user === undefined) return ''
  const colon = uri.scheme === 'tel' ? -1 : uri.user.indexOf(':')
  return unescapeUri(colon === -1 ? uri.user : uri.user.slice(0, colon))
}

/** Undoes `%41` escapes; a `%` that escapes nothing stays. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return decodeUtf8(text)
  return decodeUtf8(text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))))
}

/** The value of a URI parameter, '' when it has none, undefined when it is not there. */
export function uriParam(uri: SipUri, name: string): string | undefined {
  for (const part of uri.params.split(';').slice(1)) {
    const [found = '', value = ''] = part.split('=', 2)
    if (found.toLowerCase() === name) return value
  }
  return undefined
}

/** The address in brackets or not, as sockets want it. */
export function bareHost(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host
}

/** As URIs and Via want it: IPv6 in brackets. */
export function hostForUri(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address
}

/** White space, control characters, brackets and quotes. Bytes beyond ASCII should be escaped, but come as they are. */
function hasForbidden(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 0x20 || code === 0x22 || code === 0x3c || code === 0x3e || code === 0x7f) return true
  }
  return false
}

const schemeForm = /^[a-z][a-z0-9+.-]*$/
const telForm = /^[+0-9a-fA-F*#().\-%]+$/
const afterUser = /^(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+)(?::(\d{1,5}))?(;[^?]*)?(\?.*)?$/
