import type { Flow } from './flow.ts'

/** The KAZOO collections that documents live in. */
export const collections = [
  'accounts',
  'callflows',
  'devices',
  'users',
  'media',
  'menus',
  'vmboxes',
  'conferences',
  'temporal_rules',
  'temporal_rules_sets',
  'groups',
  'lists',
  'directories',
  'messages',
  'presence',
  'resources',
  'webhooks',
] as const

export type Collection = (typeof collections)[number]

export type Document = Readonly<Record<string, unknown>> & { readonly id: string }

/** The documents of accounts. Reads are cheap (a cache answers); what is read must not be changed. */
export interface Documents {
  get(accountId: string, collection: Collection, id: string): Promise<Document | undefined>
  list(accountId: string, collection: Collection): Promise<readonly Document[]>
  /** Replaces or adds the document. */
  save(accountId: string, collection: Collection, document: Document): Promise<void>
}

/** A callflow that answers a number. */
export interface FoundFlow {
  readonly id: string
  readonly name: string | undefined
  readonly flow: Flow
  /** It was found as the flow for numbers that no other flow has. */
  readonly isNoMatch: boolean
  /** The longest text that the pattern's groups captured. */
  readonly captureGroup: string | undefined
  readonly captureGroups: Readonly<Record<string, string>>
}

/** Which callflow answers a number, as dialled or normalized. */
export interface Callflows {
  find(accountId: string, number: string): Promise<FoundFlow | undefined>
  get(accountId: string, id: string): Promise<FoundFlow | undefined>
}
