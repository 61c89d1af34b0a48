import { Type } from 'typebox'
import { defineAction, type Action } from '../callflow/index.ts'
import { isApproved, isKinOf, targetDevices } from '../endpoints/index.ts'
import { approvalKeys, pickUp, targetKeys, whoIsThere, type PickUpPorts } from './pick-up.ts'

export const intercept = (ports: PickUpPorts): Action =>
  defineAction({
    module: 'intercept',
    summary: 'Takes over a call of somebody else, answered or ringing.',
    source: 'KAZOO cf_intercept.erl; schema callflows.intercept',
    data: Type.Object({ ...targetKeys, ...approvalKeys }),
    children: {},
    example: { module: 'intercept', data: { user_id: 'ann' } },
    run: (data, context) =>
      pickUp(
        {
          devices: (ringing) => targetDevices(data, ringing),
          mayPickUp: async (devices, ringing) => (await isApproved(data, ringing)) ?? isKinOf(devices, ringing),
          wanted: whoIsThere,
          prompts: { nobody: 'intercept-no_users', nothing: 'intercept-no_channels' },
        },
        context,
        ports,
      ),
  })
