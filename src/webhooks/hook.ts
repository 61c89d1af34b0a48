import type { Document } from '../callflow/index.ts'
import { hookNames, type HookName } from './document.ts'

/** A webhook document as it is carried out. Documents are written by hand, so they are read leniently. */
export interface Hook {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly uri: string
  readonly hook: HookName | 'all'
  readonly isEnabled: boolean
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly isJson: boolean
  readonly retries: number
  readonly hasSubaccounts: boolean
  readonly hasInternalLegs: boolean
  /** Without the keys that choose. */
  readonly customData: Readonly<Record<string, unknown>>
  readonly type: string
  readonly action: string
  readonly headers: Readonly<Record<string, string>>
  readonly secret: string | undefined
  readonly isV2: boolean
}

const methods = { get: 'GET', post: 'POST', put: 'PUT' } as const
const usualRetries = 2

/** What Pivot and HTTP say themselves. */
const ownHeaders =
  /^(?:host|connection|content-length|content-type|transfer-encoding|te|trailer|upgrade|expect|keep-alive|idempotency-key|x-hook-id|x-account-id|x-pivot-signature)$/i

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const chosen = (value: unknown): string => textOf(value)?.toLowerCase() ?? 'all'

/** The webhook that a document describes, or undefined when it names no hook or no address. */
export function readHook(document: Document, accountId: string): Hook | undefined {
  const uri = textOf(document['uri'])
  const named = textOf(document['hook'])?.toLowerCase()
  const hook = named === 'all' ? named : hookNames.find((known) => known === named)
  if (uri === undefined || hook === undefined) return undefined
  const { type, action, ...customData } = fieldsOf(document['custom_data'])
  const verb = textOf(document['http_verb'])?.toLowerCase() ?? 'post'
  return {
    id: document.id,
    accountId,
    name: textOf(document['name']) ?? document.id,
    uri,
    hook,
    isEnabled: document['enabled'] !== false,
    method: verb === 'get' || verb === 'put' ? methods[verb] : 'POST',
    isJson: document['format'] === 'json',
    retries: attemptsOf(document['retries']),
    hasSubaccounts: document['include_subaccounts'] === true,
    hasInternalLegs: document['include_internal_legs'] !== false,
    customData,
    type: chosen(type),
    action: chosen(action),
    headers: headersOf(document['custom_request_headers']),
    secret: textOf(fieldsOf(document['security_settings'])['sha256_key']),
    isV2: document['version'] === 'v2',
  }
}

/** @source KAZOO webhooks_init: between 1 and 5 */
function attemptsOf(value: unknown): number {
  const number = typeof value === 'number' || typeof value === 'string' ? Math.round(Number(value)) : usualRetries
  return Number.isNaN(number) ? usualRetries : Math.min(Math.max(number, 1), 5)
}

const headersOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([name, one]): [string, string][] =>
      typeof one === 'string' && !ownHeaders.test(name) ? [[name.toLowerCase(), one]] : [],
    ),
  )
