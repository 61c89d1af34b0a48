import Type, { type Static, type TObject, type TSchema } from 'typebox'
import Value from 'typebox/value'
import { Failure } from '../base/index.ts'
import { excerpt, unknownAttribute } from './check.ts'
import type { TwimlElement } from './document.ts'
import { codes, type Warn } from './warnings.ts'

/** GET or POST; POST unless the document says otherwise. */
export const method = Type.Enum(['GET', 'POST'], { default: 'POST', description: 'How the request is made' })

/** An address of a web server: absolute, or relative to the document. */
export const url = (description: string) => Type.Optional(Type.String({ description, isUrl: true }))

/** An attribute that a document may have and that changes nothing here. */
export const recognised = (description: string) =>
  Type.Optional(Type.String({ description: `${description}. No effect.` }))

/** What a schema of an attribute may say besides its type. */
interface Rules {
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly isUrl?: boolean
  /** Other spellings of a value. */
  readonly spellings?: Readonly<Record<string, string>>
}

type Reading = { readonly value?: unknown; readonly problem?: string }

/**
 * Reads the attributes of `element` by `schema`. What cannot be read is as if it were not there, and what is too large
 * is the largest; either is warned of with the code that `twilioCodes` has for the attribute.
 */
export function readAttributes<S extends TObject>(
  schema: S,
  twilioCodes: Readonly<Partial<Record<string, number>>>,
  element: TwimlElement,
  warn: Warn,
): Static<S> {
  const values: Record<string, unknown> = {}
  for (const [name, property] of Object.entries<TSchema>(schema.properties)) {
    const text = element.attributes[name]
    const rules: Rules = property
    const { value, problem } = text === undefined ? {} : readValue(property, rules, text)
    if (problem !== undefined) {
      const said = `${name}="${excerpt(text ?? '')}" of <${element.name}> ${problem}`
      warn(element.places[name] ?? element, twilioCodes[name] ?? codes.schema, said)
    }
    const read = value ?? rules.default
    if (read !== undefined) values[name] = read
  }
  for (const name of Object.keys(element.attributes)) {
    if (Object.hasOwn(schema.properties, name)) continue
    warn(element.places[name] ?? element, codes.schema, unknownAttribute(element, name))
  }
  if (!Value.Check(schema, values)) throw new Failure('UNNAMED', { problem: `schema of <${element.name}>` })
  return values
}

function readValue(property: TSchema, rules: Rules, raw: string): Reading {
  const text = rules.spellings?.[raw.trim()] ?? raw.trim()
  if (Type.IsInteger(property)) return readInteger(text, rules)
  if (Type.IsBoolean(property)) return readBoolean(text)
  if (Type.IsEnum(property)) return readWord(text, property.enum.map(String))
  if (rules.pattern !== undefined && !new RegExp(rules.pattern).test(text)) return { problem: 'cannot be read' }
  if (rules.isUrl === true && !isUrl(text)) return { value: text, problem: 'is no http or https URL' }
  return { value: text }
}

function readInteger(text: string, { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Rules): Reading {
  if (!/^[+-]?\d+$/.test(text)) return { problem: 'must be a whole number' }
  const value = Number.parseInt(text, 10)
  if (value < minimum) return { problem: `must be at least ${minimum}` }
  if (value > maximum) return { value: maximum, problem: `must be at most ${maximum}` }
  return { value }
}

function readBoolean(text: string): Reading {
  const lower = text.toLowerCase()
  return lower === 'true' || lower === 'false' ? { value: lower === 'true' } : { problem: 'must be true or false' }
}

function readWord(text: string, words: readonly string[]): Reading {
  const value = words.find((word) => word.toLowerCase() === text.toLowerCase())
  return value === undefined ? { problem: `must be one of ${words.join(', ')}` } : { value }
}

/** Whether a URL of a document leads to a web server. */
export function isUrl(text: string): boolean {
  const base = 'http://document.invalid/'
  return URL.canParse(text, base) && /^https?:$/.test(new URL(text, base).protocol)
}
