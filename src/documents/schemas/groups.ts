import { Type } from 'typebox'
import { common, fields, flag, id, name, optional } from './common.ts'

/** @source KAZOO schema groups */
export const groups = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    endpoints: Type.Record(
      Type.String(),
      fields(
        {
          type: Type.Enum(['device', 'user', 'group'], { description: 'What the key is the id of' }),
          weight: Type.Integer({ minimum: 1, maximum: 100, description: 'Its place in the order' }),
          delay: Type.Integer({ minimum: 0, maximum: 3_600, description: 'Seconds until it rings' }),
          timeout: Type.Integer({ minimum: 0, maximum: 3_600, description: 'Seconds that it rings' }),
        },
        'A member',
      ),
      { description: 'Members by their ids' },
    ),
    music_on_hold: optional(fields({ media_id: Type.String({ maxLength: 2_048 }) }, 'Heard while on hold')),
    owner_id: optional(id('The user it belongs to')),
    timeout: optional(Type.Integer({ minimum: 0, maximum: 3_600, description: 'Seconds that the group rings' })),
    strategy: optional(Type.Enum(['simultaneous', 'single', 'weighted_random'], { description: 'Who rings when' })),
    ignore_forward: optional(flag(true, 'Phones do not send the call elsewhere')),
    ringback: optional(Type.String({ maxLength: 2_048, description: 'Heard while it rings' })),
  },
  { title: 'Group', description: 'Devices and users that are called together' },
)
