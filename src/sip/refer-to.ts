import { parseNameAddress, sipAddressOf } from './address.ts'
import type { SipMessage } from './message.ts'
import { splitList } from './params.ts'
import { parseReplaces, type Replaces } from './replaces.ts'
import type { SipAddress } from './session.ts'
import { parseUri, unescapeUri, uriParam } from './uri.ts'

/** What a REFER asks for. */
export interface ReferTo {
  readonly to: SipAddress
  readonly replaces: Replaces | undefined
  /** The URI. */
  readonly referredBy: string | undefined
  /** The far end does not want to hear what becomes of it (RFC 4488). */
  readonly isSilent: boolean
}

const schemes = new Set(['sip', 'sips', 'tel'])
const badRequest = 400
/** RFC 3515 section 2.4.2 leaves it to us; 603 is among the few statuses that harm nothing else (RFC 5057 section 5.1). */
const declined = 603

/**
 * Reads a REFER (RFC 3515 section 2.4.2): one Refer-To, and it must be somebody to call.
 * @returns the status to refuse it with, when it is not
 */
export function readReferTo(message: SipMessage): ReferTo | number {
  const [value, second] = message.all('refer-to').flatMap(splitList)
  const address = value === undefined || second !== undefined ? undefined : parseNameAddress(value)
  const uri = parseUri(address?.uri ?? '')
  if (address === undefined || uri === undefined) return badRequest
  const method = uriParam(uri, 'method')?.toUpperCase() ?? 'INVITE'
  if (!schemes.has(uri.scheme) || method !== 'INVITE') return declined
  const wanted = headersOf(uri.headers).find(([name]) => name === 'replaces')?.[1]
  const replaces = wanted === undefined ? undefined : parseReplaces(wanted)
  if (wanted !== undefined && replaces === undefined) return badRequest
  const silent = message.first('refer-sub')?.toLowerCase().startsWith('false') === true
  return {
    to: sipAddressOf({ displayName: address.displayName, uri: address.uri.replace(/\?.*$/s, '') }),
    replaces,
    referredBy: parseNameAddress(message.first('referred-by') ?? '')?.uri,
    isSilent: silent || message.lists('require', 'norefersub'),
  }
}

/** `?a=b&c=d` of a URI, unescaped, names in lower case. */
function headersOf(text: string): readonly (readonly [name: string, value: string])[] {
  return text
    .slice(1)
    .split('&')
    .map((part) => {
      const equals = part.indexOf('=')
      if (equals === -1) return [part.toLowerCase(), ''] as const
      return [part.slice(0, equals).toLowerCase(), unescapeUri(part.slice(equals + 1))] as const
    })
}
