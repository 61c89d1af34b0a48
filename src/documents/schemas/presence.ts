import { Type } from 'typebox'
import { common, optional } from './common.ts'

/** @source KAZOO cf_manual_presence.erl; there all of an account are in the document `manual_presence` */
export const presence = Type.Object(
  {
    ...common,
    presence_id: optional(Type.String({ maxLength: 256, description: 'Whose, `name@realm`; also its id' })),
    status: optional(Type.Enum(['idle', 'ringing', 'busy'], { description: 'As the action has it' })),
    state: Type.Enum(['terminated', 'early', 'confirmed'], { description: 'As lamps have it' }),
  },
  { title: 'Presence', description: 'How a presence that no phone has is to be shown' },
)
