import { Type } from 'typebox'
import { defineAction, type Action } from '../callflow/index.ts'
import { isApproved, targetDevices } from '../endpoints/index.ts'
import { approvalKeys, pickUp, targetKeys, whoRings, type PickUpPorts } from './pick-up.ts'

export const groupPickup = (ports: PickUpPorts): Action =>
  defineAction({
    module: 'group_pickup',
    summary: 'Answers a call that rings at a phone of somebody else.',
    source: 'KAZOO cf_group_pickup.erl; schema callflows.group_pickup',
    data: Type.Object({ ...targetKeys, ...approvalKeys }),
    children: {},
    example: { module: 'group_pickup', data: { group_id: 'sales' } },
    run: (data, context) =>
      pickUp(
        {
          devices: (ringing) => targetDevices(data, ringing),
          mayPickUp: async (_, ringing) => (await isApproved(data, ringing)) ?? true,
          wanted: whoRings,
          prompts: { nobody: 'pickup-no_users', nothing: 'pickup-no_channels' },
        },
        context,
        ports,
      ),
  })
