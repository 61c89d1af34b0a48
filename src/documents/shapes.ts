import { Ajv, type ValidateFunction } from 'ajv'
import { Type, type TObject } from 'typebox'
import { IANAZone } from 'luxon'
import type { Collection } from '../callflow/index.ts'

const Id = Type.String({ minLength: 1, maxLength: 128 })
const Name = Type.String({ maxLength: 256 })
const Language = Type.String({ pattern: '^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$' })

const account = Type.Object({
  id: Id,
  name: Type.Optional(Name),
  realm: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
  language: Type.Optional(Language),
  timezone: Type.Optional(Type.String({ format: 'timezone' })),
  country: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2}$' })),
  secret: Type.Optional(Type.String({ minLength: 8 })),
  preflow: Type.Optional(Type.Object({ always: Type.Optional(Id) })),
})

const callflow = Type.Object({
  id: Id,
  name: Type.Optional(Name),
  numbers: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 36 }))),
  patterns: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }))),
  flow: Type.Object({}),
})

const device = Type.Object({
  id: Id,
  name: Type.Optional(Name),
  enabled: Type.Optional(Type.Boolean()),
  owner_id: Type.Optional(Id),
  language: Type.Optional(Language),
  sip: Type.Optional(
    Type.Object({
      username: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      password: Type.Optional(Type.String({ maxLength: 128 })),
      realm: Type.Optional(Type.String({ maxLength: 253 })),
    }),
  ),
})

const media = Type.Object({
  id: Id,
  name: Type.Optional(Name),
  file: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 })),
  url: Type.Optional(Type.String({ pattern: '^https?://' })),
  media_source: Type.Optional(Type.String()),
  content_type: Type.Optional(Type.String()),
  language: Type.Optional(Language),
  prompt_id: Type.Optional(Type.String()),
  tts: Type.Optional(Type.Object({ text: Type.Optional(Type.String()), voice: Type.Optional(Type.String()) })),
})

/** Collections whose documents are checked when they are loaded; those of the others only need an id. */
const shapes: { readonly [C in Collection]?: TObject } = {
  accounts: account,
  callflows: callflow,
  devices: device,
  media,
}

const ajv = new Ajv({ coerceTypes: true, strict: false })
ajv.addFormat('timezone', (zone: string) => IANAZone.isValidZone(zone))

const checks = new Map<Collection, ValidateFunction>()
const anyDocument = ajv.compile(Type.Object({ id: Id }))

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
  const shape = shapes[collection]
  if (shape === undefined) return anyDocument
  const check = checks.get(collection) ?? ajv.compile(shape)
  checks.set(collection, check)
  return check
}
