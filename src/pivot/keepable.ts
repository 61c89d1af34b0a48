import type { CallEvent } from '../call/index.ts'

/** What of an event may be kept. */
export interface Keeping {
  /** Keep what people dialled. Off unless the operator asks. */
  readonly showPersonal: boolean
}

/**
 * An event as it may be kept: without the passwords of URLs, headers and documents, and without what people dialled
 * unless that is wanted. How often keys were pressed, and when, is kept.
 */
export function keepable(event: CallEvent, { showPersonal }: Keeping): CallEvent {
  switch (event.type) {
    case 'node.started':
      return { ...event, data: withoutSecrets(event.data, showPersonal) }
    case 'callflow.read':
      return event.flow === undefined ? event : { ...event, flow: withoutSecrets(event.flow, showPersonal) }
    case 'document.read':
      return event.document === undefined ? event : { ...event, document: withoutSecrets(event.document, showPersonal) }
    case 'digit.received':
      return showPersonal ? event : { ...event, digit: '*', isHidden: true }
    case 'variables.set':
      return showPersonal ? event : { ...event, variables: withoutDigits(event.variables) }
    default:
      return event
  }
}

const hidden = '***'

/** Fields of documents that let somebody in, and those that callers are to know. */
const secretField = /password|secret|token|api_?key|^pvt_.*auth/i
const secretOfCallers = /(?:^|_)pins?$/i

/** Documents and the data of nodes may hold passwords: in fields, in URLs, and in the headers that nodes send. */
function withoutSecrets(value: unknown, showPersonal: boolean): unknown {
  const isSecret = (name: string): boolean => secretField.test(name) || (!showPersonal && secretOfCallers.test(name))
  const hide = (name: string, inner: unknown): unknown => {
    if (name === 'custom_request_headers' && typeof inner === 'object' && inner !== null) {
      return Object.fromEntries(Object.keys(inner).map((header) => [header, hidden]))
    }
    if (typeof inner !== 'string') return inner
    return isSecret(name) && inner !== '' ? hidden : inner.replace(/(https?:\/\/)[^/?#@\s]*@/gi, `$1${hidden}@`)
  }
  return JSON.parse(JSON.stringify(value ?? null, hide)) as unknown
}

const withoutDigits = (variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, name.startsWith('Digits') ? hidden : value]),
  )
