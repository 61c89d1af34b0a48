import type { Call } from '../call/index.ts'
import type { Callflows, Documents, FoundFlow } from './documents.ts'

/** `documents` as `call` reads them: what it read can be told when the call is to be made again. */
export function notedDocuments(documents: Documents, call: Call): Documents {
  return {
    async get(accountId, collection, id) {
      const document = await documents.get(accountId, collection, id)
      call.note({ type: 'document.read', collection, id, document })
      return document
    },
    list: (accountId, collection) => documents.list(accountId, collection),
    save: (accountId, collection, document) => documents.save(accountId, collection, document),
  }
}

/** `callflows` as `call` looks them up. */
export function notedCallflows(callflows: Callflows, call: Call): Callflows {
  const noted = (by: { readonly number: string } | { readonly id: string }, found: FoundFlow | undefined) => {
    call.note({ type: 'callflow.read', ...found, ...by })
    return found
  }
  return {
    find: async (accountId, number) => noted({ number }, await callflows.find(accountId, number)),
    get: async (accountId, id) => noted({ id }, await callflows.get(accountId, id)),
  }
}
