import type { Collection, Document } from '../callflow/index.ts'
import type { DocumentStore, KeptDocument } from './store.ts'

/** KAZOO's prefix of fields that nobody outside reads or writes (`kz_doc:public_fields`). */
const prefix = 'pvt_'

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (document: Document, isPrivate: boolean): Fields =>
  Object.fromEntries(Object.entries(document).filter(([key]) => key.startsWith(prefix) === isPrivate))

/** Our own bookkeeping of a document. */
export const privateFields = (document: Document): Fields => fieldsOf(document, true)

/** The document without our own bookkeeping. */
export const publicDocument = (document: Document): Document => ({ ...fieldsOf(document, false), id: document.id })

/**
 * `store` as everybody but the import sees it: fields that begin with `pvt_` are left out of what is read, cannot be
 * written, and stay as they are when the document is replaced.
 */
export function hidingPrivate(store: DocumentStore): DocumentStore {
  const shown = (kept: KeptDocument): KeptDocument =>
    Object.keys(kept.document).some((key) => key.startsWith(prefix))
      ? { ...kept, document: publicDocument(kept.document) }
      : kept
  const withPrivate = async (accountId: string, collection: Collection, document: Document): Promise<Document> => {
    const before = await store.find(accountId, collection, document.id)
    return { ...publicDocument(document), ...(before === undefined ? {} : privateFields(before.document)) }
  }
  return {
    async find(accountId, collection, id) {
      const kept = await store.find(accountId, collection, id)
      return kept && shown(kept)
    },
    list: async (accountId, collection, page) => (await store.list(accountId, collection, page)).map(shown),
    count: (accountId, collection) => store.count(accountId, collection),
    accounts: async () => (await store.accounts()).map(shown),
    create: async (accountId, collection, document) =>
      shown(await store.create(accountId, collection, publicDocument(document))),
    replace: async (accountId, collection, document, revision) =>
      shown(await store.replace(accountId, collection, await withPrivate(accountId, collection, document), revision)),
    put: async (accountId, collection, document) =>
      shown(await store.put(accountId, collection, await withPrivate(accountId, collection, document))),
    remove: async (accountId, collection, id, revision) =>
      shown(await store.remove(accountId, collection, id, revision)),
    removeAccount: (accountId) => store.removeAccount(accountId),
    onChange: (listener) => store.onChange(listener),
  }
}
