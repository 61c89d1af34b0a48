import { parseNameAddress } from './address.ts'
import type { SipMessage } from './message.ts'
import type { Rejection } from './outgoing-port.ts'
import { splitList } from './params.ts'

const mostContacts = 8

/** What a final response of 300 or more tells whoever called. */
export function rejectionOf(response: SipMessage): Rejection {
  const { status, reason, headers } = response
  return { status, reason, headers, contacts: status < 400 ? contactsOf(response) : [] }
}

/** RFC 3261 section 8.1.3.4: by `q`, the largest first; those of the same in their order. */
function contactsOf(response: SipMessage): readonly string[] {
  return response
    .all('contact')
    .flatMap(splitList)
    .map(parseNameAddress)
    .filter((contact) => contact !== undefined)
    .map(({ uri, params }) => ({ uri, q: Number(params.get('q') ?? 1) || 0 }))
    .toSorted((one, other) => other.q - one.q)
    .slice(0, mostContacts)
    .map(({ uri }) => uri)
}
