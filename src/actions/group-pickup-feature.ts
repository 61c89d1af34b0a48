import { Type } from 'typebox'
import { defineAction, type Action } from '../callflow/index.ts'
import { dialledTarget, isApproved, targetDevices } from '../endpoints/index.ts'
import { approvalKeys, pickUp, whoRings, type PickUpPorts } from './pick-up.ts'

export const groupPickupFeature = (ports: PickUpPorts): Action =>
  defineAction({
    module: 'group_pickup_feature',
    summary: 'Answers a call that rings at a phone whose number was dialled after the feature code.',
    source: 'KAZOO cf_group_pickup_feature.erl; schema callflows.group_pickup_feature',
    data: Type.Object({
      type: Type.Enum(['extension', 'device', 'user', 'group'], {
        default: 'extension',
        description: 'What the digits that the pattern of the callflow captured name',
      }),
      ...approvalKeys,
    }),
    children: {},
    example: { module: 'group_pickup_feature', data: { type: 'extension' } },
    run: (data, context) =>
      pickUp(
        {
          devices: async (ringing) =>
            targetDevices(await dialledTarget(data.type, context.call.variables.captureGroup ?? '', ringing), ringing),
          mayPickUp: async (_, ringing) => (await isApproved(data, ringing)) ?? true,
          wanted: whoRings,
          prompts: { nobody: 'pickup-no_users', nothing: 'pickup-no_channels' },
        },
        context,
        ports,
      ),
  })
