import { decodeUtf8, endOfQuoted, parseParams, trimmed, unquote, type Params } from './params.ts'
import type { SipAddress } from './session.ts'
import { parseUri, userOf } from './uri.ts'

/** A From, To, Contact, Route … value in its parts (RFC 3261 section 20.10). */
export interface NameAddress {
  /** Unquoted, UTF-8 decoded. */
  readonly displayName: string | undefined
  readonly uri: string
  readonly params: Params
}

/**
 * Reads `"Name" <uri>;params`, `Name <uri>` or `uri;params`.
 * @returns undefined when quotes or brackets do not match, or something stands where nothing may
 */
export function parseNameAddress(value: string): NameAddress | undefined {
  if (value.startsWith('"')) {
    const end = endOfQuoted(value, 0)
    const less = end === -1 ? -1 : value.indexOf('<', end)
    if (less === -1 || trimmed(value, end + 1, less) !== '') return undefined
    return bracketed(value, less, unquote(value.slice(0, end + 1)))
  }
  const less = value.indexOf('<')
  if (less === -1) return bare(value)
  const name = trimmed(value, 0, less)
  // Differs from RFC 3261: any unquoted name without separators passes, not only tokens.
  if (notInName.test(name)) return undefined
  return bracketed(value, less, name)
}

function bracketed(value: string, less: number, name: string): NameAddress | undefined {
  const greater = value.indexOf('>', less)
  if (greater === -1) return undefined
  const params = parseParams(trimmed(value, greater + 1))
  // Differs from RFC 3261: white space inside the brackets is ignored (RFC 4475 section 3.1.2.14 allows it).
  const uri = trimmed(value, less + 1, greater)
  if (params === undefined || uri === '') return undefined
  return { displayName: name === '' ? undefined : decodeUtf8(name), uri, params }
}

/** Without brackets, everything from the first semicolon on belongs to the header, not to the URI. */
function bare(value: string): NameAddress | undefined {
  const semicolon = value.indexOf(';')
  const uri = trimmed(value, 0, semicolon === -1 ? value.length : semicolon)
  const params = semicolon === -1 ? parseParams('') : parseParams(value.slice(semicolon))
  if (uri === '' || params === undefined || notBare.test(uri)) return undefined
  return { displayName: undefined, uri, params }
}

/** A From or To of ours without its tag. */
export function addressText(uri: string, displayName: string | undefined): string {
  if (displayName === undefined || displayName === '') return `<${uri}>`
  return `"${displayName.replace(/["\\]/g, '\\$&')}" <${uri}>`
}

/** What the owner of a call gets to see. */
export function sipAddressOf(address: Pick<NameAddress, 'displayName' | 'uri'>): SipAddress {
  const uri = parseUri(address.uri)
  return {
    displayName: address.displayName,
    user: uri === undefined ? '' : userOf(uri),
    host: uri?.host ?? '',
    uri: address.uri,
  }
}

const notInName = /["<>,;:@]/
const notBare = /[ \t<>",?]/
