import type { Collection, Document, Documents } from '../callflow/index.ts'
import { notedDocuments, type ActionContext } from '../callflow/index.ts'
import { ownerOf } from '../endpoints/index.ts'
import { fieldsOf } from '../base/index.ts'

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
  context: Pick<ActionContext, 'call'>,
  documents: Documents,
): Promise<SettingsDocument | undefined> {
  return (await callerUser(context, documents)) ?? callerDevice(context, documents)
}

/** The phone that calls itself. */
export async function callerDevice(
  { call }: Pick<ActionContext, 'call'>,
  documents: Documents,
): Promise<SettingsDocument | undefined> {
  const { authorizingId, authorizingType } = call.caller
  if (authorizingId === undefined || authorizingType !== 'device') return undefined
  return find(authorizingId, ['devices'], call.account.id, notedDocuments(documents, call))
}

/** The user that the calling phone belongs to, or who is logged in at it. */
export async function callerUser(
  context: Pick<ActionContext, 'call'>,
  documents: Documents,
): Promise<SettingsDocument | undefined> {
  const device = await callerDevice(context, documents)
  const owner = device === undefined ? undefined : ownerOf(device.document)
  if (owner === undefined) return undefined
  return find(owner, ['users'], context.call.account.id, notedDocuments(documents, context.call))
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
  { call }: Pick<ActionContext, 'call'>,
  documents: Documents,
): Promise<SettingsDocument> {
  const changed = { ...document, [key]: { ...fieldsOf(document[key]), ...fields } }
  await documents.save(call.account.id, collection, changed)
  return { collection, document: changed }
}
