import { Type } from 'typebox'
import { callRecording, common, fields, flag, mediaId, name, optional, preferences, reachability } from './common.ts'

/** @source KAZOO schema users */
export const users = Type.Object(
  {
    ...common,
    first_name: name('First name'),
    last_name: name('Last name'),
    username: optional(Type.String({ minLength: 1, maxLength: 256, description: 'For logging in' })),
    password: optional(Type.String({ maxLength: 256, description: 'Never kept: only what proves it is' })),
    email: optional(Type.String({ minLength: 3, maxLength: 254, pattern: '^[^@\\s]+@[^@\\s]+$' })),
    enabled: optional(flag(true, 'A switched off user cannot log in')),
    priv_level: optional(Type.Enum(['user', 'admin'], { default: 'user', description: 'What the user may do' })),
    directories: optional(
      Type.Record(Type.String(), Type.String(), { description: 'In which directories, by which callflow' }),
    ),
    hotdesk: optional(
      fields(
        {
          enabled: flag(false, 'May use phones of others'),
          id: Type.String({ maxLength: 15, description: 'What the user dials to log in' }),
          pin: Type.String({ minLength: 4, maxLength: 15, pattern: '^[0-9]+$' }),
          require_pin: flag(false, 'Ask for the pin'),
          keep_logged_in_elsewhere: flag(false, 'Several phones at a time'),
        },
        'Phones of others',
      ),
    ),
    vm_to_email_enabled: optional(flag(true, 'Voice messages are told by e-mail')),
    pronounced_name: optional(mediaId('How the name is spoken')),
    media: optional(Type.Object({}, { description: 'As of a device' })),
    queues: optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 1_000 })),
    call_recording: optional(callRecording('Which calls are recorded')),
    ...preferences,
    ...reachability,
  },
  { title: 'User', description: 'A person, to whom devices belong' },
)
