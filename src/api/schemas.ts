import { Type } from 'typebox'
import { Failure } from '../base/index.ts'
import { documentSchema } from '../documents/index.ts'
import { schemaOfCollection } from './collections/collection.ts'
import { allCollections } from './collections/index.ts'
import type { ApiPorts } from './ports.ts'
import { defineRoute, type Route } from './route.ts'

const source = 'KAZOO cb_schemas.erl'

/** JSON schemas by the names that KAZOO gives them: `callflows.play` of an action, `devices` of a document. */
function schemasOf({ registry }: ApiPorts): ReadonlyMap<string, object> {
  return new Map<string, object>([
    ['accounts', documentSchema('accounts')],
    ...allCollections.map((rules) => [rules.collection, schemaOfCollection(rules)] as const),
    ...registry.actions.map(({ module, data }) => [`callflows.${module}`, data] as const),
  ])
}

export const schemaRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url: '/v2/schemas',
    summary: 'The names of all JSON schemas.',
    source,
    scope: 'public',
    params: Type.Object({}),
    answer: Type.Array(Type.String()),
    async run(_asked, ports) {
      return { data: [...schemasOf(ports).keys()].sort() }
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/schemas/:name',
    summary: 'The JSON schema of the data of an action, or of the documents of a collection.',
    source,
    scope: 'public',
    params: Type.Object({ name: Type.String({ minLength: 1, maxLength: 128 }) }),
    answer: Type.Object({}),
    async run({ params: { name } }, ports) {
      const schema = schemasOf(ports).get(name)
      if (schema === undefined) throw new Failure('API_NOT_FOUND', { what: `schema ${name}` })
      return { data: { id: name, $schema: 'http://json-schema.org/draft-07/schema#', ...schema } }
    },
  }),
]
