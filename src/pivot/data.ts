import { Type, type Static } from 'typebox'

const url = (description: string) =>
  Type.String({ pattern: '^[Hh][Tt][Tt][Pp][Ss]?://.', maxLength: 4096, description })

const method = '^([Gg][Ee][Tt]|[Pp][Oo][Ss][Tt])$'

/** @source KAZOO schema callflows.pivot; docs/compatibility.md#pivot for the keys that are ours */
export const pivotData = Type.Object({
  voice_url: url(
    'Which web server is asked. `user:password@` becomes Basic auth; the fragment may carry connection overrides ' +
      '(`#ct=1000&rt=3000&rc=2&rp=ct,5xx&tt=8000`)',
  ),
  method: Type.String({
    pattern: method,
    default: 'get',
    description: 'How it is asked first: `get` or `post`, in any case. Later requests go by the method of their verb',
  }),
  req_format: Type.Enum(['kazoo', 'twiml'], {
    default: 'kazoo',
    description: 'Which names the parameters have. The answer may be of either kind whatever this says',
  }),
  req_body_format: Type.Enum(['form', 'json'], {
    default: 'form',
    description: 'How the parameters of a POST are written',
  }),
  req_timeout_ms: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 60_000,
      description: 'Milliseconds for everything together, from the name to the end of the body; 5000 when absent',
    }),
  ),
  req_timeout: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 60,
      description: 'The same in seconds, when `req_timeout_ms` is absent',
    }),
  ),
  cdr_url: Type.Optional(
    url('Where the record of the call is posted after it, if a TwiML document was carried out on it'),
  ),
  debug: Type.Boolean({ default: false, description: 'Keep a record of every request and answer' }),
  skip_module: Type.Optional(Type.Boolean({ description: 'Do not ask: go on with `_`' })),
  custom_request_headers: Type.Record(
    Type.String({ pattern: "^[xX]-[!#$%&'*+.^_`|~0-9A-Za-z-]{1,126}$" }),
    Type.String({ pattern: '^[\\x20-\\x7e\\x80-\\xff]*$', maxLength: 4096 }),
    {
      default: {},
      additionalProperties: false,
      maxProperties: 50,
      description: 'Headers sent with every request; names begin with `X-`',
    },
  ),
  fallback_url: Type.Optional(
    url(
      'Asked when `voice_url`, or a later URL, gives no document that can be carried out; gets ErrorCode and ErrorUrl',
    ),
  ),
  fallback_method: Type.Optional(
    Type.String({ pattern: method, description: 'How `fallback_url` is asked; as `method` when absent' }),
  ),
})

export type PivotData = Static<typeof pivotData>

/** The data as they are used: every choice made. */
export interface PivotSettings {
  readonly url: string
  readonly method: Method
  readonly format: 'kazoo' | 'twiml'
  readonly bodyFormat: 'form' | 'json'
  readonly timeoutMs: number
  readonly cdrUrl: string | undefined
  readonly isDebugged: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly fallback: { readonly url: string; readonly method: Method } | undefined
}

export type Method = 'GET' | 'POST'

const defaultTimeoutMs = 5000

export function settingsOf(data: PivotData): PivotSettings {
  const method = methodOf(data.method)
  const seconds = data.req_timeout
  return {
    url: data.voice_url,
    method,
    format: data.req_format,
    bodyFormat: data.req_body_format,
    timeoutMs:
      data.req_timeout_ms ?? (seconds === undefined ? defaultTimeoutMs : Math.max(1, Math.round(seconds * 1000))),
    cdrUrl: data.cdr_url,
    isDebugged: data.debug,
    headers: data.custom_request_headers,
    fallback:
      data.fallback_url === undefined
        ? undefined
        : {
            url: data.fallback_url,
            method: data.fallback_method === undefined ? method : methodOf(data.fallback_method),
          },
  }
}

const methodOf = (text: string): Method => (text.toLowerCase() === 'post' ? 'POST' : 'GET')
