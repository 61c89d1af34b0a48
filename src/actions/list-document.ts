import { fieldsOf, integerOf, isFailure, listOf, safeRegex, textOf } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'

/** An entry of a list: a number, what numbers begin with, or a pattern of numbers, and what is known of whoever has it. */
export interface ListEntry {
  /** What it is called in the list; empty when it has no name there. */
  readonly key: string
  /** A number, or what numbers begin with. */
  readonly prefix: string | undefined
  readonly pattern: string | undefined
  readonly displayName: string | undefined
  readonly name: string | undefined
  readonly number: string | undefined
  readonly captureKey: string | undefined
  readonly captureLength: number | undefined
}

const mostEntries = 10_000

/** The entries of a list document. @source KAZOO schemas lists, list_entries; kzd_list_items.erl */
export function listEntries(document: Document | undefined): readonly ListEntry[] {
  const entries = document?.['entries']
  const named = Array.isArray(entries)
    ? listOf(entries).map((entry): [string, unknown] => ['', entry])
    : Object.entries(fieldsOf(entries))
  return named.slice(0, mostEntries).map(([key, value]) => {
    const entry = fieldsOf(value)
    const text = (...names: readonly string[]): string | undefined =>
      names.map((name) => textOf(entry[name])).find((one) => one !== undefined)
    return {
      key,
      prefix: text('number', 'prefix'),
      pattern: text('regexp', 'pattern', 'regex'),
      displayName: text('displayname', 'name', 'cid_name'),
      name: text('name', 'displayname', 'cid_name'),
      number: text('number'),
      captureKey: text('capture_group_key'),
      captureLength: integerOf(entry['capture_group_length']),
    }
  })
}

/** A number as the entries of lists are compared with: without its plus. */
export const withoutPlus = (number: string): string => number.replace(/^\+/, '')

export const beginsWith = (number: string, { prefix }: ListEntry): boolean =>
  prefix !== undefined && withoutPlus(number).startsWith(withoutPlus(prefix))

/** A pattern that cannot be run fits nothing. */
export function fitsPattern(number: string, { pattern }: ListEntry): boolean {
  if (pattern === undefined) return false
  try {
    const regex = safeRegex(pattern)
    return regex.test(number) || regex.test(withoutPlus(number))
  } catch (error) {
    if (isFailure(error, 'NUMBER_PATTERN_INVALID')) return false
    throw error
  }
}
