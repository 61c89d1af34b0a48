import Fastify, { type FastifyInstance } from 'fastify'
import swagger from '@fastify/swagger'
import websocket from '@fastify/websocket'
import type { ApiKey } from '../access/index.ts'
import { asFailure, newId, type Clock, type Log } from '../base/index.ts'
import { tokenOf } from './admission.ts'
import { readBodies } from './body.ts'
import { crossOrigin } from './cross-origin.ts'
import { errorEnvelope } from './envelope.ts'
import { refusalOf } from './errors.ts'
import type { Metrics } from './metrics.ts'
import { mount } from './mount.ts'
import { openApiDocument } from './openapi.ts'
import type { ApiPorts } from './ports.ts'
import { limitRate } from './rate.ts'
import { recordingRoute, type RecordingFiles } from './recordings.ts'
import type { Route } from './route.ts'
import { allRoutes } from './routes.ts'

export interface ApiOptions {
  readonly metrics: Metrics
  /** Who may read the metrics; undefined: everybody who reaches the port (it is bound to loopback). */
  readonly metricsKey: ApiKey | undefined
  readonly recordings: RecordingFiles
  /** Why calls cannot be taken now, or undefined when they can. */
  readonly notReady: () => string | undefined
  readonly clock: Clock
  readonly log: Log
  /** What `/v2` works with; undefined: there is no `/v2`. */
  readonly ports?: ApiPorts
  /** Default: all there are. */
  readonly routes?: readonly Route[]
  /** Origins whose pages may use the API. Default: none. */
  readonly corsOrigins?: readonly string[]
  /** Of one token, and of one address. Default: 12,000; 0: any number. */
  readonly mostRequestsPerMinute?: number
}

/** Nothing that is asked here is larger, but for uploads. */
const limits = {
  bodyLimit: 1_048_576,
  routerOptions: { maxParamLength: 512 },
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
export function newApi(options: ApiOptions): FastifyInstance {
  const { ports, routes = allRoutes, clock, log } = options
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
  crossOrigin(api, options.corsOrigins ?? [])
  api.setNotFoundHandler((request, reply) => {
    const allowed = ports === undefined ? [] : methodsAt(request.url, routes)
    const status = allowed.length > 0 ? 405 : 404
    if (status === 405) void reply.header('allow', allowed.join(', '))
    return reply.code(status).send(errorEnvelope({ status, requestId: request.id, atMs: clock.now() }))
  })
  api.setErrorHandler((error, request, reply) => {
    const { status, headers, ...words } = refusalOf(error)
    if (status >= 500) log.error('api.failed', { requestId: request.id, error: asFailure(error) })
    return reply
      .headers(headers)
      .code(status)
      .send(errorEnvelope({ status, requestId: request.id, atMs: clock.now(), ...words }))
  })
  // Checks are ours (check.ts) and answers are what routes say: Fastify's would drop the fields that nobody named.
  api.setValidatorCompiler(() => () => true)
  api.setSerializerCompiler(() => (data) => JSON.stringify(data))
  void api.register(swagger, { openapi: openApiDocument(ports?.version ?? '') })
  void api.register((served, _, done) => {
    plainRoutes(served, options)
    done()
  })
  if (ports !== undefined) {
    void api.register(websocket, { options: { maxPayload: 65_536 } })
    void api.register(async (served) => {
      await limitRate(served, options.mostRequestsPerMinute)
      readBodies(served)
      for (const route of routes) mount(served, route, ports)
    })
  }
  return api
}

/** What is not KAZOO's: health, metrics, recordings by their address, and the document that describes all of it. */
function plainRoutes(api: FastifyInstance, { metrics, metricsKey, notReady, recordings, clock }: ApiOptions): void {
  const about = (summary: string): object => ({ schema: { summary, tags: ['server'], security: [] } })
  api.get('/healthz', about('Whether the server answers.'), () => ({ status: 'ok' }))
  api.get('/readyz', about('Whether the server takes calls.'), (_request, reply) => {
    const why = notReady()
    return why === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', why })
  })
  api.get('/metrics', about('Figures in the text format of Prometheus.'), async (request, reply) => {
    if (metricsKey !== undefined && !metricsKey.fits(tokenOf(request) ?? '')) {
      return reply.code(401).send(errorEnvelope({ status: 401, requestId: request.id, atMs: clock.now() }))
    }
    return reply.type(metrics.contentType).send(await metrics.text())
  })
  api.get('/openapi.json', about('This document.'), () => api.swagger())
  recordingRoute(api, recordings)
}

/** What could be asked of this path. */
function methodsAt(url: string, routes: readonly Route[]): readonly string[] {
  const parts = (url.split('?')[0] ?? '').split('/')
  const isHere = (route: Route): boolean => {
    const wanted = route.url.split('/')
    return wanted.length === parts.length && wanted.every((part, at) => part.startsWith(':') || part === parts[at])
  }
  return [...new Set(routes.filter(isHere).map(({ method }) => method))]
}
