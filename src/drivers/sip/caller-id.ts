import type { CallerId } from '../../call/index.ts'
import { hostForUri, type Header, type InviteOptions } from '../../sip/index.ts'

/** What an INVITE says of who calls. */
export type Identity = Pick<InviteOptions, 'from' | 'contactUser'> & { readonly headers: readonly Header[] }

/**
 * Who is said to call. A caller who is not to be shown stands in no header that a phone can read; whom we trust (a trunk)
 * learns it all the same, and that it is not to go further.
 *
 * @param ourHost stands where the caller ID has no realm
 * @source RFC 3323 section 4.1; RFC 3325 section 9
 */
export function identityOf(callerId: CallerId, isTrusted: boolean, ourHost: string): Identity {
  const { name, number, isPrivate } = callerId
  const uri = uriOf(callerId, ourHost)
  const asserted = isTrusted ? assertion(callerId.asserted ?? callerId, ourHost) : []
  if (isPrivate || number === '') {
    const privacy: readonly Header[] = isPrivate ? [['Privacy', 'id']] : []
    return { from: nobody, contactUser: 'anonymous', headers: [...asserted, ...privacy] }
  }
  const from = name === '' ? { uri } : { uri, displayName: name }
  return { from, contactUser: escapedUser(number), headers: asserted }
}

type Someone = Pick<CallerId, 'name' | 'number' | 'realm'>

const uriOf = ({ number, realm }: Someone, ourHost: string): string =>
  `sip:${escapedUser(number)}@${hostForUri(realm === '' ? ourHost : realm)}`

const assertion = (someone: Someone, ourHost: string): readonly Header[] =>
  someone.number === '' ? [] : [['P-Asserted-Identity', `${quoted(someone.name)}<${uriOf(someone, ourHost)}>`]]

/** RFC 3323 section 4.1.1.3. */
const nobody = { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' } as const

/** What may stand in the user part of a URI as it is (RFC 3261 section 25.1); everything else is escaped. */
export const escapedUser = (user: string): string =>
  encodeURIComponent(Buffer.from(user).toString()).replace(/%(?:2B|26|3D|24|2C)/g, decodeURIComponent)

const quoted = (name: string): string => (name === '' ? '' : `"${name.replace(/["\\]/g, '\\$&')}" `)

/** Names of headers that only signalling may write, because the dialog and its body are made of them. */
const ofTheDialog = new Set(
  (
    'accept allow authorization call-id contact content-encoding content-length content-type cseq from max-forwards ' +
    'min-se p-asserted-identity privacy proxy-authorization proxy-require rack record-route require route rseq ' +
    'session-expires supported to user-agent via'
  ).split(' '),
)

/** The custom headers of a call, without those that would break it or claim to be somebody. */
export const customHeaders = (headers: Readonly<Record<string, string>>): readonly Header[] =>
  Object.entries(headers).filter(
    ([name]) => /^[\w.!%*+`'~-]{2,128}$/.test(name) && !ofTheDialog.has(name.toLowerCase()),
  )
