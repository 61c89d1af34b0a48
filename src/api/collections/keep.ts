import { Failure, isFailure, newId } from '../../base/index.ts'
import type { Document } from '../../callflow/index.ts'
import type { KeptDocument } from '../../documents/index.ts'
import { problemAt, problemsOf, refuse } from '../check.ts'
import type { ApiPorts } from '../ports.ts'
import { schemaOfCollection, type CollectionRules, type Draft } from './collection.ts'
import { merged, textOf, type Json } from './merge.ts'
import { Turns } from './turns.ts'

const idForm = /^[A-Za-z0-9][A-Za-z0-9._~@:+%/-]{0,127}$/
const mostTimes = 3
const turns = new WeakMap<object, Turns>()

/** Which document is meant, and what it must still be. */
export interface Target {
  readonly accountId: string
  readonly id: string
  /** Undefined: whatever it is. */
  readonly revision: string | undefined
}

/** KAZOO's prefix of fields that nobody outside reads or writes (`kz_doc:public_fields`). */
const isPrivate = (key: string): boolean => key.startsWith('pvt_')

/** What whoever asks may not write: our bookkeeping. */
const isOurs = (key: string): boolean => isPrivate(key) || key.startsWith('_') || key === 'metadata'

const fieldsOf = (document: Json, isWanted: (key: string) => boolean): Json =>
  Object.fromEntries(Object.entries(document).filter(([key]) => isWanted(key)))

export const publicFields = (document: Json): Json => fieldsOf(document, (key) => !isOurs(key))
const privateFields = (document: Json): Json => fieldsOf(document, isPrivate)

/** @throws DOCUMENT_NOT_FOUND */
export async function found(
  { documents }: ApiPorts,
  { collection }: Pick<CollectionRules, 'collection'>,
  { accountId, id }: Pick<Target, 'accountId' | 'id'>,
): Promise<KeptDocument> {
  const kept = await documents.find(accountId, collection, id)
  if (kept === undefined) throw new Failure('DOCUMENT_NOT_FOUND', { collection, id })
  return kept
}

const inTurn = <T>({ collection }: CollectionRules, ports: ApiPorts, accountId: string, work: () => Promise<T>) => {
  const ours = turns.get(ports) ?? new Turns()
  turns.set(ports, ours)
  // Names of accounts are theirs among all accounts.
  return ours.take(collection === 'accounts' ? collection : `${collection}/${accountId}`, work)
}

/** What is to be kept, when nothing is wrong with it. @throws API_INVALID */
async function checked(rules: CollectionRules, draft: Draft): Promise<Document> {
  const inSchema = problemsOf(schemaOfCollection(rules), draft.document)
  // What does not fit the schema is not looked into any further.
  refuse(inSchema.length > 0 ? inSchema : ((await rules.problems?.(draft)) ?? []))
  return (await rules.prepare?.(draft)) ?? draft.document
}

/**
 * Keeps a new document. Its id is the one that was sent, else a new one.
 *
 * @param own private fields to keep with it
 * @throws API_INVALID · DOCUMENT_EXISTS
 */
export function create(
  rules: CollectionRules,
  ports: ApiPorts,
  { accountId, sent, own = {} }: { readonly accountId: string; readonly sent: Json; readonly own?: Json },
): Promise<KeptDocument> {
  return inTurn(rules, ports, accountId, async () => {
    const id = textOf(sent['id']) ?? textOf(sent['_id']) ?? newId()
    if (!idForm.test(id)) refuse([problemAt('/id', 'pattern', 'is no id', id)])
    const owner = rules.collection === 'accounts' ? id : accountId
    const document = { ...publicFields(sent), ...own, id }
    const draft = { accountId: owner, document, before: undefined, ports }
    return ports.documents.create(owner, rules.collection, await checked(rules, draft))
  })
}

/** @throws API_INVALID · DOCUMENT_NOT_FOUND · DOCUMENT_CONFLICT */
export function replace(
  rules: CollectionRules,
  ports: ApiPorts,
  { accountId, id, revision, sent }: Target & { readonly sent: Json },
): Promise<KeptDocument> {
  return inTurn(rules, ports, accountId, async () => {
    const before = await found(ports, rules, { accountId, id })
    const document = { ...publicFields(sent), ...privateFields(before.document), id }
    const draft = { accountId, document, before, ports }
    return ports.documents.replace(accountId, rules.collection, await checked(rules, draft), revision)
  })
}

/**
 * Keeps what `changed` makes of the document. When another process was faster, what that has written is changed.
 *
 * @throws API_INVALID · DOCUMENT_NOT_FOUND · DOCUMENT_CONFLICT
 */
export function change(
  rules: CollectionRules,
  ports: ApiPorts,
  { accountId, id, revision }: Target,
  changed: (document: Document) => Json,
): Promise<KeptDocument> {
  const once = async (): Promise<KeptDocument> => {
    const before = await found(ports, rules, { accountId, id })
    const document = { ...publicFields(changed(before.document)), ...privateFields(before.document), id }
    const draft = { accountId, document, before, ports }
    const wanted = await checked(rules, draft)
    return ports.documents.replace(accountId, rules.collection, wanted, revision ?? before.revision)
  }
  return inTurn(rules, ports, accountId, async () => {
    for (let time = 1; ; time++) {
      try {
        return await once()
      } catch (error) {
        if (!isFailure(error, 'DOCUMENT_CONFLICT') || revision !== undefined || time === mostTimes) throw error
      }
    }
  })
}

/** {@link change} by merging: see merge.ts. */
export const patch = (rules: CollectionRules, ports: ApiPorts, { sent, ...target }: Target & { readonly sent: Json }) =>
  change(rules, ports, target, (document) => merged(document, publicFields(sent)))

/** @throws DOCUMENT_NOT_FOUND · DOCUMENT_CONFLICT */
export function remove(
  rules: CollectionRules,
  ports: ApiPorts,
  { accountId, id, revision }: Target,
): Promise<KeptDocument> {
  return inTurn(rules, ports, accountId, async () => {
    if (rules.collection !== 'accounts') {
      const kept = await ports.documents.remove(accountId, rules.collection, id, revision)
      await rules.removed?.(kept, ports)
      return kept
    }
    const account = await found(ports, rules, { accountId, id })
    if (revision !== undefined && revision !== account.revision) {
      throw new Failure('DOCUMENT_CONFLICT', { collection: rules.collection, id, revision: account.revision })
    }
    await ports.documents.removeAccount(accountId)
    await rules.removed?.(account, ports)
    return account
  })
}
