import type { TObject } from 'typebox'
import type { Collection, Document } from '../../callflow/index.ts'
import { documentSchema, type KeptDocument } from '../../documents/index.ts'
import type { ApiProblem } from '../errors.ts'
import type { ApiPorts } from '../ports.ts'
import type { Json } from './merge.ts'

/** A document that somebody wants kept, before it is. */
export interface Draft {
  readonly accountId: string
  readonly document: Document
  /** What it takes the place of; undefined when it is new. */
  readonly before: KeptDocument | undefined
  readonly ports: ApiPorts
}

/** What sets a collection apart from the others. */
export interface CollectionRules {
  readonly collection: Collection
  /** One of them, for people: `callflow`. */
  readonly one: string
  /** What its documents must be; default: what the room of documents says. */
  readonly schema?: TObject
  /** The KAZOO module whose behaviour it follows. */
  readonly source: string
  /** What a list tells of each, besides its id: names, or paths with the name they are told by. */
  readonly listed: Readonly<Record<string, string>>
  /** Paths that are told to nobody. */
  readonly hidden?: readonly string[]
  /** Paths that are only told to those who may change them. */
  readonly guarded?: readonly string[]
  /** Makes what is kept of what was sent: normalized numbers, hashed passwords. @throws API_INVALID */
  prepare?(draft: Draft): Promise<Document>
  /** What is wrong with it, beyond its schema. */
  problems?(draft: Draft): Promise<readonly ApiProblem[]>
  /** When one has been removed. */
  removed?(kept: KeptDocument, ports: ApiPorts): Promise<void>
  /** What goes on now with its documents, or without any. */
  readonly live?: LiveRules
  /** For the documentation, and what a test creates. */
  readonly example: Json
}

/** What of a collection is told under `_read_only`, beside our bookkeeping. */
export interface LiveRules {
  /** Of those in a list by their ids, whether anything goes on with them or not. */
  summaries(accountId: string, ports: ApiPorts): (id: string) => Json
  /** Of one by itself. */
  details(accountId: string, id: string, ports: ApiPorts): Json
  goesOn(accountId: string, id: string, ports: ApiPorts): boolean
  /** Which go on; some have no document. */
  ids(accountId: string, ports: ApiPorts): readonly string[]
}

export const defineCollection = (rules: CollectionRules): CollectionRules => rules

/** What the documents of a collection must be. Fields that it does not name are kept as they come. */
export const schemaOfCollection = ({ collection, schema }: CollectionRules): TObject =>
  schema ?? documentSchema(collection)

/** The first other document of the collection that `isSame` holds for. */
export async function twinOf(
  { accountId, document, ports }: Draft,
  collection: Collection,
  isSame: (other: Document) => boolean,
): Promise<KeptDocument | undefined> {
  const others = await ports.documents.list(accountId, collection)
  return others.find((other) => other.id !== document.id && isSame(other.document))
}
