import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../access/index.ts'
import { asFailure, Failure, within } from '../base/index.ts'
import { admit } from './admission.ts'
import { dataOf, uploadOf } from './body.ts'
import { check } from './check.ts'
import { envelope } from './envelope.ts'
import { schemaOf } from './openapi.ts'
import type { ApiPorts } from './ports.ts'
import type { Answer, Asked, Route } from './route.ts'

/** Nobody waits longer for an answer; streams begin within it and then go on. */
const timeoutMs = 30_000

/** Serves `route`: who asks is known before the body is read, and what is asked is checked before it runs. */
export function mount(api: FastifyInstance, route: Route, ports: ApiPorts): void {
  const principals = new WeakMap<FastifyRequest, Principal>()
  const asked = (request: FastifyRequest, signal: AbortSignal): Asked => {
    const principal = principals.get(request)
    if (principal === undefined) throw new Failure('API_UNAUTHENTICATED', { problem: 'nobody was admitted' })
    return askedOf(request, { route, ports, principal, signal })
  }
  const options = {
    method: route.method,
    url: route.url,
    schema: schemaOf(route),
    ...(route.upload === undefined ? {} : { bodyLimit: route.upload.mostBytes }),
    onRequest: async (request: FastifyRequest) => {
      principals.set(request, await admit(request, route, ports))
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const signal = goneSignal(reply)
      const work = async (): Promise<Answer> => route.run(asked(request, signal) as never, ports)
      const late = (): Error => new Failure('API_TIMEOUT', { timeoutMs })
      const answer = await within({ clock: ports.clock, ms: timeoutMs, signal }, late, work)
      return send(answer, { request, reply, route, ports })
    },
  }
  if (route.socket === undefined) {
    api.route(options)
    return
  }
  api.route({
    ...options,
    wsHandler: (connection, request) => {
      const closed = new AbortController()
      connection.once('close', () => closed.abort(gone()))
      connection.on('error', (error) => ports.log.debug('api.socket-failed', { error: asFailure(error) }))
      try {
        route.socket?.(asked(request, closed.signal) as never, ports, connection)
      } catch (error) {
        ports.log.debug('api.socket-refused', { error: asFailure(error) })
        connection.close(1008, asFailure(error).code)
      }
    },
  })
}

const gone = (): Error => new Error('whoever asked is gone')

function goneSignal(reply: FastifyReply): AbortSignal {
  const closed = new AbortController()
  reply.raw.once('close', () => closed.abort(gone()))
  return closed.signal
}

interface Asking {
  readonly route: Route
  readonly ports: ApiPorts
  readonly principal: Principal
  readonly signal: AbortSignal
}

/** @throws API_INVALID */
function askedOf(request: FastifyRequest, { route, ports, principal, signal }: Asking): Asked {
  const { headers, body, id: requestId, ip: address } = request
  const params = { ...(request.params as Record<string, string>) }
  const query = { ...(request.query as Record<string, unknown>) }
  check(route.params, params)
  if (route.query !== undefined) check(route.query, query)
  const upload = uploadOf(route, body, headers['content-type'])
  const data = route.body === undefined || upload !== undefined ? undefined : dataOf(body)
  if (route.body !== undefined && upload === undefined) check(route.body, data)
  return {
    principal,
    accountId: params['accountId'] ?? '',
    params,
    query,
    body: data,
    upload,
    requestId,
    address,
    header(name) {
      const value = headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    log: ports.log.child({ requestId }),
    signal,
  }
}

interface Sending {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly route: Route
  readonly ports: ApiPorts
}

function send(answer: Answer, { request, reply, route, ports }: Sending): FastifyReply {
  const { clock, node, version } = ports
  void reply.headers(answer.headers ?? {}).code(answer.status ?? (route.method === 'PUT' ? 201 : 200))
  if ('raw' in answer) return reply.type(answer.contentType).send(answer.raw)
  const { revision } = answer
  if (revision !== undefined) {
    const tag = `"${revision}"`
    void reply.header('etag', tag)
    // RFC 9110 section 13.1.2
    const known = route.method === 'GET' ? request.headers['if-none-match'] : undefined
    if (known !== undefined && known.split(',').some((one) => one.trim().replace(/^W\//, '') === tag)) {
      return reply.code(304).send()
    }
  }
  return reply.send(envelope(answer, { requestId: request.id, atMs: clock.now(), node, version }))
}
