import { Type, type TProperties, type TSchema } from 'typebox'

/** KAZOO's forms and bounds of what several documents have. Formats: `timezone` is a name of the IANA database. */

export const id = (description: string) => Type.String({ minLength: 1, maxLength: 128, description })

export const name = (description: string) => Type.String({ minLength: 1, maxLength: 128, description })

export const language = Type.String({
  pattern: '^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$',
  description: 'Language of prompts, like `en-us`',
})

export const timezone = Type.String({ format: 'timezone', description: 'A name of the IANA time zone database' })

export const realm = (description: string) =>
  Type.String({
    maxLength: 253,
    pattern: '^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$',
    description,
  })

export const media = (description: string) =>
  Type.String({ maxLength: 2048, description: `${description}: the id of a media document, a URL, or a prompt` })

export const flag = (preset: boolean, description: string) => Type.Boolean({ default: preset, description })

export const texts = (maxLength: number, description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength }), { maxItems: 10_000, description })

export const optional = <T extends TSchema>(schema: T) => Type.Optional(schema)

/** An object whose fields may all be left out, and that may have others. */
export const fields = (properties: TProperties, description: string) =>
  Type.Object(Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, Type.Optional(value)])), {
    description,
  })

/** What every document has. Fields that are not described are kept as they are. */
export const common = {
  id: Type.Optional(id('Made when it is left out')),
  flags: Type.Optional(texts(256, 'Whatever applications want to remember')),
}

const identity = (description: string) =>
  fields(
    {
      name: Type.String({ maxLength: 35, description: 'Name that is shown' }),
      number: Type.String({
        maxLength: 35,
        pattern: '^([+]?[0-9*#][0-9 ().*#-]*)?$',
        description: 'Number that is shown, best as E.164',
      }),
    },
    description,
  )

export const callerId = fields(
  {
    internal: identity('To others of the account'),
    external: identity('To everybody else'),
    emergency: identity('To emergency services'),
    asserted: fields(
      { name: Type.String({ maxLength: 35 }), number: Type.String({ maxLength: 35 }), realm: realm('Of the identity') },
      'P-Asserted-Identity (RFC 3325)',
    ),
  },
  'Who calls appear to come from',
)

export const callForward = fields(
  {
    enabled: flag(false, 'Forward calls'),
    number: Type.String({ maxLength: 35, description: 'Where to' }),
    require_keypress: flag(true, 'Whoever answers must press 1'),
    keep_caller_id: flag(true, 'The caller stays visible'),
    substitute: flag(true, 'Only the number rings, not the device'),
    direct_calls_only: flag(false, 'Not for calls by way of groups'),
    failover: flag(false, 'Only while the device is not registered'),
    ignore_early_media: flag(true, 'Nothing is heard before somebody answers'),
  },
  'Where calls go instead',
)

export const mediaId = (description: string) => fields({ media_id: media('What is heard') }, description)

/** What accounts, users and devices set for themselves; the device's own wins, then the user's. */
export const preferences = {
  caller_id: Type.Optional(callerId),
  call_restriction: Type.Optional(
    Type.Record(Type.String(), fields({ action: Type.Enum(['inherit', 'deny']) }, 'Of a class of numbers'), {
      description: 'Which classes of numbers may not be called',
    }),
  ),
  dial_plan: Type.Optional(Type.Object({}, { description: 'Rewrites dialled numbers: `{regex: {prefix, suffix}}`' })),
  do_not_disturb: Type.Optional(fields({ enabled: flag(false, 'Do not ring') }, 'Do not disturb')),
  language: Type.Optional(language),
  timezone: Type.Optional(timezone),
  music_on_hold: Type.Optional(mediaId('Heard while on hold')),
  ringtones: Type.Optional(
    fields(
      {
        internal: Type.String({ maxLength: 256, description: '`Alert-Info` of calls of the account' }),
        external: Type.String({ maxLength: 256, description: '`Alert-Info` of other calls' }),
      },
      'How phones ring',
    ),
  ),
}

const recordingSettings = (description: string) =>
  fields(
    {
      enabled: flag(false, 'Record'),
      format: Type.Enum(['mp3', 'wav'], { default: 'mp3', description: 'The format of the file' }),
      record_min_sec: Type.Integer({
        minimum: 0,
        maximum: 10_800,
        description: 'Seconds; what is shorter is not kept',
      }),
      record_on_answer: flag(false, 'Begin when the call is answered'),
      record_on_bridge: flag(false, 'Begin when both sides talk'),
      record_sample_rate: Type.Integer({ description: 'Taken, without effect: 8000' }),
      time_limit: Type.Integer({ default: 3_600, minimum: 5, maximum: 10_800, description: 'Seconds, at the most' }),
      url: Type.String({ maxLength: 2_048, description: 'Where the file is put as well' }),
    },
    description,
  )

const recordingOf = (description: string) =>
  fields(
    {
      onnet: recordingSettings('With others of the account'),
      offnet: recordingSettings('With everybody else'),
      any: recordingSettings('Where the two above say nothing'),
    },
    description,
  )

/** @source KAZOO schemas call_recording, call_recording.parameters */
export const callRecording = (description: string) =>
  fields(
    {
      inbound: recordingOf('To them'),
      outbound: recordingOf('From them'),
      any: recordingOf('Where those say nothing'),
    },
    description,
  )

/** What devices and users share beyond {@link preferences}. */
export const reachability = {
  call_forward: Type.Optional(callForward),
  call_waiting: Type.Optional(fields({ enabled: flag(true, 'A busy phone rings too') }, 'Call waiting')),
  caller_id_options: Type.Optional(
    fields(
      { outbound_privacy: Type.Enum(['full', 'name', 'number', 'none'], { description: 'What is hidden' }) },
      'How the caller id is sent',
    ),
  ),
  presence_id: Type.Optional(Type.String({ maxLength: 128, description: 'What others watch' })),
}
