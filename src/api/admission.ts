import type { FastifyRequest } from 'fastify'
import { allows, operatorTokenId, type Principal } from '../access/index.ts'
import { Failure } from '../base/index.ts'
import type { KeptDocument } from '../documents/index.ts'
import type { ApiPorts } from './ports.ts'
import type { Route } from './route.ts'

const nobody: Principal = { tokenId: '', accountId: '', userId: undefined, scopes: [] }

/** KAZOO's header, or a bearer token (RFC 6750 section 2.1); a WebSocket of a browser can only send a query parameter. */
export function tokenOf({ headers, query }: FastifyRequest): string | undefined {
  const own = headers['x-auth-token']
  if (typeof own === 'string' && own !== '') return own
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const asked = headers.upgrade?.toLowerCase() === 'websocket' ? (query as { readonly auth_token?: unknown }) : {}
  return typeof asked.auth_token === 'string' ? asked.auth_token : undefined
}

/**
 * Who asks, when they may.
 *
 * @throws API_UNAUTHENTICATED · API_FORBIDDEN, also for accounts that do not exist: only those above an account are told
 */
export async function admit(request: FastifyRequest, route: Route, ports: ApiPorts): Promise<Principal> {
  if (route.scope === 'public') return nobody
  const token = tokenOf(request)
  if (token === undefined) throw new Failure('API_UNAUTHENTICATED', { problem: 'no X-Auth-Token' })
  const principal = await ports.access.principalOf(token)
  if (principal === undefined) throw new Failure('API_UNAUTHENTICATED', { problem: 'unknown or expired token' })
  if (!allows(principal.scopes, route.scope)) throw new Failure('API_FORBIDDEN', { need: `scope ${route.scope}` })
  const { accountId } = request.params as { readonly accountId?: string }
  if (accountId !== undefined) await reach(principal, accountId, ports)
  return principal
}

async function reach(principal: Principal, accountId: string, { documents }: ApiPorts): Promise<void> {
  const account = await documents.find(accountId, 'accounts', accountId)
  if (allows(principal.scopes, 'system')) {
    if (account === undefined) throw new Failure('API_NOT_FOUND', { what: `account ${accountId}` })
    return
  }
  const isOwn = principal.accountId === accountId
  if (account === undefined || !(isOwn || ancestorsOf(account).includes(principal.accountId))) {
    throw new Failure('API_FORBIDDEN', { need: 'an account of its own or below' })
  }
}

/**
 * The accounts above an account, from the top.
 *
 * @source KAZOO kzd_accounts: pvt_tree
 */
export function ancestorsOf({ document }: Pick<KeptDocument, 'document'>): readonly string[] {
  const tree = document['pvt_tree']
  return Array.isArray(tree) ? tree.filter((id) => typeof id === 'string') : []
}

/** May this token be removed, or is it the operator's, which is configured? */
export const isOperator = ({ tokenId }: Principal): boolean => tokenId === operatorTokenId
