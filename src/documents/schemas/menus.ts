import { Type } from 'typebox'
import { common, fields, flag, media, name, optional } from './common.ts'

const choice = (description: string) =>
  Type.Union([Type.Boolean(), media('What is heard')], {
    default: true,
    description: `${description}: \`true\` for the usual prompt, \`false\` for none, or media`,
  })

/** @source KAZOO schema menus; cf_menu.erl */
export const menus = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    retries: optional(
      Type.Integer({ default: 3, minimum: 1, maximum: 10, description: 'How often the caller may try' }),
    ),
    timeout: optional(Type.Integer({ minimum: 1, maximum: 60_000, description: 'Milliseconds until the first digit' })),
    interdigit_timeout: optional(
      Type.Integer({ minimum: 1, maximum: 10_000, description: 'Milliseconds between digits' }),
    ),
    max_extension_length: optional(
      Type.Integer({ default: 4, minimum: 1, maximum: 6, description: 'Digits that are waited for' }),
    ),
    hunt: optional(flag(true, 'Numbers of other callflows can be dialled')),
    hunt_allow: optional(Type.String({ maxLength: 256, description: 'Regular expression of those that can' })),
    hunt_deny: optional(Type.String({ maxLength: 256, description: 'Regular expression of those that cannot' })),
    record_pin: optional(
      Type.String({ pattern: '^([0-9]{3,6})?$', description: 'Digits that let the caller record the greeting' }),
    ),
    allow_record_from_offnet: optional(flag(false, 'Also callers who are not known')),
    suppress_media: optional(flag(false, 'Say nothing but the greeting')),
    media: optional(
      fields(
        {
          greeting: media('The greeting'),
          invalid_media: choice('After a wrong entry'),
          transfer_media: choice('Before the caller is connected'),
          exit_media: choice('After the last try'),
        },
        'What is heard',
      ),
    ),
  },
  { title: 'Menu', description: 'A choice by digits' },
)
