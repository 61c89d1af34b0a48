import { Type } from 'typebox'
import { fieldsOf, Failure, isFailure } from '../../base/index.ts'
import type { KeptDocument } from '../../documents/index.ts'
import type { ApiPorts } from '../ports.ts'
import { accountParams, defineRoute, type Asked, type DataAnswer, type Route } from '../route.ts'
import { schemaOfCollection, type CollectionRules } from './collection.ts'
import { create, found, patch, remove, replace, type Target } from './keep.ts'
import { listed, ListQuery } from './list.ts'
import type { Json } from './merge.ts'
import { shown } from './show.ts'

/** Any object: what is in it is checked with the schema of its collection. */
export const AnyObject = Type.Unsafe<Json>({ type: 'object' })

const Summaries = Type.Array(Type.Object({ id: Type.String() }))

/** What a collection can be asked for: its list, and each of its documents. */
export function collectionRoutes(rules: CollectionRules): readonly Route[] {
  const { collection, one, source, example } = rules
  const url = `/v2/accounts/:accountId/${collection}`
  const answer = schemaOfCollection(rules)
  const document = Type.Unsafe<Json>(answer)
  return [
    defineRoute({
      method: 'GET',
      url,
      summary: `The ${collection} of an account.`,
      source,
      scope: 'read',
      params: accountParams(),
      query: ListQuery,
      answer: Summaries,
      run: (asked, ports) => listed(rules, ports, asked),
    }),
    defineRoute({
      method: 'PUT',
      url,
      summary: `Adds a ${one}.`,
      source,
      scope: 'admin',
      params: accountParams(),
      body: AnyObject,
      answer,
      example,
      run: async (asked, ports) =>
        told(rules, asked, await create(rules, ports, { accountId: asked.accountId, sent: asked.body })),
    }),
    ...documentRoutes(rules, document),
  ]
}

function documentRoutes(rules: CollectionRules, answer: ReturnType<typeof Type.Unsafe<Json>>): readonly Route[] {
  const { collection, one: name, source, example } = rules
  const url = `/v2/accounts/:accountId/${collection}/:id`
  return [
    defineRoute({
      method: 'GET',
      url,
      summary: `A ${name}.`,
      source,
      scope: 'read',
      params: accountParams('id'),
      answer,
      run: (asked, ports) => one(rules, asked, ports),
    }),
    defineRoute({
      method: 'POST',
      url,
      summary: `Replaces a ${name}.`,
      source,
      scope: 'admin',
      params: accountParams('id'),
      body: AnyObject,
      answer,
      example,
      run: async (asked, ports) =>
        told(rules, asked, await asWanted(asked, (target) => replace(rules, ports, { ...target, sent: asked.body }))),
    }),
    defineRoute({
      method: 'PATCH',
      url,
      summary: `Changes fields of a ${name}: objects are merged, null removes.`,
      source,
      scope: 'admin',
      params: accountParams('id'),
      body: AnyObject,
      answer,
      run: async (asked, ports) =>
        told(rules, asked, await asWanted(asked, (target) => patch(rules, ports, { ...target, sent: asked.body }))),
    }),
    defineRoute({
      method: 'DELETE',
      url,
      summary: `Removes a ${name}.`,
      source,
      scope: 'admin',
      params: accountParams('id'),
      answer,
      run: async (asked, ports) => told(rules, asked, await asWanted(asked, (target) => remove(rules, ports, target))),
    }),
  ]
}

/** A document with what goes on with it; what goes on without a document is told alone. @throws DOCUMENT_NOT_FOUND */
async function one(
  rules: CollectionRules,
  asked: Pick<Asked<{ readonly id: string }>, 'accountId' | 'params' | 'principal'>,
  ports: ApiPorts,
): Promise<DataAnswer> {
  const { accountId, params } = asked
  const { id } = params
  const { live } = rules
  if (live === undefined) return told(rules, asked, await found(ports, rules, { accountId, id }))
  const kept = await ports.documents.find(accountId, rules.collection, id)
  if (kept === undefined) {
    if (!live.goesOn(accountId, id, ports))
      throw new Failure('DOCUMENT_NOT_FOUND', { collection: rules.collection, id })
    return { data: { id, _read_only: live.details(accountId, id, ports) } }
  }
  const document = shown(rules, kept, asked.principal)
  const readOnly = { ...fieldsOf(document['_read_only']), ...live.details(accountId, id, ports) }
  return { data: { ...document, _read_only: readOnly }, revision: kept.revision }
}

export const told = (
  rules: CollectionRules,
  { principal }: Pick<Asked, 'principal'>,
  kept: KeptDocument,
): DataAnswer => ({
  data: shown(rules, kept, principal),
  revision: kept.revision,
})

/**
 * Does `work` on the document that is meant, if it is still the one that `If-Match` says (RFC 9110 section 13.1.1).
 *
 * @throws whatever `work` throws, and API_PRECONDITION instead of a conflict with what `If-Match` said
 */
export async function asWanted<T>(
  { accountId, params, header }: Pick<Asked<{ readonly id: string }>, 'accountId' | 'params' | 'header'>,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const revision = revisionOf(header('if-match'))
  try {
    return await work({ accountId, id: params.id, revision })
  } catch (error) {
    if (revision === undefined || !isFailure(error, 'DOCUMENT_CONFLICT')) throw error
    throw new Failure('API_PRECONDITION', { revision: error.details.revision }, { cause: error })
  }
}

/** The revision that an entity tag names; undefined for none and for any (`*`). */
function revisionOf(tag: string | undefined): string | undefined {
  const named = /^(?:W\/)?"([^"]*)"$/.exec(tag?.trim() ?? '')?.[1] ?? tag?.trim()
  return named === undefined || named === '' || named === '*' ? undefined : named
}
