import { Type } from 'typebox'
import { Failure, newId } from '../../base/index.ts'
import type { KeptDocument } from '../../documents/index.ts'
import { ancestorsOf } from '../admission.ts'
import { problemAt, refuse } from '../check.ts'
import type { ApiPorts } from '../ports.ts'
import { accountParams, defineRoute, type Asked, type DataAnswer, type Route } from '../route.ts'
import { defineCollection, schemaOfCollection } from './collection.ts'
import { create, found, patch, remove, replace } from './keep.ts'
import { textOf, type Json } from './merge.ts'
import { AnyObject, asWanted, told } from './routes.ts'

const source = 'KAZOO cb_accounts.erl'

const rules = defineCollection({
  collection: 'accounts',
  one: 'account',
  source,
  listed: { name: 'name', realm: 'realm' },
  // Requests to web servers are signed with it.
  guarded: ['secret'],
  async prepare({ document }) {
    const realm = textOf(document['realm'])?.toLowerCase() ?? `${newId().slice(0, 6)}.sip.invalid`
    return { ...document, realm }
  },
  async problems({ document, ports }) {
    const realm = textOf(document['realm'])?.toLowerCase()
    const others = await ports.documents.accounts()
    const isTaken = others.some(
      ({ id, document: other }) => id !== document.id && textOf(other['realm'])?.toLowerCase() === realm,
    )
    return [
      ...(textOf(document['name']) === undefined
        ? [problemAt('/name', 'required', 'Field is required but missing')]
        : []),
      ...(realm !== undefined && isTaken ? [problemAt('/realm', 'unique', 'Account realm already in use', realm)] : []),
    ]
  },
  async removed({ id }, { files }) {
    await files.removeAll(`media/${id}/`)
    await files.removeAll(`recordings/${id}/`)
  },
  example: { name: 'The shop', realm: 'shop.example', timezone: 'America/New_York' },
})

const answer = Type.Unsafe<Json>(schemaOfCollection(rules))
const Summary = Type.Object({
  id: Type.String(),
  name: Type.Optional(Type.String()),
  realm: Type.Optional(Type.String()),
})

/** The account of the path, as documents have it. */
const target = (asked: Asked) => ({
  accountId: asked.accountId,
  header: (name: string) => asked.header(name),
  params: { id: asked.accountId },
})

const below = async (asked: Asked, ports: ApiPorts, parentId: string): Promise<DataAnswer> => {
  const sent = asked.body as Json
  const parent = await found(ports, rules, { accountId: parentId, id: parentId })
  const own = { pvt_tree: [...ancestorsOf(parent), parentId] }
  return told(rules, asked, await create(rules, ports, { accountId: parentId, sent, own }))
}

const one: readonly Route[] = [
  defineRoute({
    method: 'PUT',
    url: '/v2/accounts',
    summary: 'Adds an account below the one of the token.',
    source,
    scope: 'admin',
    params: Type.Object({}),
    body: AnyObject,
    answer,
    example: rules.example,
    run: (asked, ports) => below(asked, ports, asked.principal.accountId),
  }),
  defineRoute({
    method: 'PUT',
    url: '/v2/accounts/:accountId',
    summary: 'Adds an account below this one.',
    source,
    scope: 'admin',
    params: accountParams(),
    body: AnyObject,
    answer,
    example: rules.example,
    run: (asked, ports) => below(asked, ports, asked.accountId),
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId',
    summary: 'An account.',
    source,
    scope: 'read',
    params: accountParams(),
    answer,
    run: async (asked, ports) => {
      const { accountId } = asked
      return told(rules, asked, await found(ports, rules, { accountId, id: accountId }))
    },
  }),
  defineRoute({
    method: 'POST',
    url: '/v2/accounts/:accountId',
    summary: 'Replaces the document of an account.',
    source,
    scope: 'admin',
    params: accountParams(),
    body: AnyObject,
    answer,
    example: rules.example,
    run: async (asked, ports) =>
      told(rules, asked, await asWanted(target(asked), (one) => replace(rules, ports, { ...one, sent: asked.body }))),
  }),
  defineRoute({
    method: 'PATCH',
    url: '/v2/accounts/:accountId',
    summary: 'Changes fields of an account: objects are merged, null removes.',
    source,
    scope: 'admin',
    params: accountParams(),
    body: AnyObject,
    answer,
    run: async (asked, ports) =>
      told(rules, asked, await asWanted(target(asked), (one) => patch(rules, ports, { ...one, sent: asked.body }))),
  }),
  defineRoute({
    method: 'DELETE',
    url: '/v2/accounts/:accountId',
    summary: 'Removes an account with everything it has. It must have no accounts below it, and not be the own one.',
    source,
    scope: 'admin',
    params: accountParams(),
    answer,
    async run(asked, ports) {
      const { accountId, principal } = asked
      if (accountId === principal.accountId) throw new Failure('API_FORBIDDEN', { need: 'an account above this one' })
      const others = await ports.documents.accounts()
      if (others.some((other) => ancestorsOf(other).includes(accountId))) {
        refuse([problemAt('', 'account_has_descendants', 'The account has accounts below it')])
      }
      return told(rules, asked, await asWanted(target(asked), (one) => remove(rules, ports, one)))
    },
  }),
]

const isAbove = (account: KeptDocument, other: KeptDocument): boolean => ancestorsOf(account).includes(other.id)

/** Which accounts stand where, seen from one of them. */
const relatives = {
  children: (account: KeptDocument, other: KeptDocument) => ancestorsOf(other).at(-1) === account.id,
  descendants: (account: KeptDocument, other: KeptDocument) => ancestorsOf(other).includes(account.id),
  siblings: (account: KeptDocument, other: KeptDocument) =>
    other.id !== account.id &&
    ancestorsOf(account).length > 0 &&
    ancestorsOf(other).at(-1) === ancestorsOf(account).at(-1),
  parents: isAbove,
  tree: isAbove,
} as const

const names: Readonly<Record<keyof typeof relatives, string>> = {
  children: 'The accounts directly below an account.',
  descendants: 'All accounts below an account.',
  siblings: 'The accounts beside an account.',
  parents: 'The accounts above an account, as far as the token reaches.',
  tree: 'The same: the accounts above an account, from the top.',
}

const related = (Object.keys(relatives) as (keyof typeof relatives)[]).map((name) =>
  defineRoute({
    method: 'GET',
    url: `/v2/accounts/:accountId/${name}`,
    summary: names[name],
    source,
    scope: 'read',
    params: accountParams(),
    answer: Type.Array(Summary),
    async run({ accountId, principal }, ports) {
      const account = await found(ports, rules, { accountId, id: accountId })
      const isSystem = principal.scopes.includes('system')
      const isSeen = (other: KeptDocument): boolean =>
        isSystem || other.id === principal.accountId || ancestorsOf(other).includes(principal.accountId)
      const accounts = (await ports.documents.accounts()).filter(isSeen)
      const wanted = accounts.filter((other) => relatives[name](account, other)).sort(fromTheTop)
      return { data: wanted.map(summaryOf), page: { size: wanted.length } }
    },
  }),
)

const fromTheTop = (one: KeptDocument, other: KeptDocument): number =>
  ancestorsOf(one).length - ancestorsOf(other).length

function summaryOf({ id, document }: KeptDocument): {
  readonly id: string
  readonly name?: unknown
  readonly realm?: unknown
} {
  const { name, realm } = document
  return { id, ...(name === undefined ? {} : { name }), ...(realm === undefined ? {} : { realm }) }
}

export const accountRoutes: readonly Route[] = [...one, ...related]
