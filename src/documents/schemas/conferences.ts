import { Type } from 'typebox'
import { common, fields, flag, id, language, media, name, optional, texts } from './common.ts'

const tone = Type.Union([Type.Boolean(), media('A sound')], { description: '`false` for none, or media' })

const role = (isMuted: boolean) =>
  fields(
    {
      numbers: { ...texts(36, 'Numbers that lead to it'), default: [] },
      pins: { ...texts(32, 'Digits that let in'), default: [] },
      join_muted: flag(isMuted, 'Not heard at first'),
      join_deaf: flag(false, 'Hears nothing at first'),
      play_entry_prompt: Type.Boolean({ description: 'Told that they join' }),
    },
    'What holds for them',
  )

/** @source KAZOO schema conferences */
export const conferences = Type.Object(
  {
    ...common,
    name: optional(name('What it is called')),
    owner_id: optional(id('The user it belongs to')),
    conference_numbers: optional({ ...texts(36, 'Numbers that lead to it'), default: [] }),
    member: optional(role(true)),
    moderator: optional(role(false)),
    max_participants: optional(Type.Integer({ minimum: 0, description: '0: as many as like' })),
    max_members_media: optional(media('Heard by those who find it full')),
    play_entry_tone: optional(tone),
    play_exit_tone: optional(tone),
    play_name: optional(flag(false, 'Say who comes and goes')),
    play_welcome: optional(flag(true, 'Say welcome')),
    require_moderator: optional(Type.Boolean({ description: 'Not without a moderator' })),
    wait_for_moderator: optional(Type.Boolean({ description: 'Music until a moderator is there' })),
    language: optional(language),
    domain: optional(Type.String({ maxLength: 253, description: 'Kept for applications' })),
    profile_name: optional(Type.String({ maxLength: 128, description: 'Which set of settings' })),
    pin_timeout: optional(Type.Integer({ minimum: 1, maximum: 60_000, description: 'Milliseconds for the pin' })),
  },
  { title: 'Conference', description: 'A room that callers meet in' },
)
