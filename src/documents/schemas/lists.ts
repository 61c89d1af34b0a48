import { Type } from 'typebox'
import { common, fields, name, optional } from './common.ts'

const entry = fields(
  {
    number: Type.String({ maxLength: 36, description: 'A number' }),
    prefix: Type.String({ maxLength: 36, description: 'What numbers begin with' }),
    pattern: Type.String({ maxLength: 256, description: 'Regular expression of numbers' }),
    displayname: Type.String({ maxLength: 128, description: 'What is shown' }),
    firstname: Type.String({ maxLength: 128 }),
    lastname: Type.String({ maxLength: 128 }),
    type: Type.String({ maxLength: 64, description: 'Kept for applications' }),
    capture_group_key: Type.String({ maxLength: 128 }),
    capture_group_length: Type.Integer({ minimum: 0 }),
  },
  'An entry',
)

/** @source KAZOO schemas lists, list_entries; here entries are kept inside their list */
export const lists = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    description: optional(Type.String({ maxLength: 256, description: 'What it is for' })),
    org: optional(Type.String({ maxLength: 128, description: 'Whose it is' })),
    entries: optional(
      Type.Union([Type.Record(Type.String(), entry), Type.Array(entry, { maxItems: 10_000 })], {
        description: 'Its entries, by their ids or one after the other',
      }),
    ),
  },
  { title: 'List', description: 'Numbers that are looked up' },
)
