import { trimmed } from './params.ts'

/** Compact forms (RFC 3261 section 7.3.3 and the IANA registry). */
const compact: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
}

/** The spellings that nearly every message uses, so that a look-up finds their canonical form without work. */
const usual =
  'Accept Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authorization Call-ID Call-Info Contact ' +
  'Content-Disposition Content-Encoding Content-Length Content-Type CSeq Date Diversion Event Expires From ' +
  'History-Info Max-Forwards MIME-Version Min-SE Organization P-Asserted-Identity P-Preferred-Identity ' +
  'P-Charging-Vector Privacy Proxy-Authorization Proxy-Require RAck Reason Record-Route Refer-To Remote-Party-ID ' +
  'Require Retry-After Route RSeq Server Session-Expires Subject Supported Timestamp To Unsupported User-Agent Via ' +
  'Warning'

const known = new Map<string, string>()
for (const name of usual.split(' '))
  for (const spelling of [name, name.toLowerCase()]) known.set(spelling, name.toLowerCase())
for (const [letter, name] of Object.entries(compact))
  for (const spelling of [letter, letter.toUpperCase()]) known.set(spelling, name)

/** The name in lower case and in its long form; white space before the colon is ignored. */
export function canonicalName(spelling: string): string {
  const found = known.get(spelling)
  if (found !== undefined) return found
  const name = trimmed(spelling).toLowerCase()
  return known.get(name) ?? name
}
