import { allows } from '../../access/index.ts'
import type { KeptDocument } from '../../documents/index.ts'
import { toGregorian } from '../paging.ts'
import type { Principal } from '../../access/index.ts'
import type { CollectionRules } from './collection.ts'
import { publicFields } from './keep.ts'
import { valueAt, without, type Json } from './merge.ts'

/**
 * A document as it is told: what was kept, with its id and, under `_read_only`, our bookkeeping.
 *
 * @source KAZOO crossbar_doc: public fields and metadata
 */
export function shown(rules: CollectionRules, kept: KeptDocument, { scopes }: Principal): Json {
  const { hidden = [], guarded = [] } = rules
  const untold = allows(scopes, 'admin') ? hidden : [...hidden, ...guarded]
  return {
    ...untold.reduce(without, publicFields(kept.document)),
    id: kept.id,
    _read_only: { created: toGregorian(kept.createdAt), modified: toGregorian(kept.modifiedAt) },
  }
}

/** A document as lists tell it: the fields of KAZOO's listing, or those that were asked for. */
export function summaryOf(
  rules: CollectionRules,
  kept: KeptDocument,
  principal: Principal,
  fields: readonly string[] | undefined,
): Json {
  const document = shown(rules, kept, principal)
  const wanted = fields === undefined ? Object.entries(rules.listed) : fields.map((field) => [field, field] as const)
  const told = wanted.flatMap(([name, path]) => {
    const value = valueAt(document, path)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { id: kept.id, ...Object.fromEntries(told) }
}
