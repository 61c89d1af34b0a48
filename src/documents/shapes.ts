import { Ajv, type ValidateFunction } from 'ajv'
import { IANAZone } from 'luxon'
import type { Collection } from '../callflow/index.ts'
import { documentSchema } from './schemas/index.ts'

const ajv = new Ajv({ coerceTypes: true, strict: false })
ajv.addFormat('timezone', (zone: string) => IANAZone.isValidZone(zone))

const checks = new Map<Collection, ValidateFunction>()

/** What only says how a document is called, or is understood without: in a folder it may be left out. */
const labels: ReadonlySet<string> = new Set(['name', 'first_name', 'last_name', 'mailbox', 'gateways', 'endpoints'])

export interface ShapeProblem {
  /** A JSON pointer into the document. */
  readonly at: string
  readonly problem: string
}

/** What is wrong with a document. Numbers that should be texts, as YAML reads them, are made texts in place. */
export function shapeProblem(collection: Collection, document: unknown): ShapeProblem | undefined {
  const check = checkOf(collection)
  if (check(document)) return undefined
  const [error] = check.errors ?? []
  return { at: error?.instancePath ?? '', problem: error?.message ?? 'is wrong' }
}

function checkOf(collection: Collection): ValidateFunction {
  const known = checks.get(collection)
  if (known !== undefined) return known
  const schema = documentSchema(collection)
  const required: readonly string[] = 'required' in schema ? schema.required : []
  const check = ajv.compile({ ...schema, required: [...required.filter((key) => !labels.has(key)), 'id'] })
  checks.set(collection, check)
  return check
}
