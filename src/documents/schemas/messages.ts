import { Type } from 'typebox'
import { common, id, optional } from './common.ts'

/** @source KAZOO kzd_box_message.erl; here every message is a document of its own, and has the sound it is made of */
export const messages = Type.Object(
  {
    ...common,
    box: id('The voicemail box it is in'),
    folder: Type.Enum(['new', 'saved', 'deleted'], { description: 'Heard or not, or thrown away' }),
    timestamp: Type.Integer({ minimum: 0, description: 'When it was left; Gregorian seconds' }),
    length: Type.Integer({ minimum: 0, description: 'Milliseconds' }),
    caller_id_name: optional(Type.String({ maxLength: 256, description: 'Who left it' })),
    caller_id_number: optional(Type.String({ maxLength: 256, description: 'Who left it' })),
    from: optional(Type.String({ maxLength: 512, description: 'Who called' })),
    to: optional(Type.String({ maxLength: 512, description: 'Who was called' })),
    call_id: optional(Type.String({ maxLength: 512, description: 'The call it was left in' })),
    transcription: optional(Type.Object({}, { description: 'What was said, written down' })),
    url: optional(Type.String({ maxLength: 2_048, description: 'The address of its sound' })),
  },
  { title: 'Message', description: 'What somebody has left in a voicemail box' },
)
