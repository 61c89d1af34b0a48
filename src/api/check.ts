import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { IANAZone } from 'luxon'
import type { TSchema } from 'typebox'
import { Failure } from '../base/index.ts'
import type { ApiProblem } from './errors.ts'

const mostProblems = 50

/** Numbers and booleans written as texts are converted, as KAZOO does it (`maybe_fix_js_types`). */
const ajv = new Ajv({
  allErrors: true,
  coerceTypes: true,
  useDefaults: true,
  strict: false,
  verbose: true,
  logger: false,
})
ajv.addFormat('uri', (text: string) => URL.canParse(text))
ajv.addFormat('timezone', (zone: string) => IANAZone.isValidZone(zone))

const validators = new WeakMap<TSchema, ValidateFunction>()

/** What is wrong with `value`, which is converted and filled in in place. */
export function problemsOf(schema: TSchema, value: unknown, at = ''): readonly ApiProblem[] {
  const validate = validators.get(schema) ?? ajv.compile(schema)
  validators.set(schema, validate)
  if (validate(value)) return []
  return (validate.errors ?? []).slice(0, mostProblems).map((error) => problemOf(error, at))
}

/** @throws API_INVALID */
export function check(schema: TSchema, value: unknown, at = ''): void {
  refuse(problemsOf(schema, value, at))
}

/** @throws API_INVALID unless there are no problems */
export function refuse(problems: readonly ApiProblem[]): void {
  if (problems.length > 0) throw new Failure('API_INVALID', { problems })
}

/** One problem at a field. */
export const problemAt = (at: string, rule: string, problem: string, value?: unknown): ApiProblem => ({
  at,
  rule,
  problem,
  ...(value === undefined ? {} : { value }),
})

function problemOf({ keyword, instancePath, message = 'is wrong', params, data }: ErrorObject, at: string): ApiProblem {
  const given: Record<string, unknown> = params
  const missing = given['missingProperty']
  if (keyword === 'required' && typeof missing === 'string') {
    return problemAt(`${at}${instancePath}/${pointer(missing)}`, 'required', 'Field is required but missing')
  }
  const values = given['allowedValues']
  const text = Array.isArray(values) ? `${message}: ${values.join(', ')}` : message
  const isShown =
    typeof data === 'number' || typeof data === 'boolean' || (typeof data === 'string' && !isSecret(instancePath))
  return problemAt(`${at}${instancePath}`, keyword, text, isShown ? data : undefined)
}

const isSecret = (path: string): boolean => /password|secret|key/i.test(path)

/** A key inside a JSON pointer (RFC 6901 section 3). */
export const pointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
