import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { ApiKey } from '../access/index.ts'
import { asFailure, newId, type Clock, type Log } from '../base/index.ts'
import { errorEnvelope } from './envelope.ts'
import type { Metrics } from './metrics.ts'
import { recordingRoute, type RecordingFiles } from './recordings.ts'

export interface ApiOptions {
  readonly metrics: Metrics
  /** Who may read the metrics; undefined: everybody who reaches the port (it is bound to loopback). */
  readonly metricsKey: ApiKey | undefined
  readonly recordings: RecordingFiles
  /** Why calls cannot be taken now, or undefined when they can. */
  readonly notReady: () => string | undefined
  readonly clock: Clock
  readonly log: Log
}

/** Nothing that is asked here is larger. */
const limits = {
  bodyLimit: 1_048_576,
  routerOptions: { maxParamLength: 128 },
  requestTimeout: 30_000,
  connectionTimeout: 60_000,
  keepAliveTimeout: 30_000,
  maxRequestsPerSocket: 10_000,
}

const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** The HTTP side of the house, not yet listening. */
export function newApi({ metrics, metricsKey, recordings, notReady, clock, log }: ApiOptions): FastifyInstance {
  const api = Fastify({ ...limits, genReqId: newId, return503OnClosing: false, forceCloseConnections: 'idle' })

  api.addHook('onRequest', (request, reply, done) => {
    void reply.headers({ ...securityHeaders, 'x-request-id': request.id })
    done()
  })
  api.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    log.debug('api.answered', { method: request.method, route, status: reply.statusCode, requestId: request.id })
    done()
  })
  const envelope = (request: FastifyRequest, status: number, data?: Record<string, unknown>): object =>
    errorEnvelope({ status, requestId: request.id, atMs: clock.now(), ...(data === undefined ? {} : { data }) })
  api.setNotFoundHandler((request, reply) => reply.code(404).send(envelope(request, 404)))
  api.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error instanceof RangeError ? 416 : (error.statusCode ?? 500)
    if (status >= 500) log.error('api.failed', { requestId: request.id, error: asFailure(error) })
    return reply.code(status).send(envelope(request, status, status < 500 ? { message: error.message } : {}))
  })

  api.get('/healthz', () => ({ status: 'ok' }))
  api.get('/readyz', (_request, reply) => {
    const why = notReady()
    return why === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', why })
  })
  api.get('/metrics', async (request, reply) => {
    if (metricsKey !== undefined && !metricsKey.fits(tokenOf(request)))
      return reply.code(401).send(envelope(request, 401))
    return reply.type(metrics.contentType).send(await metrics.text())
  })
  recordingRoute(api, recordings)
  return api
}

/** KAZOO's header, or the bearer token that Prometheus can be configured with. */
function tokenOf({ headers }: FastifyRequest): string {
  const own = headers['x-auth-token']
  if (typeof own === 'string') return own
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
}
