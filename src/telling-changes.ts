import type { DocumentChange, DocumentStore, KeptDocument } from './documents/index.ts'

/** `store`, whose changes through here are told to `onChanged` before they are done: once, where they are made. */
export function tellingChanges(
  store: DocumentStore,
  onChanged: (change: DocumentChange) => Promise<void>,
): DocumentStore {
  const told = async (how: DocumentChange['how'], kept: KeptDocument): Promise<KeptDocument> => {
    const { accountId, collection, id } = kept
    await onChanged({ accountId, collection, id, how })
    return kept
  }
  return {
    find: (accountId, collection, id) => store.find(accountId, collection, id),
    list: (accountId, collection, page) => store.list(accountId, collection, page),
    count: (accountId, collection) => store.count(accountId, collection),
    accounts: () => store.accounts(),
    onChange: (listener) => store.onChange(listener),
    create: async (...to) => told('created', await store.create(...to)),
    replace: async (...to) => told('edited', await store.replace(...to)),
    put: async (accountId, collection, document) => {
      const isNew = (await store.find(accountId, collection, document.id)) === undefined
      return told(isNew ? 'created' : 'edited', await store.put(accountId, collection, document))
    },
    remove: async (...from) => told('deleted', await store.remove(...from)),
    removeAccount: (accountId) => store.removeAccount(accountId),
  }
}
