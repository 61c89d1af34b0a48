import { Type } from 'typebox'
import { child, defineAction, type Action } from '../callflow/index.ts'
import { beginRinging, userBranches } from '../endpoints/index.ts'
import { endpointKeys, endpointManner, failureChildren, finalCauses, ring, ringMsOf, type RingPorts } from './ring.ts'

export const user = (ports: RingPorts): Action =>
  defineAction({
    module: 'user',
    summary: 'Rings the devices of a user and lets the caller talk to whoever answers.',
    source: 'KAZOO cf_user.erl; schema callflows.user',
    data: Type.Object({
      id: Type.Optional(Type.String({ maxLength: 128, description: 'The id of the user' })),
      strategy: Type.Enum(['simultaneous', 'single'], {
        default: 'simultaneous',
        description: 'All devices at once, or one after the other, each for `timeout`',
      }),
      ...endpointKeys,
    }),
    children: { ...failureChildren, _: 'Nobody was reached' },
    example: {
      module: 'user',
      data: { id: 'ann', timeout: 25 },
      children: { _: { module: 'tts', data: { text: 'Ann is not here.' } } },
    },
    async run(data, context, children) {
      const { id, strategy, timeout, fail_on_single_reject } = data
      if (id === undefined) return child()
      const ringing = await beginRinging(context, ports)
      const branches = await userBranches(id, endpointManner(data), ringing)
      if (branches.length === 0) return child()
      const eachInTurn = strategy === 'single'
      const options = {
        branches,
        strategy: eachInTurn ? 'sequential' : 'simultaneous',
        timeoutMs: ringMsOf(timeout) * (eachInTurn ? branches.length : 1),
        ...finalCauses(fail_on_single_reject),
      } as const
      return (await ring(options, context, children, ports.calling)) ?? child()
    },
  })
