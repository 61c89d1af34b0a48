import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { TObject } from 'typebox'
import type { Action } from './action.ts'
import type { Flow } from './flow.ts'

export interface Registered {
  readonly action: Action
  /** Converts, fills in defaults in place, and says what is wrong. */
  readonly check: (data: Record<string, unknown>) => readonly ErrorObject[]
  /** The data of a node as the action takes them, or what is wrong. Done once per node: a flow never changes. */
  readonly read: (node: Flow) => ReadData
}

export interface ReadData {
  readonly data: Record<string, unknown>
  readonly problem: ErrorObject | undefined
}

/** The actions a callflow may use, by module name. */
export interface Registry {
  get(module: string): Registered | undefined
  readonly actions: readonly Action[]
}

/**
 * Compiles the schemas of `actions` once. Numbers and booleans written as strings are converted, as KAZOO's own
 * examples need it (docs/compatibility.md#json).
 */
export function newRegistry(actions: readonly Action[]): Registry {
  const byModule = new Map<string, Registered>()
  for (const action of actions) {
    const validate = compiled(action.data)
    const check = (data: Record<string, unknown>): readonly ErrorObject[] =>
      validate(data) ? [] : [...(validate.errors ?? [])]
    const registered = { action, check, read: readOnce(check) }
    for (const name of [action.module, ...(action.aliases ?? [])]) byModule.set(name, registered)
  }
  return { get: (module) => byModule.get(module), actions }
}

function readOnce(check: Registered['check']): Registered['read'] {
  const known = new WeakMap<Flow, ReadData>()
  return (node) => {
    const before = known.get(node)
    if (before !== undefined) return before
    const data = structuredClone(node.data)
    const [problem] = check(data)
    const read = { data, problem }
    known.set(node, read)
    return read
  }
}

const ajv = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, strict: false, verbose: true })
const validators = new Map<string, ValidateFunction>()

/** Compiling a schema takes milliseconds: schemas with the same text share the work, whoever builds a registry. */
function compiled(schema: TObject): ValidateFunction {
  const text = JSON.stringify(schema)
  const validate = validators.get(text) ?? ajv.compile(schema)
  validators.set(text, validate)
  return validate
}
