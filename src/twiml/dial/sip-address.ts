import { childrenOf, textOf, type TwimlElement } from '../document.ts'
import { codes, type Warn } from '../warnings.ts'

/** Whom a `<Sip>` names. */
export interface SipAddress {
  /** `sip:user@host:port;transport=tcp`, without headers. */
  readonly uri: string
  readonly user: string
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
}

const longestUri = 255
const mostHeaderCharacters = 1024
const form = /^(sips?:)?(?:([^@\s<>"?;]+)@)?([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?((?:;[^\s?;<>"]+)*)(?:\?(\S*))?$/i
/** Custom headers, and RFC 7433's. What makes the call itself is ours. */
const mayBeGiven = /^(?:x-[\w-]{1,60}|user-to-user)$/i

/**
 * The address and the headers of a `<Sip>`; undefined, and warned of, when there is none.
 *
 * @source Twilio <Dial><Sip>: custom headers after `?`; KAZOO kzt_twiml_dial.erl: `sip:` may be left out
 */
export function readSipAddress(element: TwimlElement, warn: Warn): SipAddress | undefined {
  const text = textOf(element).replaceAll(/\s+/g, '')
  const [, scheme = 'sip:', user = '', host, port = '', parameters = '', query = ''] = form.exec(text) ?? []
  const uri = `${scheme.toLowerCase()}${user === '' ? '' : `${user}@`}${host ?? ''}${port}${parameters}`
  if (host === undefined || uri.length > longestUri) {
    warn(element, codes.sipUri, '<Sip> names no SIP address: it is skipped')
    return undefined
  }
  return { uri, user: decoded(user), host: host.toLowerCase(), headers: headersOf(element, query, warn) }
}

function headersOf(element: TwimlElement, query: string, warn: Warn): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  let characters = 0
  for (const [name, value] of [...inUri(query), ...inElements(element)]) {
    characters += name.length + value.length
    if (!mayBeGiven.test(name) || /\p{Cc}/u.test(value)) {
      warn(element, codes.sipHeader, 'a header of <Sip> is no X-… header: it is left out')
    } else if (characters > mostHeaderCharacters) {
      warn(element, codes.sipHeaderLength, `headers of <Sip> are longer than ${mostHeaderCharacters}: one is left out`)
    } else headers[name] = value
  }
  return headers
}

const inUri = (query: string): [string, string][] =>
  query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', ...value] = part.split('=')
      return [decoded(name), decoded(value.join('='))]
    })

const inElements = (element: TwimlElement): [string, string][] =>
  childrenOf(element)
    .filter(({ name }) => name === 'Headers')
    .flatMap(childrenOf)
    .map(({ attributes: { name = '', value = '' } }) => [name, value])

/** What a `%` stands for; text that is not encoded as it should be stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
