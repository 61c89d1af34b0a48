import type { FastifyInstance } from 'fastify'

/** Lets pages of these origins use the API: those that are listed and nobody else, with no cookies (there are none). */
export function crossOrigin(api: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  api.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    void reply.header('vary', 'Origin')
    if (origin === undefined || !origins.includes(origin)) return
    void reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'ETag, X-Request-Id, Retry-After, Content-Range',
    })
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return
    await reply
      .headers({
        'access-control-allow-methods': 'GET, PUT, POST, PATCH, DELETE',
        'access-control-allow-headers':
          'Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, Range, X-Auth-Token',
        'access-control-max-age': '600',
      })
      .code(204)
      .send()
  })
}
