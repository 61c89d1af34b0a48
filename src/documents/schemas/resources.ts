import { Type } from 'typebox'
import { common, fields, flag, name, optional, realm, texts } from './common.ts'

const gateway = fields(
  {
    enabled: flag(true, 'It is used'),
    name: name('What it is called'),
    server: Type.String({ minLength: 1, maxLength: 253, description: 'Host name or address' }),
    port: Type.Integer({
      minimum: 1,
      maximum: 65_535,
      description: 'Without: what the DNS says of the server (SRV), else 5060',
    }),
    transport: Type.Enum(['udp', 'tcp', 'tls'], { description: 'How it is reached; `udp` unless the DNS says so' }),
    proxy: Type.String({
      maxLength: 1_024,
      description: 'Host or SIP URI that calls to it are sent to (outbound proxy)',
    }),
    route: Type.String({ maxLength: 1_024, description: 'A SIP URI that all calls go to, whatever is dialled' }),
    username: Type.String({ maxLength: 128, description: 'For its authentication' }),
    password: Type.String({ maxLength: 128, description: 'For its authentication' }),
    realm: realm('Of our address there; without, the server'),
    register: flag(false, 'Register there, as `username` with `password`'),
    register_expires: Type.Integer({
      default: 3_600,
      minimum: 60,
      maximum: 86_400,
      description: 'Seconds that a registration asks for',
    }),
    inbound_addresses: Type.Array(Type.String({ maxLength: 49 }), {
      maxItems: 200,
      description: 'Addresses and networks (`192.0.2.0/24`) that its calls come from, besides the server',
    }),
    prefix: Type.String({ default: '', maxLength: 35, description: 'Put before numbers' }),
    suffix: Type.String({ default: '', maxLength: 35, description: 'Put after numbers' }),
    invite_format: Type.Enum(['route', 'username', 'e164', 'npan', '1npan', 'strip_plus', 'loopback'], {
      default: 'route',
      description: 'How numbers are written; a gateway with `loopback` is left out',
    }),
    codecs: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 32, description: 'Codecs, best first' }),
    caller_id_type: Type.Enum(['internal', 'external', 'emergency'], { description: 'Which caller ID is shown there' }),
    format_from_uri: Type.Boolean({ description: 'Callers are of `from_uri_realm`, or the realm of their account' }),
    from_uri_realm: Type.String({ maxLength: 253, description: 'Where callers appear to come from' }),
    bypass_media: Type.Boolean({ description: 'Kept for applications: media always pass through us' }),
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
    cid_rules: optional(texts(1_000, 'Regular expressions of callers it carries; without, everybody')),
    weight_cost: optional(
      Type.Integer({ default: 50, minimum: 0, maximum: 100, description: 'The lowest is tried first' }),
    ),
    emergency: optional(flag(false, 'Reaches emergency services: they are shown the emergency caller ID, always')),
    require_flags: optional(flag(false, 'Carries only calls that ask for flags')),
    format_from_uri: optional(flag(false, 'Callers are of `from_uri_realm`, or the realm of their account')),
    from_uri_realm: optional(Type.String({ maxLength: 253, description: 'Where callers appear to come from' })),
    grace_period: optional(
      Type.Integer({
        default: 5,
        minimum: 3,
        maximum: 20,
        description: 'Seconds that a gateway which has failed is tried last',
      }),
    ),
    caller_id_options: optional(
      fields(
        { type: Type.Enum(['internal', 'external', 'emergency'], { description: 'Which caller ID is shown' }) },
        'How the caller id is written',
      ),
    ),
    media: optional(Type.Object({}, { description: 'Media of calls through it' })),
  },
  { title: 'Resource', description: 'A trunk: how numbers outside are reached' },
)
