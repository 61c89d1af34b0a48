import { Type, type Static } from 'typebox'
import { Failure } from '../base/index.ts'
import { isHangupCause, type Call } from '../call/index.ts'
import { checkFlow, readFlow, type Flow, type Registry } from '../callflow/index.ts'
import type { Redirection } from '../switchboard/index.ts'
import { problemAt, refuse } from './check.ts'
import { toGregorian } from './paging.ts'
import type { ApiPorts } from './ports.ts'
import { accountParams, defineRoute, type Asked, type DataAnswer, type Route } from './route.ts'

const Summary = Type.Object(
  {
    uuid: Type.String({ description: 'The call id.' }),
    direction: Type.Enum(['inbound', 'outbound']),
    destination: Type.String(),
    answered: Type.Boolean(),
    timestamp: Type.Integer({ description: 'When it began, in Gregorian seconds.' }),
    interaction_id: Type.String(),
    node: Type.String({ description: 'The process that carries it; only that one can hang it up or redirect it.' }),
  },
  { additionalProperties: true },
)

const ownerOf = ({ variables, caller }: Call): string | undefined => variables.ownerId ?? caller.ownerIds[0]

/** @source KAZOO ecallmgr_fs_channels, as cb_channels answers it */
function summaryOf(call: Call, node: string): Readonly<Record<string, unknown>> {
  const { leg, caller } = call
  return {
    uuid: call.id,
    answered: leg.state === 'answered',
    authorizing_id: caller.authorizingId,
    authorizing_type: caller.authorizingType,
    destination: leg.request.user,
    direction: leg.direction,
    owner_id: ownerOf(call),
    presence_id: `${leg.from.user}@${leg.from.realm}`,
    timestamp: toGregorian(call.arrivedAt),
    username: caller.authorizingId === undefined ? undefined : leg.from.user,
    interaction_id: call.interactionId,
    node,
  }
}

/** What one channel is said of beyond its line in the list. */
function detailsOf(call: Call, node: string): Readonly<Record<string, unknown>> {
  const { leg, variables } = call
  const address = ({ user, realm }: Call['from']): string => `${user}@${realm}`
  return {
    ...summaryOf(call, node),
    call_id: call.id,
    channel_state: leg.state,
    caller_id_name: variables.callerIdName,
    caller_id_number: variables.callerIdNumber,
    callee_id_number: call.number,
    from: address(leg.from),
    to: address(leg.to),
    request: address(leg.request),
    answered_timestamp: call.answeredAt === undefined ? undefined : toGregorian(call.answeredAt),
    user_agent: leg.userAgent,
    callflow_id: variables.callflowId,
    callflow_name: variables.callflowName,
    language: variables.language,
    module: variables.lastModule,
    custom_channel_vars: Object.fromEntries(variables.channel),
    custom_application_vars: Object.fromEntries(variables.application),
    media_recordings: call.recordings,
  }
}

/** @throws API_NOT_FOUND */
function channelOf({ accountId, params }: Asked<{ channelId: string }>, { calls, node }: ApiPorts): Call {
  const { channelId } = params
  const call = calls.calls(accountId).find(({ id }) => id === channelId)
  if (call !== undefined) return call
  throw new Failure('API_NOT_FOUND', {
    what: `channel ${channelId} on node ${node}: it has ended, or another node has it`,
  })
}

export const Action = Type.Object(
  {
    action: Type.Enum(['hangup', 'callflow', 'transfer', 'redirect'], {
      description:
        '`callflow` runs the callflow `id`, `transfer` what answers `target`, `redirect` (ours) the `flow` as it is, or ' +
        'what `voice_url` answers.',
    }),
    cause: Type.Optional(Type.String({ maxLength: 64, description: 'Of `hangup`: NORMAL_CLEARING when absent.' })),
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Of `callflow`.' })),
    target: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Of `transfer`: a number.' })),
    flow: Type.Optional(Type.Unknown({ description: 'Of `redirect`: a callflow, as a web server would answer it.' })),
    voice_url: Type.Optional(
      Type.String({
        maxLength: 4096,
        description: 'Of `redirect`: a web server. The data of the action `pivot` may stand beside it.',
      }),
    ),
  },
  { additionalProperties: true },
)
export type Action = Static<typeof Action>

const wrong = (at: string, rule: string, problem: string, value?: unknown): Failure =>
  new Failure('API_INVALID', { problems: [problemAt(at, rule, problem, value)] })

export const missing = (field: string, problem = 'Field is required but missing'): Failure =>
  wrong(`/${field}`, 'required', problem)

/** @throws API_INVALID · FLOW_INVALID */
function redirectionOf(action: Action, registry: Registry): Redirection {
  switch (action.action) {
    case 'callflow':
      if (action.id === undefined) throw missing('id')
      return { to: 'callflow', id: action.id }
    case 'transfer':
      if (action.target === undefined) throw missing('target', 'No target destination specified')
      return { to: 'number', number: action.target }
    default:
      return { to: 'flow', flow: flowOf(action, registry) }
  }
}

function flowOf(
  { action: _action, cause: _cause, id: _id, target: _target, flow, ...pivot }: Action,
  registry: Registry,
): Flow {
  if (flow !== undefined && pivot.voice_url !== undefined) {
    throw wrong('/flow', 'forbidden', 'either flow or voice_url, not both')
  }
  if (flow !== undefined) return readFlow({ flow }, registry, { as: 'reply' })
  if (pivot.voice_url === undefined) throw missing('flow', 'either flow or voice_url is needed')
  const read = checkFlow({ module: 'pivot', data: pivot }, registry, { as: 'reply' })
  refuse(read.problems.map(({ at, problem }) => problemAt(at.replace(/^\/data/, ''), 'invalid', problem)))
  return read.flow
}

/** @source KAZOO cb_channels.erl: what is done is done later, and that is what 202 says */
export const accepted = (message: string): DataAnswer => ({ data: { message }, status: 202 })

async function hangUp(call: Call, cause = 'NORMAL_CLEARING'): Promise<DataAnswer> {
  if (!isHangupCause(cause)) throw wrong('/cause', 'enum', 'Value not found in enumerated list of values', cause)
  await call.leg.hangup(cause)
  return accepted('hangup initiated')
}

/** Hangs `call` up, or sends it elsewhere, as the body wants. */
export async function act(
  call: Call,
  asked: Pick<Asked<unknown, unknown, Action>, 'accountId' | 'body' | 'log'>,
  ports: ApiPorts,
): Promise<DataAnswer> {
  const { body } = asked
  if (body.action === 'hangup') return hangUp(call, body.cause)
  await ports.calls.redirect(call, redirectionOf(body, ports.registry))
  asked.log.info('api.redirected', { callId: call.id, accountId: asked.accountId, action: body.action })
  return accepted(`${body.action} initiated`)
}

const source = 'KAZOO cb_channels.erl'
export const Message = Type.Object({ message: Type.String() })

const list = (owner: string, summary: string, isHis: (call: Call, id: string) => boolean): Route => {
  const params = owner === '' ? accountParams() : accountParams('ownerId')
  return defineRoute({
    method: 'GET',
    url: `/v2/accounts/:accountId/${owner === '' ? '' : `${owner}/:ownerId/`}channels`,
    summary,
    source,
    scope: 'read',
    params,
    answer: Type.Array(Summary),
    async run({ accountId, params: asked }, { calls, node }) {
      const id = 'ownerId' in asked && typeof asked.ownerId === 'string' ? asked.ownerId : ''
      const found = calls.calls(accountId).filter((call) => isHis(call, id))
      return { data: found.map((call) => summaryOf(call, node)), page: { size: found.length } }
    },
  })
}

const change = (method: 'POST' | 'PUT'): Route =>
  defineRoute({
    method,
    url: '/v2/accounts/:accountId/channels/:channelId',
    summary:
      'Hangs a live call up, or sends it elsewhere: what it runs, plays and asks stops, and the call goes on there.',
    source: `${source}; \`redirect\` is ours`,
    scope: 'calls',
    params: accountParams('channelId'),
    body: Action,
    answer: Message,
    example: { action: 'redirect', flow: { module: 'tts', data: { text: 'You are being put through.' } } },
    run: (asked, ports) => act(channelOf(asked, ports), asked, ports),
  })

export const channelRoutes: readonly Route[] = [
  list('', 'Lists the calls that this process carries now, oldest first.', () => true),
  list('users', 'Lists the live calls of a user.', (call, id) => ownerOf(call) === id),
  list('devices', 'Lists the live calls of a device.', ({ caller }, id) => caller.authorizingId === id),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/channels/:channelId',
    summary: 'A live call: where it stands, and what is set on it.',
    source,
    scope: 'read',
    params: accountParams('channelId'),
    answer: Summary,
    async run(asked, ports) {
      return { data: detailsOf(channelOf(asked, ports), ports.node) }
    },
  }),
  change('POST'),
  change('PUT'),
  defineRoute({
    method: 'DELETE',
    url: '/v2/accounts/:accountId/channels/:channelId',
    summary: 'Hangs a live call up.',
    source: 'ours; KAZOO has the action hangup',
    scope: 'calls',
    params: accountParams('channelId'),
    answer: Message,
    run: (asked, ports) => hangUp(channelOf(asked, ports)),
  }),
]
