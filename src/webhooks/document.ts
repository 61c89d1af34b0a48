import { Type } from 'typebox'

/** Every `hook` that a webhook document may name, besides `all`. */
export const hookNames = [
  'channel_create',
  'channel_answer',
  'channel_bridge',
  'channel_destroy',
  'parking',
  'object',
  'notifications',
] as const

export type HookName = (typeof hookNames)[number]

const headerName = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"

/**
 * A webhook document: a web server that is told of what happens in an account.
 *
 * @source KAZOO schema webhooks
 */
export const webhookDocument = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Made when it is left out' })),
    name: Type.String({ minLength: 1, maxLength: 128, description: 'What people call it' }),
    uri: Type.String({
      pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^\\s]+$',
      maxLength: 2048,
      description: 'Who is told. What is tried again goes to the address that stands here then',
    }),
    hook: Type.Enum([...hookNames, 'all'], { description: 'What it is told of; `all` is everything' }),
    http_verb: Type.Optional(
      Type.Enum(['get', 'post', 'put'], { default: 'post', description: '`get` puts the payload into the query' }),
    ),
    format: Type.Optional(
      Type.Enum(['form-data', 'json'], {
        default: 'form-data',
        description: '`form-data` is sent as application/x-www-form-urlencoded, as KAZOO does; for `post` and `put`',
      }),
    ),
    retries: Type.Optional(
      Type.Integer({
        default: 2,
        minimum: 0,
        maximum: 5,
        description: 'Attempts two seconds apart, before the pauses grow; nothing is lost after them',
      }),
    ),
    enabled: Type.Optional(
      Type.Boolean({ default: true, description: 'While it is disabled, what it was to be told of before waits' }),
    ),
    disable_reason: Type.Optional(
      Type.String({ maxLength: 1024, description: 'Why Pivot disabled it; to be removed when it is enabled again' }),
    ),
    include_subaccounts: Type.Optional(
      Type.Boolean({ default: false, description: 'Also what happens in accounts below this one' }),
    ),
    include_internal_legs: Type.Optional(
      Type.Boolean({ default: true, description: 'Also legs that only lead from one place to another inside' }),
    ),
    custom_data: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: Type.String({ maxLength: 4096 }),
          maxProperties: 64,
          description:
            'Added to each payload, and wins over it. `type` and `action` are not sent: they choose which objects and ' +
            'notifications the hooks `object` and `notifications` are told of, or `all`',
        },
      ),
    ),
    custom_request_headers: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: Type.String({ maxLength: 4096, pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' }),
          propertyNames: { pattern: headerName },
          maxProperties: 32,
          description: 'Sent along. Headers that Pivot sends itself cannot be replaced',
        },
      ),
    ),
    security_settings: Type.Optional(
      Type.Object(
        {
          sha256_key: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 1024,
              description:
                'Signs each attempt: `X-Pivot-Signature: t=<Unix seconds>,v1=<hex>`, HMAC-SHA256 with this key over ' +
                '`t.METHOD.url.body`',
            }),
          ),
        },
        { description: 'How the receiver knows that it is Pivot who tells' },
      ),
    ),
    version: Type.Optional(
      Type.Enum(['v1', 'v2'], {
        default: 'v1',
        description: '`v2` is `{action, name, data}` with everything that is known in `data`',
      }),
    ),
  },
  { title: 'Webhook', description: 'A web server that is told of what happens' },
)
