import { Type } from 'typebox'
import { child, defineAction, type Action } from '../callflow/index.ts'
import { beginRinging, memberBranches, membersByCallerId } from '../endpoints/index.ts'
import { endpointKeys, endpointManner, failureChildren, finalCauses, ring, ringMsOf, type RingPorts } from './ring.ts'

export const routeToCid = (ports: RingPorts): Action =>
  defineAction({
    module: 'route_to_cid',
    summary: 'Rings the devices and users whose caller ID is the number dialled.',
    source: 'KAZOO cf_route_to_cid.erl; schema callflows.route_to_cid',
    data: Type.Object({
      cid_types: Type.Array(Type.Enum(['internal', 'external', 'custom']), {
        default: ['internal'],
        description: 'Which caller IDs are looked at; `custom`: all others than these two',
      }),
      endpoint_types: Type.Array(Type.Enum(['user', 'device']), {
        default: [],
        description: 'Whose; empty = all',
      }),
      ...endpointKeys,
    }),
    children: { ...failureChildren, _: 'Nobody has this number, or nobody was reached' },
    example: {
      module: 'route_to_cid',
      data: { cid_types: ['external'], timeout: 20 },
      children: { _: { module: 'tts', data: { text: 'Nobody has this number.' } } },
    },
    async run(data, context, children) {
      const { cid_types, endpoint_types, timeout } = data
      const { call } = context
      const ringing = await beginRinging(context, ports)
      const { delayMs, timeoutMs, canCallSelf, asMembers: _, ...manner } = endpointManner(data)
      const number = call.variables.requestUser ?? call.number
      const members = await membersByCallerId(number, { cidTypes: cid_types, endpointTypes: endpoint_types }, ringing)
      const timed = members.map((member) => ({
        ...member,
        delaySeconds: delayMs / 1_000,
        timeoutSeconds: timeoutMs / 1_000,
      }))
      const group = { strategy: 'simultaneous', manner: { ...manner, ignoresEarlyMedia: true }, canCallSelf } as const
      const branches = await memberBranches(timed, group, ringing)
      if (branches.length === 0) return child()
      const options = {
        branches,
        strategy: 'simultaneous',
        timeoutMs: ringMsOf(timeout),
        ...finalCauses(data.fail_on_single_reject),
      } as const
      return (await ring(options, context, children, ports.calling)) ?? child()
    },
  })
