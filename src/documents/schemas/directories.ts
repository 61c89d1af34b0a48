import { Type } from 'typebox'
import { common, flag, name, optional } from './common.ts'

/** @source KAZOO schema directories */
export const directories = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    sort_by: optional(
      Type.Enum(['last_name', 'first_name'], { default: 'last_name', description: 'The order of names found' }),
    ),
    search_fields: optional(
      Type.Enum(['first_name', 'last_name', 'both'], { default: 'both', description: 'What callers spell' }),
    ),
    min_dtmf: optional(Type.Integer({ default: 3, minimum: 1, maximum: 100, description: 'Keys needed at least' })),
    max_dtmf: optional(
      Type.Integer({ default: 0, minimum: 0, maximum: 100, description: 'Keys after which the search begins; 0: any' }),
    ),
    confirm_match: optional(flag(true, 'Ask before the only person found is dialled')),
  },
  { title: 'Directory', description: 'People who are found by their names' },
)
