import { Type } from 'typebox'
import { allows, type Scope, type Token } from '../../access/index.ts'
import { Failure } from '../../base/index.ts'
import { toGregorian } from '../paging.ts'
import { accountParams, defineRoute, type Route } from '../route.ts'

const source = 'ours'
const url = '/v2/accounts/:accountId/api_tokens'
const longestSeconds = 10 * 366 * 86_400
const mostTokens = 1_000

const ScopeName = Type.Union([Type.Literal('admin'), Type.Literal('read'), Type.Literal('calls')], {
  description: '`admin` may everything in the account and below it, `read` only asks, `calls` only sees to live calls.',
})

const Told = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  owner_id: Type.Optional(Type.String()),
  created: Type.Integer({ description: 'Gregorian seconds.' }),
  expires: Type.Optional(Type.Integer({ description: 'Gregorian seconds.' })),
  token: Type.Optional(Type.String({ description: 'Only when it is made: what is kept is its hash.' })),
})

const told = ({ id, name, scopes, userId, createdAt, expiresAt }: Token) => ({
  id,
  name,
  scopes,
  ...(userId === undefined ? {} : { owner_id: userId }),
  created: toGregorian(createdAt),
  ...(expiresAt === undefined ? {} : { expires: toGregorian(expiresAt) }),
})

export const tokenRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url,
    summary: 'The tokens of an account, sessions included.',
    source,
    scope: 'admin',
    params: accountParams(),
    answer: Type.Array(Told),
    async run({ accountId }, { tokens, clock }) {
      const now = clock.now()
      const valid = (await tokens.list(accountId)).filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
      return { data: valid.map(told), page: { size: valid.length } }
    },
  }),
  defineRoute({
    method: 'PUT',
    url,
    summary: 'Makes a token. It is told once.',
    source,
    scope: 'admin',
    params: accountParams(),
    body: Type.Object({
      name: Type.String({ minLength: 1, maxLength: 128 }),
      scopes: Type.Array(ScopeName, { minItems: 1, maxItems: 3, default: ['read'] }),
      expires_in: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: longestSeconds,
          description: 'Seconds; without it the token does not expire.',
        }),
      ),
    }),
    answer: Told,
    example: { name: 'monitoring', scopes: ['read' as const] },
    async run({ accountId, principal, body }, { access, tokens }) {
      const { name, scopes, expires_in: seconds } = body
      const beyond = scopes.find((scope: Scope) => !allows(principal.scopes, scope))
      if (beyond !== undefined) throw new Failure('API_FORBIDDEN', { need: `scope ${beyond}` })
      if ((await tokens.list(accountId)).length >= mostTokens) {
        const problem = `an account has at most ${mostTokens} tokens`
        throw new Failure('API_INVALID', { problems: [{ at: '', rule: 'maxItems', problem }] })
      }
      const lifetime = seconds === undefined ? {} : { lifetimeMs: seconds * 1000 }
      const { token, kept } = await access.issue({ accountId, name, scopes, ...lifetime })
      return { data: { ...told(kept), token } }
    },
  }),
  defineRoute({
    method: 'DELETE',
    url: `${url}/:id`,
    summary: 'Ends a token.',
    source,
    scope: 'admin',
    params: accountParams('id'),
    answer: Type.Object({ id: Type.String() }),
    async run({ accountId, params: { id } }, { tokens }) {
      if (!(await tokens.remove(accountId, id))) throw new Failure('API_NOT_FOUND', { what: `token ${id}` })
      return { data: { id } }
    },
  }),
]
