import { Type } from 'typebox'
import { callRecording, common, fields, flag, id, name, optional, preferences, reachability, realm } from './common.ts'

const headers = Type.Record(Type.String(), Type.String({ maxLength: 1_024 }))

const sip = fields(
  {
    username: Type.String({ minLength: 2, maxLength: 64, description: 'User name of its authentication' }),
    password: Type.String({ minLength: 5, maxLength: 128, description: 'Password of its authentication' }),
    realm: realm('Instead of the account’s'),
    method: Type.Enum(['password', 'ip'], { default: 'password', description: 'How it is known' }),
    ip: Type.String({ maxLength: 45, description: 'Its address, when it is known by that' }),
    invite_format: Type.Enum(['contact', 'username', 'npan', '1npan', 'e164', 'route', 'strip_plus'], {
      default: 'contact',
      description: 'What calls to it ask for',
    }),
    number: Type.String({ maxLength: 35, description: 'The number that calls to it ask for' }),
    route: Type.String({ maxLength: 1_024, description: 'A SIP URI that calls to it go to' }),
    static_invite: Type.String({ maxLength: 256, description: 'The user that calls to it ask for' }),
    transport: Type.String({ maxLength: 8, description: '`udp`, `tcp` or `tls`' }),
    custom_sip_headers: fields(
      { in: headers, out: headers },
      'Headers that are added to calls from it (`in`) and to it (`out`)',
    ),
    expire_seconds: Type.Integer({ default: 300, minimum: 30, maximum: 86_400, description: 'Of registrations' }),
    ignore_completed_elsewhere: Type.Boolean({ description: 'Say that somebody else has answered' }),
  },
  'How it is reached and known by SIP',
)

const codecs = (preset: readonly string[]) =>
  fields({ codecs: Type.Array(Type.String({ maxLength: 32 }), { default: preset, maxItems: 32 }) }, 'Codecs')

/** @source KAZOO schema devices */
export const devices = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    enabled: optional(flag(true, 'A switched off device neither calls nor is called')),
    owner_id: optional(id('The user it belongs to')),
    device_type: optional(Type.String({ maxLength: 32, description: '`sip_device`, `softphone`, `cellphone` …' })),
    mac_address: optional(Type.String({ pattern: '^([0-9A-Fa-f]{2}[-:]?){5}[0-9A-Fa-f]{2}$' })),
    sip: optional(sip),
    media: optional(
      fields(
        {
          audio: codecs(['PCMU', 'PCMA']),
          video: codecs([]),
          encryption: fields(
            {
              enforce_security: flag(false, 'Only with encrypted media'),
              methods: Type.Array(Type.Enum(['zrtp', 'srtp'])),
            },
            'Encryption of media',
          ),
          fax_option: Type.Boolean({ description: 'Expects faxes' }),
          ignore_early_media: Type.Boolean({ description: 'Nothing is heard before it answers' }),
          bypass_media: Type.Union([Type.Boolean(), Type.Literal('auto')], { description: 'Media go past us' }),
          progress_timeout: Type.Integer({ minimum: 0, description: 'Seconds until it must ring' }),
        },
        'Media of calls with it',
      ),
    ),
    hotdesk: optional(fields({ users: Type.Object({}, { description: '`{userId: {}}`' }) }, 'Who is logged in at it')),
    exclude_from_queues: optional(flag(false, 'Queues do not ring it')),
    outbound_flags: optional(Type.Unknown({ description: 'What trunks of its calls must have' })),
    call_recording: optional(callRecording('Which calls are recorded')),
    ...preferences,
    ...reachability,
  },
  { title: 'Device', description: 'A phone, and how it authenticates' },
)
