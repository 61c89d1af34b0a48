import { Type } from 'typebox'
import { child, defineAction, type Action } from '../callflow/index.ts'
import { beginRinging, deviceBranches } from '../endpoints/index.ts'
import { endpointKeys, endpointManner, failureChildren, finalCauses, ring, ringMsOf, type RingPorts } from './ring.ts'

export const device = (ports: RingPorts): Action =>
  defineAction({
    module: 'device',
    summary: 'Rings a device, and whatever it forwards to, and lets the caller talk to whoever answers.',
    source: 'KAZOO cf_device.erl; schema callflows.device',
    data: Type.Object({
      id: Type.Optional(Type.String({ maxLength: 128, description: 'The id of the device' })),
      dial_strategy: Type.Enum(['simultaneous', 'single'], {
        default: 'simultaneous',
        description: 'The device and what it forwards to ring at once, or one after the other, each for `timeout`',
      }),
      ...endpointKeys,
    }),
    children: {
      ...failureChildren,
      _: 'Nobody was reached: no answer, switched off, not to be disturbed, not registered …',
    },
    example: {
      module: 'device',
      data: { id: 'front-desk', timeout: 15 },
      children: {
        USER_BUSY: { module: 'tts', data: { text: 'The front desk is talking to somebody.' } },
        _: { module: 'tts', data: { text: 'Nobody is at the front desk.' } },
      },
    },
    async run(data, context, children) {
      const { id, dial_strategy, timeout, fail_on_single_reject } = data
      if (id === undefined) return child()
      const ringing = await beginRinging(context, ports)
      const branches = await deviceBranches(id, endpointManner(data), ringing)
      if (branches.length === 0) return child()
      const eachInTurn = dial_strategy === 'single'
      const options = {
        branches,
        strategy: eachInTurn ? 'sequential' : 'simultaneous',
        timeoutMs: ringMsOf(timeout) * (eachInTurn ? branches.length : 1),
        ...finalCauses(fail_on_single_reject),
      } as const
      return (await ring(options, context, children, ports.calling)) ?? child()
    },
  })
