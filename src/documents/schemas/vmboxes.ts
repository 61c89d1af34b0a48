import { Type } from 'typebox'
import { common, fields, flag, id, media, name, optional, texts, timezone } from './common.ts'

/** @source KAZOO schema vmboxes */
export const vmboxes = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    mailbox: Type.String({ minLength: 1, maxLength: 30, description: 'Its number' }),
    pin: optional(Type.String({ pattern: '^[0-9]{4,6}$', description: 'Digits that open it' })),
    require_pin: optional(flag(false, 'Its owner is asked too')),
    owner_id: optional(id('The user it belongs to')),
    check_if_owner: optional(flag(true, 'Its owner hears messages instead of leaving one')),
    is_setup: optional(flag(false, 'Its owner has been asked for a pin and a greeting')),
    skip_greeting: optional(flag(false, 'No greeting')),
    skip_instructions: optional(flag(false, 'No instructions')),
    skip_envelope: optional(flag(false, 'Not when a message came')),
    announcement_only: optional(flag(false, 'No messages can be left')),
    media: optional(
      fields(
        {
          unavailable: media('The greeting'),
          temporary_unavailable: media('The greeting, for a while'),
          name: media('The name of the owner'),
        },
        'What is heard',
      ),
    ),
    media_extension: optional(Type.Enum(['mp3', 'mp4', 'wav'], { default: 'mp3', description: 'Form of messages' })),
    max_message_length: optional(Type.Integer({ minimum: 1, maximum: 10_800, description: 'Seconds of a message' })),
    timezone: optional(timezone),
    transcribe: optional(flag(false, 'Write messages down')),
    delete_after_notify: optional(flag(false, 'Delete messages that were told by e-mail')),
    save_after_notify: optional(flag(false, 'Keep messages that were told by e-mail; wins')),
    include_message_on_notify: optional(flag(true, 'Attach messages')),
    include_transcription_on_notify: optional(flag(true, 'Add what was written down')),
    notify_email_addresses: optional({ ...texts(254, 'Who else is told'), default: [] }),
    oldest_message_first: optional(flag(false, 'The oldest message first')),
    operator_number: optional(Type.String({ maxLength: 35, description: 'Where 0 leads' })),
    not_configurable: optional(flag(false, 'No settings by phone')),
    is_voicemail_ff_rw_enabled: optional(flag(false, 'Go back and forward in messages')),
    seek_duration_ms: optional(Type.Integer({ default: 10_000, minimum: 100, description: 'Milliseconds of a step' })),
    interdigit_timeout: optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Milliseconds' })),
  },
  { title: 'Voicemail box', description: 'Where messages are left' },
)
