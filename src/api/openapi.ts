import type { FastifySchema } from 'fastify'
import { Type, type TObject, type TSchema } from 'typebox'
import { envelopeOf, errorSchema } from './envelope.ts'
import type { Method, Route } from './route.ts'

declare module 'fastify' {
  interface FastifySchema {
    hide?: boolean
    tags?: readonly string[]
    summary?: string
    description?: string
    security?: readonly Record<string, readonly string[]>[]
    consumes?: readonly string[]
    produces?: readonly string[]
    operationId?: string
  }
}

/** What Fastify and the OpenAPI document are told of a route. */
export function schemaOf(route: Route): FastifySchema {
  const { method, url, summary, source, scope, params, query, body, upload, produces, answer, example } = route
  const data = example === undefined ? body : body && Type.Unsafe({ ...body, examples: [example] })
  const created = method === 'PUT' ? 201 : 200
  return {
    operationId: operationIdOf(method, url),
    tags: [tagOf(url)],
    summary,
    description: `Source: ${source}.${scope === 'public' ? '' : ` Scope: \`${scope}\`.`}`,
    security: scope === 'public' ? [] : [{ token: [] }, { bearer: [] }],
    ...(Object.keys(params.properties).length === 0 ? {} : { params }),
    ...(query === undefined ? {} : { querystring: withoutDefaultsRequired(query) }),
    ...(data === undefined ? {} : { body: Type.Object({ data }) }),
    ...(upload === undefined ? {} : { consumes: ['application/json', ...upload.contentTypes] }),
    ...(produces === undefined ? {} : { produces: ['application/json', ...produces] }),
    response: { [created]: { description: 'As asked.', ...envelopeOf(answer) }, '4xx': errorSchema },
  }
}

/** TypeBox requires what has a default; whoever asks need not send it. */
function withoutDefaultsRequired(query: TObject): TSchema {
  const isOptional = (name: string): boolean => 'default' in (query.properties[name] ?? {})
  const required = Object.keys(query.properties).filter(
    (name) => !isOptional(name) && !Type.IsOptional(query.properties[name]),
  )
  return Type.Unsafe({ ...query, required })
}

/** `/v2/accounts/:accountId/cdrs/:cdrId` is of `cdrs`. */
export function tagOf(url: string): string {
  const parts = url.split('/').slice(2)
  const [first = 'v2', , third] = parts
  return first === 'accounts' && third !== undefined && !third.startsWith(':') ? third : first
}

const operationIdOf = (method: Method, url: string): string =>
  [method.toLowerCase(), ...url.split('/').slice(2)]
    .flatMap((part) => part.split(/[:_-]/))
    .filter((part) => part !== '')
    .map((part, index) => (index === 0 ? part : `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`))
    .join('')

export const openApiDocument = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'Pivot',
    version,
    description: 'The HTTP API of Pivot: the shapes of KAZOO Crossbar v2, and what is ours.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  components: {
    securitySchemes: {
      token: { type: 'apiKey' as const, in: 'header' as const, name: 'X-Auth-Token' },
      bearer: { type: 'http' as const, scheme: 'bearer' },
    },
  },
})
