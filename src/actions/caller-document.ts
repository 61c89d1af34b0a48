import type { Collection, Document, Documents } from '../callflow/index.ts'
import { notedDocuments, type ActionContext } from '../callflow/index.ts'
import { fieldsOf, textOf } from '../base/index.ts'

/** A device or a user, as it is stored. */
export interface SettingsDocument {
  readonly collection: Collection
  readonly document: Document
}

/**
 * Whose settings a feature code of the calling phone changes: those of the phone's owner, else the phone's own. Undefined
 * for callers who are no phone of the account.
 */
export async function callerDocument(
  { call }: ActionContext,
  documents: Documents,
): Promise<SettingsDocument | undefined> {
  const { authorizingId, authorizingType } = call.caller
  if (authorizingId === undefined || authorizingType !== 'device') return undefined
  const device = await find(authorizingId, ['devices'], call.account.id, notedDocuments(documents, call))
  const owner = textOf(device?.document['owner_id'])
  if (owner === undefined) return device
  return (await find(owner, ['users'], call.account.id, notedDocuments(documents, call))) ?? device
}

/** The device or the user of an id. */
export const documentById = (
  id: string,
  { call }: ActionContext,
  documents: Documents,
): Promise<SettingsDocument | undefined> =>
  find(id, ['devices', 'users'], call.account.id, notedDocuments(documents, call))

async function find(
  id: string,
  collections: readonly Collection[],
  accountId: string,
  documents: Documents,
): Promise<SettingsDocument | undefined> {
  for (const collection of collections) {
    const document = await documents.get(accountId, collection, id)
    if (document !== undefined) return { collection, document }
  }
  return undefined
}

/** Changes fields of one of its settings and keeps it. @returns it as it is now */
export async function changeSetting(
  { collection, document }: SettingsDocument,
  key: string,
  fields: Readonly<Record<string, unknown>>,
  { call }: ActionContext,
  documents: Documents,
): Promise<SettingsDocument> {
  const changed = { ...document, [key]: { ...fieldsOf(document[key]), ...fields } }
  await documents.save(call.account.id, collection, changed)
  return { collection, document: changed }
}
