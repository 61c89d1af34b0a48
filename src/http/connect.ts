import { lookup } from 'node:dns'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import type { buildConnector } from 'undici'
import { Failure, unlessAborted, within } from '../base/index.ts'
import type { Egress } from './egress.ts'
import type { Trip } from './trip.ts'

/** The addresses of a host name, best first. Rejects when there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>

export interface ConnectOptions {
  readonly egress: Egress
  readonly resolve: Resolve
  /** Whom to trust; undefined = the authorities that Node trusts. Made once: it takes milliseconds. */
  readonly secureContext: SecureContext | undefined
}

type Where = Pick<buildConnector.Options, 'hostname' | 'protocol' | 'port'>

/** The system's resolver (hosts file, then DNS); questions for one name at the same time are asked once. */
export function systemResolve(): Resolve {
  const underway = new Map<string, Promise<readonly string[]>>()
  const ask = (host: string): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      lookup(host, { all: true }, (error, found) => {
        if (error === null) resolve(found.map(({ address }) => address))
        else reject(error)
      })
    })
  return (host) => {
    const asked =
      underway.get(host) ??
      ask(host).finally(() => {
        underway.delete(host)
      })
    underway.set(host, asked)
    return asked
  }
}

/**
 * Connects to where `trip` goes, by addresses that the egress rules allow: the address checked is the address
 * connected, so a name that resolves differently the second time gains nothing.
 *
 * @throws HTTP_DNS · HTTP_FORBIDDEN_ADDRESS · HTTP_CONNECT · HTTP_TLS · HTTP_TIMEOUT
 */
export async function connect(trip: Trip, where: Where, options: ConnectOptions): Promise<Socket> {
  const { clock, limits, signal, url } = trip
  const ms = limits.connectMs
  if (ms === undefined) return open(trip, where, options, signal)
  const late = (): Failure => new Failure('HTTP_TIMEOUT', { url, timeoutMs: ms, stage: trip.watch.stage ?? 'queue' })
  return within({ clock, ms, signal }, late, (stop) => open(trip, where, options, stop))
}

async function open(trip: Trip, where: Where, options: ConnectOptions, signal: AbortSignal): Promise<Socket> {
  const host = where.hostname.replace(/^\[|\]$/g, '')
  const addresses = await find(trip, host, options, signal)
  const allowed = addresses.filter((address) => options.egress(address))
  if (allowed.length === 0) {
    throw new Failure('HTTP_FORBIDDEN_ADDRESS', { url: trip.url, address: addresses[0] ?? host })
  }
  trip.watch.enter('connect')
  const isTls = where.protocol === 'https:'
  const port = where.port === '' ? (isTls ? 443 : 80) : Number(where.port)
  const socket = await dial(trip, host, port, allowed, signal)
  if (!isTls) return socket
  trip.watch.enter('tls')
  return secure(trip, host, socket, options.secureContext, signal)
}

async function find(
  trip: Trip,
  host: string,
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  trip.watch.enter('dns')
  try {
    return await unlessAborted(options.resolve(host), signal)
  } catch (cause) {
    signal.throwIfAborted()
    throw new Failure('HTTP_DNS', { url: trip.url, host }, { cause })
  }
}

async function dial(
  trip: Trip,
  host: string,
  port: number,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<Socket> {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  const socket = connectTcp({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    autoSelectFamily: true,
    lookup: (_name, { all }, answer) => {
      if (all === true) answer(null, found)
      else answer(null, found[0]?.address ?? '', found[0]?.family)
    },
  })
  try {
    await opened(socket, 'connect', signal)
    return socket
  } catch (cause) {
    signal.throwIfAborted()
    throw new Failure('HTTP_CONNECT', { url: trip.url, reason: codeOf(cause) }, { cause })
  }
}

async function secure(
  trip: Trip,
  host: string,
  socket: Socket,
  secureContext: SecureContext | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const tls = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    ...(secureContext === undefined ? {} : { secureContext }),
  })
  try {
    await opened(tls, 'secureConnect', signal)
    return tls
  } catch (cause) {
    signal.throwIfAborted()
    throw new Failure('HTTP_TLS', { url: trip.url, reason: tlsReason(codeOf(cause)) }, { cause })
  }
}

/** Resolves when `socket` says `event`; otherwise nothing of it is left. */
async function opened(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  let done: () => void = () => undefined
  const opening = new Promise<void>((resolve, reject) => {
    const closed = (): void => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
    socket.once(event, resolve).once('error', reject).once('close', closed)
    done = () => socket.off(event, resolve).off('error', reject).off('close', closed)
  })
  try {
    await unlessAborted(opening, signal)
    done()
  } catch (error) {
    socket.on('error', () => undefined)
    socket.destroy()
    throw error
  }
}

/** The system's or OpenSSL's name for an error. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

const untrusted = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'CERT_REVOKED',
  'CERT_REJECTED',
]

function tlsReason(code: string): string {
  if (untrusted.includes(code)) return `certificate not trusted: ${code}`
  if (code === 'CERT_HAS_EXPIRED') return 'certificate expired'
  if (code === 'CERT_NOT_YET_VALID') return 'certificate not yet valid'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'certificate is for another host'
  return `no TLS: ${code}`
}
