import { Type } from 'typebox'
import { defineAction, type Action } from '../callflow/index.ts'
import { dialledTarget, isApproved, isKinOf, targetDevices } from '../endpoints/index.ts'
import { approvalKeys, pickUp, whoIsThere, type PickUpPorts } from './pick-up.ts'

export const interceptFeature = (ports: PickUpPorts): Action =>
  defineAction({
    module: 'intercept_feature',
    summary: 'Takes over the call of a phone whose number was dialled after the feature code.',
    source: 'KAZOO cf_intercept_feature.erl; schema callflows.intercept_feature',
    data: Type.Object({
      type: Type.Enum(['extension', 'device', 'user'], {
        default: 'extension',
        description: 'What the digits that the pattern of the callflow captured name',
      }),
      ...approvalKeys,
    }),
    children: {},
    example: { module: 'intercept_feature', data: { type: 'extension' } },
    run: (data, context) =>
      pickUp(
        {
          devices: async (ringing) =>
            targetDevices(await dialledTarget(data.type, context.call.variables.captureGroup ?? '', ringing), ringing),
          mayPickUp: async (devices, ringing) => (await isApproved(data, ringing)) ?? isKinOf(devices, ringing),
          wanted: whoIsThere,
          prompts: { nobody: 'intercept-no_users', nothing: 'intercept-no_channels' },
        },
        context,
        ports,
      ),
  })
