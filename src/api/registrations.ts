import { Type } from 'typebox'
import { fieldsOf, textOf } from '../base/index.ts'
import type { Registration } from '../registrations/index.ts'
import { notFound } from './accept.ts'
import { toGregorian } from './paging.ts'
import type { ApiPorts } from './ports.ts'
import { accountParams, defineRoute, type Route } from './route.ts'

const Summary = Type.Object(
  {
    username: Type.String({ description: '`sip.username` of the device, in lower case.' }),
    authorizing_id: Type.String({ description: 'The device.' }),
    authorizing_type: Type.Literal('device'),
    contact: Type.String({ description: 'As it was registered.' }),
    source_ip: Type.String({ description: 'Where calls to it go, whatever the contact says.' }),
    source_port: Type.Integer(),
    proxy_protocol: Type.Enum(['udp', 'tcp', 'tls', 'ws', 'wss']),
    event_timestamp: Type.Integer({ description: 'When it was last said, in Gregorian seconds.' }),
    expires: Type.Integer({ description: 'Seconds from now.' }),
    registrar_node: Type.String({ description: 'The process that took it.' }),
  },
  { additionalProperties: true },
)

/** @source KAZOO cb_registrations.erl, normalize_registration; reg_query_resp */
function summaryOf(registration: Registration, nowMs: number): Readonly<Record<string, unknown>> {
  const { accountId, deviceId, username, uri, flow, userAgent, callId, registeredAt, expiresAt, node } = registration
  return {
    account_id: accountId,
    authorizing_id: deviceId,
    authorizing_type: 'device',
    username,
    contact: uri,
    call_id: callId,
    source_ip: flow.address,
    source_port: flow.port,
    proxy_protocol: flow.transport,
    user_agent: userAgent,
    event_timestamp: toGregorian(registeredAt),
    expires: Math.max(0, Math.ceil((expiresAt - nowMs) / 1_000)),
    registrar_node: node,
  }
}

/** A server that takes no registrations has none. */
const registered = async (accountId: string, { registrations }: ApiPorts): Promise<readonly Registration[]> =>
  (await registrations?.list(accountId)) ?? []

const url = '/v2/accounts/:accountId/registrations'
const source = 'KAZOO cb_registrations.erl'

export const registrationRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url,
    summary: 'Where the devices of an account are registered now, on every node.',
    source,
    scope: 'read',
    params: accountParams(),
    answer: Type.Array(Summary),
    async run({ accountId }, ports) {
      const nowMs = ports.clock.now()
      return { data: (await registered(accountId, ports)).map((one) => summaryOf(one, nowMs)) }
    },
  }),
  defineRoute({
    method: 'GET',
    url: `${url}/count`,
    summary: 'How many registrations an account has now.',
    source,
    scope: 'read',
    params: accountParams(),
    answer: Type.Object({ count: Type.Integer() }),
    run: async ({ accountId }, ports) => ({ data: { count: (await registered(accountId, ports)).length } }),
  }),
  defineRoute({
    method: 'DELETE',
    url,
    summary: 'Forgets all registrations of an account: nobody rings until the phones register again.',
    source,
    scope: 'admin',
    params: accountParams(),
    answer: Type.Object({ count: Type.Integer({ description: 'How many there were.' }) }),
    run: async ({ accountId }, { registrations }) => ({
      data: { count: (await registrations?.remove(accountId)) ?? 0 },
    }),
  }),
  defineRoute({
    method: 'DELETE',
    url: `${url}/:username`,
    summary: 'Forgets the registrations of one device, by its `sip.username`.',
    source,
    scope: 'admin',
    params: accountParams('username'),
    answer: Type.Object({ count: Type.Integer({ description: 'How many there were.' }) }),
    async run({ accountId, params }, { registrations }) {
      const count = (await registrations?.remove(accountId, params.username)) ?? 0
      if (count === 0) throw notFound(params.username)
      return { data: { count } }
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/devices/status',
    summary: 'Which devices of an account are registered.',
    source: 'KAZOO cb_devices_v2.erl, load_device_status',
    scope: 'read',
    params: accountParams(),
    answer: Type.Array(
      Type.Object({
        device_id: Type.String(),
        registrable: Type.Boolean({ description: 'It has a user name and a password.' }),
        registered: Type.Boolean(),
      }),
    ),
    async run({ accountId }, ports) {
      const devices = new Set((await registered(accountId, ports)).map(({ deviceId }) => deviceId))
      const all = await ports.documents.list(accountId, 'devices')
      return {
        data: all.map(({ id, document }) => {
          const sip = fieldsOf(document['sip'])
          const hasSecret = textOf(sip['username']) !== undefined && textOf(sip['password']) !== undefined
          return {
            device_id: id,
            registrable: hasSecret && sip['method'] !== 'ip' && document['enabled'] !== false,
            registered: devices.has(id),
          }
        }),
      }
    },
  }),
]
