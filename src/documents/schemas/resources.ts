import { Type } from 'typebox'
import { common, fields, flag, name, optional, realm, texts } from './common.ts'

const gateway = fields(
  {
    enabled: flag(true, 'It is used'),
    name: name('What it is called'),
    server: Type.String({ minLength: 1, maxLength: 253, description: 'Host name or address' }),
    port: Type.Integer({ default: 5060, minimum: 1, maximum: 65_535 }),
    username: Type.String({ maxLength: 128, description: 'For its authentication' }),
    password: Type.String({ maxLength: 128, description: 'For its authentication' }),
    realm: realm('Of its authentication'),
    register: flag(false, 'Register there'),
    prefix: Type.String({ default: '', maxLength: 35, description: 'Put before numbers' }),
    suffix: Type.String({ default: '', maxLength: 35, description: 'Put after numbers' }),
    invite_format: Type.Enum(['route', 'username', 'e164', 'npan', '1npan', 'strip_plus', 'loopback'], {
      default: 'route',
      description: 'How numbers are written',
    }),
    codecs: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 32, description: 'Codecs, best first' }),
    progress_timeout: Type.Integer({ default: 8, minimum: 1, maximum: 300, description: 'Seconds until it must ring' }),
    custom_sip_headers: Type.Record(Type.String(), Type.Unknown(), { description: 'Added to calls' }),
  },
  'A SIP server',
)

/** @source KAZOO schema resources */
export const resources = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    enabled: optional(flag(true, 'It is used')),
    gateways: Type.Array(gateway, { minItems: 1, maxItems: 100, description: 'SIP servers, tried in this order' }),
    rules: optional({ ...texts(1_000, 'Regular expressions of numbers it reaches'), default: [] }),
    weight_cost: optional(
      Type.Integer({ default: 50, minimum: 0, maximum: 100, description: 'The lowest is tried first' }),
    ),
    emergency: optional(flag(false, 'Reaches emergency services')),
    grace_period: optional(Type.Integer({ default: 5, minimum: 3, maximum: 20, description: 'Kept for applications' })),
    caller_id_options: optional(Type.Object({}, { description: 'How the caller id is written' })),
    media: optional(Type.Object({}, { description: 'Media of calls through it' })),
  },
  { title: 'Resource', description: 'A trunk: how numbers outside are reached' },
)
