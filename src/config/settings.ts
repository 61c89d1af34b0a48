import { Type, type Static } from 'typebox'

/** Text, so that it may be empty, which is not the same as 0. */
const portOrNone = (what: string) =>
  Type.String({
    default: '',
    pattern: '^([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])?$',
    description: `${what}; 0 takes a free one, empty: none.`,
  })

/**
 * Every setting of the server. `http_port` here and in pivot.yaml is `PIVOT_HTTP_PORT` in the environment.
 * The defaults make a house that only this machine can reach.
 */
export const Settings = Type.Object(
  {
    http_host: Type.String({
      default: '127.0.0.1',
      minLength: 1,
      description: 'Address that the HTTP API and recordings are served at.',
    }),
    http_port: Type.Integer({
      default: 8080,
      minimum: 0,
      maximum: 65_535,
      description: 'Port of the HTTP API; 0 takes a free one.',
    }),
    http_public_url: Type.String({
      default: '',
      pattern: '^(https?://[^/?#]+.*)?$',
      description: 'How others reach the HTTP API (`https://pivot.example`); empty: by its own address.',
    }),
    sip_host: Type.String({
      default: '127.0.0.1',
      minLength: 1,
      description: 'Address that SIP and media are bound to; `::` is for IPv6 and IPv4.',
    }),
    sip_port: Type.Integer({
      default: 5060,
      minimum: 0,
      maximum: 65_535,
      description: 'Port of SIP by UDP and TCP; 0 takes a free one.',
    }),
    sip_tls_port: portOrNone('Port of SIP by TLS (5061); needs a certificate'),
    sip_ws_port: portOrNone('Port of SIP by WebSocket, for phones in browsers'),
    sip_wss_port: portOrNone('Port of SIP by WebSocket with TLS; needs a certificate'),
    sip_tls_cert: Type.String({
      default: '',
      description:
        'PEM file of the certificate for SIP, with those that lead to its authority. Read again when it has changed. Also ' +
        'shown to whom we call by TLS, when they want to know who calls.',
    }),
    sip_tls_key: Type.String({ default: '', description: 'PEM file of its private key.' }),
    sip_tls_ca: Type.String({
      default: '',
      description: 'PEM file of certificate authorities to trust besides the usual ones when SIP goes out by TLS.',
    }),
    sip_tls_verify: Type.Boolean({
      default: true,
      description:
        'Call by TLS only who shows a certificate for the name that is called; false is for laboratories: anybody can listen.',
    }),
    sip_ws_origins: Type.String({
      default: '',
      description:
        'Origins whose pages may use SIP by WebSocket (`https://phone.example`), with commas; `*`: all. Empty: none, but ' +
        'clients that are no browsers may.',
    }),
    most_sip_connections: Type.Integer({
      default: 5_000,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Connections for SIP at once, of TCP, TLS and WebSocket together; more are closed.',
    }),
    most_sip_connections_per_source: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Connections for SIP at once from one address, which may be a whole office; more are closed.',
    }),
    sip_digest: Type.String({
      default: 'md5',
      pattern: '^(md5|sha-256)( *, *(md5|sha-256))?$',
      description: 'Algorithms that phones may prove their passwords with, the preferred first: `md5`, `sha-256`.',
    }),
    register_min_seconds: Type.Integer({
      default: 60,
      minimum: 1,
      maximum: 86_400,
      description: 'Phones must not register for less.',
    }),
    register_max_seconds: Type.Integer({
      default: 3_600,
      minimum: 1,
      maximum: 604_800,
      description: 'Phones are registered for so long at most.',
    }),
    register_most_contacts: Type.Integer({
      default: 10,
      minimum: 1,
      maximum: 100,
      description: 'Phones that may be registered as one device at a time.',
    }),
    auth_failures: Type.Integer({
      default: 20,
      minimum: 1,
      maximum: 100_000,
      description:
        'Failed proofs of a password in a minute from one address; after that it is not listened to for a while.',
    }),
    auth_refused_seconds: Type.Integer({
      default: 300,
      minimum: 0,
      maximum: 86_400,
      description: 'How long an address is not listened to after too many failures; 0: never.',
    }),
    public_address: Type.String({
      default: '',
      description:
        'Address put in SDP and Contact when others reach us by another one than ours; empty: the one that faces them.',
    }),
    rtp_ports: Type.String({
      default: '20000-29999',
      pattern: '^[0-9]{1,5}-[0-9]{1,5}$',
      description:
        'UDP ports for media, first to last. Every leg takes an even one, and the odd one above it for reports (RTCP).',
    }),
    srtp: Type.Union([Type.Literal('off'), Type.Literal('optional'), Type.Literal('required')], {
      default: 'optional',
      description:
        'Encryption of media (SRTP with keys in SDP). `optional`: when the far end offers it, and to phones whose document ' +
        'asks for it. `required`: calls without it are refused. `off`: it is neither taken nor offered.',
    }),
    srtp_keys_in_clear: Type.Boolean({
      default: false,
      description:
        'Offer the keys of encrypted media also where SIP itself is not encrypted, so that whoever reads SIP can hear the ' +
        'call. Without, only over TLS.',
    }),
    rtp_timeout_ms: Type.Integer({
      default: 60_000,
      minimum: 0,
      maximum: 86_400_000,
      description: 'A call that should send media and has sent none for so long is hung up (MEDIA_TIMEOUT); 0: never.',
    }),
    media_workers: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 64,
      description: 'Threads for media; 0: one for each processor but one, at least one.',
    }),
    speech: Type.String({
      default: '',
      pattern:
        '^((command|polly|google|azure|elevenlabs|openai)( *, *(command|polly|google|azure|elevenlabs|openai))*)?$',
      description:
        'Providers of speech to be asked before the built-in voice, with commas: `command` (Piper, Pico or eSpeak NG of ' +
        'this machine), `polly`, `google`, `azure`, `elevenlabs`, `openai`. Clouds take their keys from the environment. ' +
        'Empty: the built-in voice for English, the programs for other languages.',
    }),
    piper_voices: Type.String({
      default: '',
      description: 'Folder of voices for Piper (`fr_FR-siwis-medium.onnx`, …); empty: Piper is not used.',
    }),
    data_dir: Type.String({
      default: './data',
      minLength: 1,
      description: 'Folder for the embedded database, media, recordings and cached prompts.',
    }),
    database_url: Type.String({
      default: '',
      pattern: '^(postgres(ql)?://.+)?$',
      description:
        'PostgreSQL server for documents, CDRs, events, debug records and deliveries (`postgres://user@host/name`), ' +
        'shared by all processes that name it; empty: an embedded SQLite database in the data folder.',
    }),
    storage: Type.String({
      default: '',
      pattern: '^(s3://.+)?$',
      description:
        'Where media and recordings are kept: `s3://bucket/prefix?endpoint=https://…&region=…`, with keys from the ' +
        'environment as the AWS SDK reads them; empty: the data folder.',
    }),
    default_account: Type.String({
      default: '',
      description:
        'Account of calls to a SIP realm that no account has; empty: the one of the documents folder, or the demo.',
    }),
    keep_events: Type.Boolean({
      default: true,
      description: 'Keep the events of calls, for the API, the console and replay; CDRs are always kept.',
    }),
    keep_events_days: Type.Integer({
      default: 30,
      minimum: 0,
      maximum: 36_500,
      description: 'Days that events of calls are kept; 0: for ever.',
    }),
    keep_debug_days: Type.Integer({
      default: 30,
      minimum: 0,
      maximum: 36_500,
      description: 'Days that debug records are kept; 0: for ever.',
    }),
    keep_attempts_days: Type.Integer({
      default: 30,
      minimum: 0,
      maximum: 36_500,
      description: 'Days that attempts at webhooks are kept; 0: for ever.',
    }),
    keep_cdrs_days: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 36_500,
      description: 'Days that CDRs are kept; 0: for ever.',
    }),
    keep_recordings_days: Type.Integer({
      default: 90,
      minimum: 0,
      maximum: 36_500,
      description: 'Days that recordings are kept; 0: for ever.',
    }),
    api_requests_per_minute: Type.Integer({
      default: 12_000,
      minimum: 0,
      maximum: 1_000_000,
      description:
        'Requests to the API in a minute, of one token and of one address; more are refused with 429; 0: any number.',
    }),
    webhook_log_successes: Type.Boolean({
      default: true,
      description: 'Keep attempts at webhooks that succeeded too, and not only those that failed.',
    }),
    cluster_id: Type.String({
      default: 'pivot',
      maxLength: 128,
      description: 'What webhooks are told as `cluster_id`.',
    }),
    api_cors_origins: Type.String({
      default: '',
      description: 'Origins whose pages may use the API from a browser, with commas; empty: none.',
    }),
    api_key: Type.String({
      default: '',
      pattern: '^(.{16,})?$',
      description: 'API key of at least 16 characters; empty: one is made at the first start and printed once.',
    }),
    egress: Type.String({
      default: '',
      description:
        'Addresses that requests to web servers may reach: `any`, `public`, or CIDR ranges with commas. ' +
        'Empty: `any` while HTTP is bound to loopback, else `public`.',
    }),
    tls_ca: Type.String({
      default: '',
      description: 'PEM file of certificate authorities to trust besides the usual ones when web servers are asked.',
    }),
    engine: Type.Literal('embedded', {
      default: 'embedded',
      description: 'What carries calls: `embedded`, our own SIP and RTP.',
    }),
    most_calls: Type.Integer({
      default: 2_000,
      minimum: 1,
      maximum: 100_000,
      description: 'Calls at once; more are refused with 503 and Retry-After.',
    }),
    most_calls_per_second: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 100_000,
      description: 'New calls in a second; more are refused with 503 and Retry-After.',
    }),
    most_calls_per_second_per_source: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 100_000,
      description: 'New calls in a second from one address; more are refused with 503 and Retry-After.',
    }),
    drain_ms: Type.Integer({
      default: 60_000,
      minimum: 0,
      maximum: 86_400_000,
      description: 'After SIGTERM, live calls may go on for so long. New ones are refused at once.',
    }),
    log_level: Type.Union(
      [
        Type.Literal('fatal'),
        Type.Literal('error'),
        Type.Literal('warn'),
        Type.Literal('info'),
        Type.Literal('debug'),
        Type.Literal('trace'),
        Type.Literal('silent'),
      ],
      { default: 'info', description: 'Log lines of this level and above are written.' },
    ),
    log_pii: Type.Boolean({
      default: false,
      description: 'Keep what people said, dialled and are called in the log.',
    }),
  },
  { additionalProperties: false },
)

export type Settings = Static<typeof Settings>
export type SettingName = keyof Settings

/** `http_port` → `PIVOT_HTTP_PORT` */
export const variableOf = (name: string): string => `PIVOT_${name.toUpperCase()}`

export interface SettingDescription {
  readonly name: SettingName
  readonly variable: string
  readonly default: string
  readonly text: string
  /** JSON schema. */
  readonly schema: object
}

/** What `pivot start --help` and docs/reference/config.md say of each setting, in the order of the schema. */
export function describeSettings(): readonly SettingDescription[] {
  return (Object.keys(Settings.properties) as SettingName[]).map((name) => {
    const schema = Settings.properties[name] as { default?: string | number | boolean; description?: string }
    const { default: value, description } = schema
    return { name, variable: variableOf(name), default: String(value ?? ''), text: description ?? '', schema }
  })
}
