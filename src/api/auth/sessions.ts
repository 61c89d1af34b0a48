import { Type } from 'typebox'
import { sessionMs, type Grant, type Principal, type Scope } from '../../access/index.ts'
import { Failure } from '../../base/index.ts'
import type { KeptDocument } from '../../documents/index.ts'
import { ancestorsOf, isOperator } from '../admission.ts'
import { problemAt, refuse } from '../check.ts'
import { textOf } from '../collections/merge.ts'
import type { ApiPorts } from '../ports.ts'
import { defineRoute, type DataAnswer, type Route } from '../route.ts'
import { accountsNamed, userWith } from './find-user.ts'

const Session = Type.Object({
  account_id: Type.String(),
  account_name: Type.Optional(Type.String()),
  owner_id: Type.Optional(Type.String()),
  is_reseller: Type.Boolean(),
  scopes: Type.Array(Type.String(), { description: 'Ours.' }),
})

/** What is said of who asks. @source KAZOO crossbar_util:response_auth/1 */
function sessionOf(
  { accountId, userId, scopes }: Omit<Principal, 'tokenId'>,
  account: KeptDocument | undefined,
): object {
  const name = textOf(account?.document['name'])
  return {
    account_id: accountId,
    ...(name === undefined ? {} : { account_name: name }),
    ...(userId === undefined ? {} : { owner_id: userId }),
    is_reseller: account !== undefined && ancestorsOf(account).length === 0,
    scopes,
  }
}

/** A token for whoever has shown who they are. */
async function begin(grant: Omit<Grant, 'lifetimeMs'>, ports: ApiPorts): Promise<DataAnswer> {
  const { accountId, userId, scopes } = grant
  const account = await ports.documents.find(accountId, 'accounts', accountId)
  await ports.tokens.removeExpired(ports.clock.now())
  const { token } = await ports.access.issue({ ...grant, lifetimeMs: sessionMs })
  return { data: sessionOf({ accountId, userId, scopes }, account), authToken: token }
}

const unknown = (): Failure => new Failure('API_UNAUTHENTICATED', { problem: 'nobody has these credentials' })

const byKey = defineRoute({
  method: 'PUT',
  url: '/v2/api_auth',
  summary: 'A token for an API key, good for an hour.',
  source: 'KAZOO cb_api_auth.erl',
  scope: 'public',
  params: Type.Object({}),
  body: Type.Object({ api_key: Type.String({ minLength: 1, maxLength: 256 }) }),
  answer: Session,
  example: { api_key: '…' },
  async run({ body, address }, ports) {
    const principal = await ports.access.attempts.of(address, () => ports.access.principalOf(body.api_key))
    if (principal === undefined) throw unknown()
    const { accountId, userId, scopes } = principal
    return begin({ accountId, ...(userId === undefined ? {} : { userId }), name: 'api_auth', scopes }, ports)
  },
})

const Name = Type.Optional(Type.String({ minLength: 1, maxLength: 256 }))

const byUser = defineRoute({
  method: 'PUT',
  url: '/v2/user_auth',
  summary: 'A token for a user, good for an hour. Credentials are the MD5 or SHA-1 of `username:password`.',
  source: 'KAZOO cb_user_auth.erl',
  scope: 'public',
  params: Type.Object({}),
  body: Type.Object({
    credentials: Type.String({ pattern: '^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{40})$' }),
    method: Type.Union([Type.Literal('md5'), Type.Literal('sha')], { default: 'md5' }),
    account_name: Name,
    account_realm: Name,
    realm: Name,
    phone_number: Name,
  }),
  answer: Session,
  example: { credentials: 'c4f5d4e6a3b2f1908172635445362718', method: 'md5' as const, account_name: 'The shop' },
  async run({ body, address }, ports) {
    const { credentials, method } = body
    if ([body.account_name, body.account_realm, body.realm, body.phone_number].every((name) => name === undefined)) {
      refuse([problemAt('/account_name', 'required', 'One of account_name, account_realm, phone_number is needed')])
    }
    const user = await ports.access.attempts.of(address, async () => {
      const accounts = (await accountsNamed(body, ports)).filter(({ document }) => document['enabled'] !== false)
      for (const account of accounts.slice(0, mostAccounts)) {
        const found = await userWith(account.id, credentials, method, ports)
        if (found !== undefined) return found
      }
      return undefined
    })
    if (user === undefined) throw unknown()
    const scopes: readonly Scope[] = user.document['priv_level'] === 'admin' ? ['admin'] : ['read']
    return begin({ accountId: user.accountId, userId: user.id, name: 'user_auth', scopes }, ports)
  },
})

/** Each costs tens of milliseconds of a processor. */
const mostAccounts = 5

const info = defineRoute({
  method: 'GET',
  url: '/v2/auth/tokeninfo',
  summary: 'Whose token this is.',
  source: 'KAZOO cb_auth.erl',
  scope: 'read',
  params: Type.Object({}),
  answer: Session,
  async run({ principal }, ports) {
    const { accountId } = principal
    return { data: sessionOf(principal, await ports.documents.find(accountId, 'accounts', accountId)) }
  },
})

const end = defineRoute({
  method: 'DELETE',
  url: '/v2/auth',
  summary: 'Ends the token it is asked with.',
  source: 'ours',
  scope: 'read',
  params: Type.Object({}),
  answer: Session,
  async run({ principal }, ports) {
    if (isOperator(principal)) throw new Failure('API_FORBIDDEN', { need: 'a token that is not configured' })
    const { accountId, tokenId } = principal
    await ports.tokens.remove(accountId, tokenId)
    return { data: sessionOf(principal, await ports.documents.find(accountId, 'accounts', accountId)) }
  },
})

export const sessionRoutes: readonly Route[] = [byKey, byUser, info, end]
