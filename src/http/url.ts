import { Failure } from '../base/index.ts'

/** A URL taken apart as it goes over the wire. */
export interface Target {
  /** `https://host:port`; one connection pool each. */
  readonly origin: string
  /** Path and query, byte for byte as written where HTTP allows it: receivers sign and compare what they see. */
  readonly path: string
  /** From the userinfo of the URL (RFC 7617). */
  readonly authorization: string | undefined
}

/** Characters of a request target that may go as they are; anything else is percent-encoded by the URL parser. */
const literal = /^\/[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7c\x7e]*$/
const dotSegment = /\/\.{1,2}(?:[/?]|$)/

/** @throws HTTP_URL_INVALID */
export function readTarget(url: string): Target {
  const parsed = parse(url)
  const { origin, username, password } = parsed
  const credentials = `${decode(username)}:${decode(password)}`
  return {
    origin,
    path: pathOf(url, parsed),
    authorization: credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  }
}

/** The URL that a server sees: no userinfo, no fragment, no default port. @throws HTTP_URL_INVALID */
export function wireUrl(url: string): string {
  const { origin, path } = readTarget(url)
  return origin + path
}

/** A URL that may be shown in logs and failures: no userinfo, query or fragment, which carry secrets and people. */
export function shownUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed === undefined
    ? (url.split(/[?#]/)[0] ?? '').replace(/\/\/[^/]*@/, '//')
    : parsed.origin + parsed.pathname
}

/**
 * The URL that `reference` means in a document from `base` (RFC 3986 section 5); empty means the document itself. What
 * is absolute is left as written, so that its fragment's connection overrides survive.
 *
 * @throws HTTP_URL_INVALID
 */
export function resolveUrl(reference: string, base: string): string {
  const written = reference.trim()
  if (/^https?:\/\//i.test(written)) {
    parse(written)
    return written
  }
  if (written === '') return base.replace(/#.*$/s, '')
  if (!URL.canParse(written, base)) {
    throw new Failure('HTTP_URL_INVALID', { url: shownUrl(written), problem: 'is not a URL' })
  }
  const resolved = new URL(written, base).href
  parse(resolved)
  return resolved
}

function parse(url: string): URL {
  const invalid = (problem: string, cause?: unknown): Failure<'HTTP_URL_INVALID'> =>
    new Failure('HTTP_URL_INVALID', { url: shownUrl(url), problem }, { cause })
  if (url.length > 16_384) throw invalid('is longer than 16384 characters')
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw invalid('is not a URL', cause)
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') throw invalid('must be http or https')
  return parsed
}

function pathOf(url: string, { pathname, search }: URL): string {
  const written = /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url)?.[1] ?? ''
  const path = written.startsWith('/') ? written : `/${written}`
  if (literal.test(path) && !dotSegment.test(path)) return path
  return pathname + (search === '' && written.endsWith('?') ? '?' : search)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // A stray `%` in a password is meant as it is.
  }
}
