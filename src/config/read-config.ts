import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { Ajv } from 'ajv'
import { parse as parseYaml } from 'yaml'
import { Failure, type LogLevel } from '../base/index.ts'
import { Settings, variableOf, type SettingName } from './settings.ts'

/** The configuration as the rooms take it: read once, frozen, every value checked. */
export interface Config {
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string | undefined }
  /** Without a public address, a caller is told the address that faces it. */
  readonly sip: {
    readonly host: string
    readonly port: number
    readonly publicAddress: string | undefined
    readonly tls: {
      readonly port: number | undefined
      /** The files of the certificate and its key, absolute. */
      readonly certificate: { readonly certFile: string; readonly keyFile: string } | undefined
      /** The certificate authorities to trust besides the usual ones, as PEM. */
      readonly authorities: readonly string[]
      readonly verify: boolean
    }
    readonly webSockets: {
      readonly port: number | undefined
      readonly securePort: number | undefined
      readonly origins: readonly string[]
    }
  }
  readonly registrar: {
    readonly algorithms: readonly ('MD5' | 'SHA-256')[]
    readonly minExpirySeconds: number
    readonly maxExpirySeconds: number
    readonly mostContacts: number
    readonly failures: { readonly most: number; readonly windowMs: number; readonly refusedMs: number }
  }
  readonly media: {
    readonly firstPort: number
    readonly lastPort: number
    readonly timeoutMs: number
    readonly srtp: 'off' | 'optional' | 'required'
    readonly offersKeysInClear: boolean
    /** Undefined: as many as the processors allow. */
    readonly workers: number | undefined
  }
  readonly speech: {
    /** Providers asked before the built-in voice, the first first. */
    readonly order: readonly string[]
    /** Absolute. */
    readonly piperVoices: string | undefined
  }
  /** Absolute. */
  readonly dataDir: string
  /** Empty: the embedded database. */
  readonly databaseUrl: string
  /** Empty: the data folder. */
  readonly storage: string
  readonly defaultAccount: string | undefined
  readonly keepEvents: boolean
  /** How many days each is kept; undefined = for ever. */
  readonly keepDays: Readonly<Record<'events' | 'debug' | 'attempts' | 'cdrs' | 'recordings', number | undefined>>
  readonly api: { readonly corsOrigins: readonly string[]; readonly requestsPerMinute: number }
  readonly webhooks: { readonly logSuccesses: boolean; readonly clusterId: string }
  readonly apiKey: string | undefined
  /** `any`, `public`, or CIDR ranges with commas. */
  readonly egress: string
  /** The certificate authorities to trust besides the usual ones, as PEM. */
  readonly tlsCa: string | undefined
  readonly engine: 'embedded'
  readonly limits: {
    readonly calls: number
    readonly callsPerSecond: number
    readonly callsPerSecondPerSource: number
    readonly sipConnections: number
    readonly sipConnectionsPerSource: number
  }
  readonly drainMs: number
  readonly log: { readonly level: LogLevel; readonly pii: boolean }
}

export interface ReadConfig {
  readonly config: Config
  /** Variables that look like ours but are not: most often a slip of the pen. */
  readonly unknownVariables: readonly string[]
}

/** Variables that are no settings: where the file is. */
const fileVariable = 'PIVOT_CONFIG'

const ajv = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: false, verbose: true, strict: false })
const check = ajv.compile(Settings)

/**
 * Reads the settings from the environment and from the file that PIVOT_CONFIG names (`pivot.yaml` when there is one);
 * the environment wins, an empty variable counts as unset.
 *
 * @throws CONFIG_INVALID naming the variable or the key of the file
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, folder: string): ReadConfig {
  const given: Record<string, unknown> = { ...readSettingsFile(env[fileVariable], folder) }
  const unknownVariables: string[] = []
  const fromEnvironment = new Set<string>()
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('PIVOT_') || variable === fileVariable || value === undefined || value === '') continue
    const name = variable.slice('PIVOT_'.length).toLowerCase()
    if (variableOf(name) !== variable || !Object.hasOwn(Settings.properties, name)) {
      unknownVariables.push(variable)
      continue
    }
    given[name] = value
    fromEnvironment.add(name)
  }
  const settings = checked(given, fromEnvironment)
  return { config: deepFreeze(configOf(settings, folder)), unknownVariables }
}

function readSettingsFile(named: string | undefined, folder: string): Record<string, unknown> {
  const path = resolve(folder, named === undefined || named === '' ? 'pivot.yaml' : named)
  if (!existsSync(path)) {
    if (named === undefined || named === '') return {}
    throw invalid(fileVariable, `names ${path}, which does not exist`)
  }
  let content: unknown
  try {
    content = parseYaml(readFileSync(path, 'utf8'), { maxAliasCount: 0 })
  } catch (error) {
    throw invalid(path, error instanceof Error ? error.message : String(error), error)
  }
  if (content === null || content === undefined) return {}
  if (typeof content !== 'object' || Array.isArray(content)) throw invalid(path, 'must be an object of settings')
  return Object.fromEntries(Object.entries(content))
}

function checked(given: Record<string, unknown>, fromEnvironment: ReadonlySet<string>): Settings {
  if (check(given)) return given
  const [error] = check.errors ?? []
  const params: Readonly<Record<string, unknown>> = error?.params ?? {}
  const extra = params['additionalProperty']
  if (typeof extra === 'string') throw invalid(`${extra} (in pivot.yaml)`, `is no setting. ${allSettings()}`)
  const name = error?.instancePath.slice(1) ?? ''
  const where = fromEnvironment.has(name) ? variableOf(name) : `${name} (in pivot.yaml)`
  throw invalid(where, `${rangeOf(name) ?? error?.message ?? 'is wrong'}. ${descriptionOf(name)}`)
}

const allSettings = (): string => `Settings are: ${Object.keys(Settings.properties).join(', ')}`

const isSetting = (name: string): name is SettingName => Object.hasOwn(Settings.properties, name)

function descriptionOf(name: string): string {
  const schema = isSetting(name) ? (Settings.properties[name] as { description?: string }) : {}
  return schema.description ?? ''
}

/** What a number or a word may be, in one phrase; undefined when the schema says it better. */
function rangeOf(name: string): string | undefined {
  if (!isSetting(name)) return undefined
  const schema = Settings.properties[name] as {
    type?: string
    minimum?: number
    maximum?: number
    anyOf?: readonly { const?: unknown }[]
  }
  if (schema.type === 'integer') {
    return `must be a whole number from ${String(schema.minimum)} to ${String(schema.maximum)}`
  }
  if (schema.anyOf !== undefined) return `must be one of ${schema.anyOf.map((one) => String(one.const)).join(', ')}`
  return undefined
}

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

function configOf(settings: Settings, folder: string): Config {
  const [firstPort = 0, lastPort = 0] = settings.rtp_ports.split('-').map(Number)
  if (firstPort < 1024 || lastPort > 65_535 || lastPort < firstPort) {
    throw invalid(variableOf('rtp_ports'), 'must be two ports from 1024 to 65535, the lower one first: 20000-29999')
  }
  const egress = settings.egress !== '' ? settings.egress : isLoopback(settings.http_host) ? 'any' : 'public'
  return {
    http: {
      host: settings.http_host,
      port: settings.http_port,
      publicUrl: settings.http_public_url === '' ? undefined : settings.http_public_url.replace(/\/+$/, ''),
    },
    sip: {
      host: settings.sip_host,
      port: settings.sip_port,
      publicAddress: settings.public_address === '' ? undefined : settings.public_address,
      tls: {
        port: portOf(settings.sip_tls_port),
        certificate: certificateOf(settings, folder),
        authorities: settings.sip_tls_ca === '' ? [] : [readPem('sip_tls_ca', resolve(folder, settings.sip_tls_ca))],
        verify: settings.sip_tls_verify,
      },
      webSockets: {
        port: portOf(settings.sip_ws_port),
        securePort: portOf(settings.sip_wss_port),
        origins: listed(settings.sip_ws_origins),
      },
    },
    registrar: {
      algorithms: listed(settings.sip_digest).map((name) => (name === 'sha-256' ? 'SHA-256' : 'MD5')),
      minExpirySeconds: settings.register_min_seconds,
      maxExpirySeconds: settings.register_max_seconds,
      mostContacts: settings.register_most_contacts,
      failures: {
        most: settings.auth_failures,
        windowMs: 60_000,
        refusedMs: settings.auth_refused_seconds * 1000,
      },
    },
    media: {
      firstPort,
      lastPort,
      timeoutMs: settings.rtp_timeout_ms,
      srtp: settings.srtp,
      offersKeysInClear: settings.srtp_keys_in_clear,
      workers: settings.media_workers === 0 ? undefined : settings.media_workers,
    },
    speech: {
      order: listed(settings.speech),
      piperVoices: settings.piper_voices === '' ? undefined : resolve(folder, settings.piper_voices),
    },
    dataDir: resolve(folder, settings.data_dir),
    databaseUrl: settings.database_url,
    storage: settings.storage,
    defaultAccount: settings.default_account === '' ? undefined : settings.default_account,
    keepEvents: settings.keep_events,
    keepDays: {
      events: settings.keep_events_days || undefined,
      debug: settings.keep_debug_days || undefined,
      attempts: settings.keep_attempts_days || undefined,
      cdrs: settings.keep_cdrs_days || undefined,
      recordings: settings.keep_recordings_days || undefined,
    },
    api: { corsOrigins: listed(settings.api_cors_origins), requestsPerMinute: settings.api_requests_per_minute },
    webhooks: { logSuccesses: settings.webhook_log_successes, clusterId: settings.cluster_id },
    apiKey: settings.api_key === '' ? undefined : settings.api_key,
    egress,
    tlsCa: settings.tls_ca === '' ? undefined : readPem('tls_ca', resolve(folder, settings.tls_ca)),
    engine: settings.engine,
    limits: {
      calls: settings.most_calls,
      callsPerSecond: settings.most_calls_per_second,
      callsPerSecondPerSource: settings.most_calls_per_second_per_source,
      sipConnections: settings.most_sip_connections,
      sipConnectionsPerSource: settings.most_sip_connections_per_source,
    },
    drainMs: settings.drain_ms,
    log: { level: settings.log_level, pii: settings.log_pii },
  }
}

/** Empty: none. */
const portOf = (text: string): number | undefined => (text === '' ? undefined : Number(text))

/** Looked at once here, so that a wrong name, or a key of something else, stops the start. */
function certificateOf(
  { sip_tls_cert: cert, sip_tls_key: key, sip_tls_port: port, sip_wss_port: securePort }: Settings,
  folder: string,
): Config['sip']['tls']['certificate'] {
  if (cert === '' && key === '') {
    if (port === '' && securePort === '') return undefined
    throw invalid(
      variableOf('sip_tls_cert'),
      `is needed for ${variableOf(port === '' ? 'sip_wss_port' : 'sip_tls_port')}`,
    )
  }
  const missing = cert === '' ? 'sip_tls_cert' : key === '' ? 'sip_tls_key' : undefined
  if (missing !== undefined) throw invalid(variableOf(missing), 'is missing: a certificate and its key go together')
  const files = { certFile: resolve(folder, cert), keyFile: resolve(folder, key) }
  const pair = { cert: readPem('sip_tls_cert', files.certFile), key: readPem('sip_tls_key', files.keyFile) }
  try {
    createSecureContext(pair)
  } catch (error) {
    const problem = `and ${variableOf('sip_tls_key')} are no certificate with its key: ${String(error)}`
    throw invalid(variableOf('sip_tls_cert'), problem, error)
  }
  return files
}

function readPem(setting: SettingName, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(variableOf(setting), `names ${path}, which cannot be read`, error)
  }
}

/** Only this machine can reach it. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host)

const invalid = (at: string, problem: string, cause?: unknown): Failure =>
  new Failure('CONFIG_INVALID', { at, problem }, { cause })

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part)
  return Object.freeze(value)
}
