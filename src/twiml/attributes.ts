import Type, { type Static, type TObject, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
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
 * Makes what reads the attributes of an element by `schema`. What cannot be read is as if it were not there, and what is
 * too large is the largest; either is warned of with the code that `twilioCodes` has for the attribute.
 */
export function attributeReader<S extends TObject>(
  name: string,
  schema: S,
  twilioCodes: Readonly<Partial<Record<string, number>>>,
): (element: TwimlElement, warn: Warn) => Static<S> {
  const validator = Compile(schema)
  const isRead = (values: unknown): values is Static<S> => validator.Check(values)
  const properties = Object.entries<TSchema>(schema.properties).map(([attribute, property]) => {
    const rules: Rules = property
    return { attribute, read: valueReader(property, rules), usual: rules.default }
  })
  return (element, warn) => {
    const values: Record<string, unknown> = {}
    for (const { attribute, read, usual } of properties) {
      const text = element.attributes[attribute]
      const { value = usual, problem } = text === undefined ? {} : read(text.trim())
      if (value !== undefined) values[attribute] = value
      if (problem === undefined) continue
      const said = `${attribute}="${excerpt(text ?? '')}" of <${name}> ${problem}`
      warn(element.places[attribute] ?? element, twilioCodes[attribute] ?? codes.schema, said)
    }
    for (const attribute of Object.keys(element.attributes)) {
      if (Object.hasOwn(schema.properties, attribute)) continue
      warn(element.places[attribute] ?? element, codes.schema, unknownAttribute(element, attribute))
    }
    if (!isRead(values)) throw new Failure('UNNAMED', { problem: `attributes of <${name}> do not fit their schema` })
    return values
  }
}

function valueReader(property: TSchema, rules: Rules): (text: string) => Reading {
  const { spellings = {}, pattern = '', isUrl: mustBeUrl = false } = rules
  if (Type.IsInteger(property)) return (text) => readInteger(spellings[text] ?? text, rules)
  if (Type.IsBoolean(property)) return readBoolean
  if (Type.IsEnum(property)) return (text) => readWord(text, property.enum.map(String))
  if (mustBeUrl) return (text) => (isUrl(text) ? { value: text } : { value: text, problem: 'is no http or https URL' })
  const form = new RegExp(pattern)
  return (text) => (form.test(text) ? { value: text } : { problem: 'cannot be read' })
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
