import { Type } from 'typebox'
import { toGregorian } from './paging.ts'
import { accountParams, defineRoute, type Route } from './route.ts'

const Status = Type.Object({
  resource_id: Type.String(),
  gateway: Type.String({ description: 'Its name.' }),
  server: Type.String(),
  state: Type.Enum(['registering', 'registered', 'failing', 'refused'], {
    description: '`refused`: it does not want us as we are; `failing`: it does not answer, or not now.',
  }),
  sip_status: Type.Optional(Type.Integer({ description: 'What it said last.' })),
  reason: Type.Optional(Type.String({ description: 'The words to it.' })),
  until: Type.Optional(
    Type.Integer({ description: 'Until when we are registered, else when we try again, in Gregorian seconds.' }),
  ),
  node: Type.String({ description: 'The process that this is true of.' }),
})

export const resourceRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/resources/status',
    summary: 'How this server stands with the gateways of an account that it registers with.',
    source: 'ours; KAZOO has it of devices alone (cb_devices_v2.erl, load_device_status)',
    scope: 'read',
    params: accountParams(),
    answer: Type.Array(Status),
    async run({ accountId }, { trunks, node }) {
      return {
        data: (trunks?.statuses(accountId) ?? []).map(
          ({ resourceId, gateway, server, state, sipStatus, reason, until }) => ({
            resource_id: resourceId,
            gateway,
            server,
            state,
            ...(sipStatus === undefined ? {} : { sip_status: sipStatus }),
            ...(reason === undefined ? {} : { reason }),
            ...(until === undefined ? {} : { until: toGregorian(until) }),
            node,
          }),
        ),
      }
    },
  }),
]
