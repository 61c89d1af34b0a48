import { createHash } from 'node:crypto'
import { isFailure, type Log } from '../base/index.ts'
import { collections, type Collection, type Document } from '../callflow/index.ts'
import { isObject, textOf } from './fields.ts'
import { privateFields, publicDocument } from './private-fields.ts'
import type { DocumentStore, KeptDocument } from './store.ts'

/** A document and whose it is. Accounts have themselves. */
export interface DocumentEntry {
  readonly accountId: string
  readonly collection: Collection
  readonly document: Document
}

export interface ImportOptions {
  /** Where the documents come from: a folder, or `demo`. */
  readonly from: string
  readonly log: Log
}

export interface Imported {
  readonly created: number
  readonly replaced: number
  readonly removed: number
}

/** What is written into a kept document (`pvt_import`): where it came from, and the hash of what it was then. */
interface Origin {
  readonly from: string
  readonly hash: string
}

/** What comes from here is made anew at each start: it never replaces what somebody has edited. */
const demo = 'demo'

/**
 * Brings documents into the store at start. One that has not changed where it comes from since the last time is left
 * alone, so that edits by the API survive a restart; one that has changed wins. What is no longer where it came from
 * is removed, unless it has been edited; so are the demo's documents when there is something else.
 *
 * @param store the one that keeps private fields
 */
export async function importDocuments(
  entries: readonly DocumentEntry[],
  store: DocumentStore,
  options: ImportOptions,
): Promise<Imported> {
  const done = { created: 0, replaced: 0, removed: 0 }
  for (const entry of entries) {
    const how = await importOne(entry, store, options)
    if (how !== undefined) done[how]++
  }
  done.removed = await removeMissing(entries, store, options)
  options.log.info('documents.imported', { from: options.from, documents: entries.length, ...done })
  return done
}

async function importOne(
  { accountId, collection, document }: DocumentEntry,
  store: DocumentStore,
  { from, log }: ImportOptions,
): Promise<'created' | 'replaced' | undefined> {
  const hash = hashOf(document)
  const before = await store.find(accountId, collection, document.id)
  const origin = before && originOf(before)
  if (origin?.from === from && origin.hash === hash) return undefined
  const isEdited = before !== undefined && hashOf(publicDocument(before.document)) !== origin?.hash
  const fields = { accountId, collection, id: document.id }
  if (isEdited && from === demo) return undefined
  if (isEdited) log.warn('documents.edits-replaced', { ...fields, from })
  await store.put(accountId, collection, { ...publicDocument(document), pvt_import: { from, hash } satisfies Origin })
  return before === undefined ? 'created' : 'replaced'
}

async function removeMissing(
  entries: readonly DocumentEntry[],
  store: DocumentStore,
  { from, log }: ImportOptions,
): Promise<number> {
  const present = new Set(entries.map(({ accountId, collection, document }) => keyOf(accountId, collection, document)))
  let removed = 0
  for (const account of await store.accounts()) {
    for (const collection of collections) {
      // An account may have come to have other things than its documents: it is never removed unasked.
      if (collection === 'accounts') continue
      for (const kept of await store.list(account.id, collection)) {
        const origin = originOf(kept)
        if (origin === undefined || (origin.from !== from && origin.from !== demo)) continue
        if (present.has(keyOf(account.id, collection, kept.document))) continue
        const fields = { accountId: account.id, collection, id: kept.id }
        if (hashOf(publicDocument(kept.document)) !== origin.hash) log.info('documents.edited-kept', fields)
        else if (await removeUnchanged(store, kept)) removed++
      }
    }
  }
  return removed
}

/** @returns false when somebody else has changed or removed it */
async function removeUnchanged(store: DocumentStore, kept: KeptDocument): Promise<boolean> {
  const { accountId, collection, id, revision } = kept
  try {
    await store.remove(accountId, collection, id, revision)
    return true
  } catch (error) {
    if (isFailure(error, 'DOCUMENT_CONFLICT') || isFailure(error, 'DOCUMENT_NOT_FOUND')) return false
    throw error
  }
}

function originOf({ document }: KeptDocument): Origin | undefined {
  const origin = privateFields(document)['pvt_import']
  const from = isObject(origin) ? textOf(origin['from']) : undefined
  const hash = isObject(origin) ? textOf(origin['hash']) : undefined
  return from === undefined || hash === undefined ? undefined : { from, hash }
}

const keyOf = (accountId: string, collection: Collection, { id }: Document): string =>
  `${accountId}/${collection}/${id}`

/** The same for the same content, however its keys are ordered: databases have their own order. */
const hashOf = (document: Document): string =>
  createHash('sha256')
    .update(JSON.stringify(document, (_, value: unknown) => (isObject(value) ? sorted(value) : value)))
    .digest('hex')

const sorted = (value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
