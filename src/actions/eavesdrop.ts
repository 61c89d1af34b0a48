import { Type } from 'typebox'
import { defineAction, type Action } from '../callflow/index.ts'
import { targetDevices } from '../endpoints/index.ts'
import { listenIn, type ListeningPorts } from './listening-in.ts'
import { approvalKeys, targetKeys } from './pick-up.ts'

export const eavesdrop = (ports: ListeningPorts): Action =>
  defineAction({
    module: 'eavesdrop',
    summary:
      'Lets the caller listen to a call of somebody else, and speak to them (key 2), to the other party (1), to both (3), or to nobody (0).',
    source: 'KAZOO cf_eavesdrop.erl; schema callflows.eavesdrop',
    data: Type.Object({ ...targetKeys, ...approvalKeys }),
    children: {},
    example: { module: 'eavesdrop', data: { user_id: 'ann', approved_group_id: 'supervisors' } },
    run: (data, context) =>
      listenIn({ approval: data, devices: (ringing) => targetDevices(data, ringing) }, context, ports),
  })
