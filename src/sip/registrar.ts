import { parseNameAddress, type NameAddress } from './address.ts'
import type { Refusal } from './check-request.ts'
import type { IncomingRequest } from './incoming.ts'
import { wholeNumber } from './message.ts'
import { decodeUtf8, splitList, type Params } from './params.ts'
import type { Binding, Phone, Rebinding, RegistrarLimits } from './registrar-port.ts'
import type { Header } from './serialize.ts'
import { parseUri, uriParam } from './uri.ts'

export interface RegisterAnswer {
  readonly status: number
  readonly reason?: string
  readonly headers: readonly Header[]
}

/** Longer ones are no phone's: they are kept in a database, and go back in every answer. */
const mostContactLength = 1_000
const mostUserAgentLength = 256
const mostCallIdLength = 512

/** A binding that a process has not taken as its own yet. */
type NewBinding = Omit<Binding, 'node'>

interface AskedContact {
  readonly key: string
  readonly uri: string
  readonly params: string
  /** 0 removes. */
  readonly seconds: number
}

/** What a REGISTER asks for. */
type Asked =
  | { readonly is: 'refused'; readonly refusal: Refusal }
  | { readonly is: 'query' }
  | { readonly is: 'none' }
  | { readonly is: 'some'; readonly contacts: readonly AskedContact[] }

/**
 * Carries out a REGISTER of `phone` (RFC 3261 section 10.3).
 *
 * Differs from RFC 3261: what is bound is the phone that has proved its password, whatever To names; contacts are
 * reached where the REGISTER came from, not where they say.
 */
export function register(
  { message, source }: IncomingRequest,
  phone: Phone,
  { present, nowMs, limits }: { present: readonly Binding[]; nowMs: number; limits: RegistrarLimits },
): Rebinding<RegisterAnswer> {
  const asked = askedOf(message, phone, limits)
  if (asked.is === 'refused') return refused(asked.refusal)
  if (asked.is === 'query') return { result: answer(present, nowMs) }
  const { cseq } = message
  const callId = (message.callId ?? '').slice(0, mostCallIdLength)
  const number = cseq?.number ?? 0
  const touched =
    asked.is === 'none' ? present : present.filter(({ key }) => asked.contacts.some((one) => one.key === key))
  // RFC 3261 section 10.3, step 7: one that was overtaken changes nothing.
  if (touched.some((binding) => binding.callId === callId && number <= binding.cseq)) {
    return refused({ status: 400, reason: 'CSeq Out of Order' })
  }
  const untouched = present.filter((binding) => !touched.includes(binding))
  const contacts = asked.is === 'none' ? [] : asked.contacts
  const fresh = contacts
    .filter(({ seconds }) => seconds > 0)
    .map(({ key, uri, params, seconds }): NewBinding => ({
      key,
      uri,
      params,
      flow: source,
      userAgent: message.first('user-agent')?.slice(0, mostUserAgentLength),
      callId,
      cseq: number,
      registeredAt: nowMs,
      expiresAt: nowMs + seconds * 1_000,
    }))
  if (fresh.length > limits.mostContacts) return refused({ status: 403, reason: 'Too Many Contacts' })
  const oldestFirst = [...untouched].sort((a, b) => a.registeredAt - b.registeredAt)
  const bindings = [...oldestFirst, ...fresh].slice(-limits.mostContacts)
  return { bindings, result: answer(bindings, nowMs, outbound(message, contacts)) }
}

type Message = IncomingRequest['message']

function askedOf(message: Message, phone: Phone, limits: RegistrarLimits): Asked {
  const values = message.all('contact').flatMap(splitList)
  const expires = message.first('expires')
  if (values.length === 0) return { is: 'query' }
  if (values.includes('*')) {
    const isRight = values.length === 1 && expires !== undefined && wholeNumber(expires) === 0
    return isRight ? { is: 'none' } : refusedAs({ status: 400, reason: 'Bad Wildcard Contact' })
  }
  const contacts: AskedContact[] = []
  for (const value of values) {
    const contact = contactOf(value)
    if (contact === undefined || value.length > mostContactLength) {
      return refusedAs({ status: 400, reason: 'Bad Contact' })
    }
    const asked = secondsOf(contact.params.get('expires') ?? expires) ?? phone.expirySeconds
    if (asked > 0 && asked < limits.minExpirySeconds) {
      return refusedAs({ status: 423, headers: [['Min-Expires', String(limits.minExpirySeconds)]] })
    }
    const seconds = Math.min(asked, limits.maxExpirySeconds)
    const key = keyOf(contact, message)
    if (!contacts.some((one) => one.key === key)) {
      contacts.push({ key, uri: decodeUtf8(contact.uri), params: decodeUtf8(paramsText(contact.params)), seconds })
    }
  }
  return { is: 'some', contacts }
}

function contactOf(value: string): NameAddress | undefined {
  const contact = parseNameAddress(value)
  const scheme = contact === undefined ? undefined : parseUri(contact.uri)?.scheme
  return scheme === 'sip' || scheme === 'sips' ? contact : undefined
}

/** What cannot be read counts as not said (RFC 3261 section 10.2.1.1). */
function secondsOf(text: string | undefined): number | undefined {
  const seconds = text === undefined ? Number.NaN : wholeNumber(text)
  return Number.isNaN(seconds) ? undefined : seconds
}

/**
 * RFC 5626 section 6: the instance and its flow, when the phone wants it that way; else the URI without what says
 * nothing about where it leads (RFC 3261 section 19.1.4, near enough).
 */
function keyOf({ uri, params }: NameAddress, message: Message): string {
  const instance = params.get('+sip.instance')
  const flow = params.get('reg-id')
  if (instance !== undefined && flow !== undefined && message.lists('supported', 'outbound'))
    return printable(`${instance} ${flow}`)
  const parsed = parseUri(uri)
  if (parsed === undefined) return uri
  const { scheme, user = '', host, port = '' } = parsed
  return `${scheme}:${user}@${host.toLowerCase()}:${port};${uriParam(parsed, 'transport')?.toLowerCase() ?? ''}`
}

/** A header may hold anything; a key of a database may not. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '')

function paramsText(params: Params): string {
  let text = ''
  for (const [name, value] of params) {
    if (name !== 'expires') text += value === '' ? `;${name}` : `;${name}=${value}`
  }
  return text
}

/** RFC 5626 section 6: we have done what was asked for with `reg-id`. */
function outbound(message: Message, contacts: readonly AskedContact[]): readonly Header[] {
  const isAsked = contacts.some(({ params }) => params.includes(';reg-id=') && params.includes(';+sip.instance='))
  return isAsked && message.lists('supported', 'outbound') ? [['Require', 'outbound']] : []
}

/** All bindings there are (step 8), and the time, which phones set their clocks by. */
function answer(bindings: readonly NewBinding[], nowMs: number, more: readonly Header[] = []): RegisterAnswer {
  const contacts = bindings.map(({ uri, params, expiresAt }): Header => {
    const seconds = Math.max(1, Math.round((expiresAt - nowMs) / 1_000))
    return ['Contact', `<${uri}>${params};expires=${seconds}`]
  })
  return { status: 200, headers: [...contacts, ...more, ['Date', new Date(nowMs).toUTCString()]] }
}

const refusedAs = (refusal: Refusal): Asked => ({ is: 'refused', refusal })

const refused = ({ status, reason, headers = [] }: Refusal): Rebinding<RegisterAnswer> => ({
  result: { status, headers, ...(reason === undefined ? {} : { reason }) },
})
