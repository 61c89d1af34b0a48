import { Type } from 'typebox'
import { common, fields, id, media, name, optional, texts } from './common.ts'

/** @source KAZOO schema callflows; numbers and patterns are matched by cf_flow.erl */
export const callflows = Type.Object(
  {
    ...common,
    name: optional(name('What it is called')),
    numbers: optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 36 }), {
        default: [],
        maxItems: 10_000,
        description:
          'Numbers it answers: E.164, national form, extensions, or `no_match` for those of no other callflow',
      }),
    ),
    patterns: optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }), {
        default: [],
        maxItems: 1_000,
        description: 'Regular expressions of numbers it answers; a group in them is the capture group',
      }),
    ),
    flow: Type.Object({}, { description: 'The first node: `{module, data, children}`' }),
    featurecode: optional(
      fields({ name: name('Of the feature'), number: Type.String({ maxLength: 30 }) }, 'What applications show'),
    ),
    ringback: optional(
      fields({ early: media('Before an answer'), transfer: media('During a transfer') }, 'Heard while it rings'),
    ),
    metaflows: optional(Type.Object({}, { description: 'Kept for applications' })),
    owner_id: optional(id('The user it belongs to')),
    contact_list: optional(fields({ exclude: Type.Boolean() }, 'Kept for applications')),
    tags: optional(texts(64, 'Kept for applications')),
  },
  { title: 'Callflow', description: 'What happens on calls to numbers' },
)
