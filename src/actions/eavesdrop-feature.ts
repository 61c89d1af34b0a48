import { Type } from 'typebox'
import { defineAction, type Action } from '../callflow/index.ts'
import { dialledTarget, targetDevices, type Ringing } from '../endpoints/index.ts'
import { listenIn, type ListeningPorts } from './listening-in.ts'
import { approvalKeys } from './pick-up.ts'

export const eavesdropFeature = (ports: ListeningPorts): Action =>
  defineAction({
    module: 'eavesdrop_feature',
    summary: 'As `eavesdrop`, for a phone whose extension was dialled after the feature code.',
    source: 'KAZOO cf_eavesdrop_feature.erl; schema callflows.eavesdrop_feature',
    data: Type.Object({
      group_id: Type.Optional(
        Type.String({ minLength: 1, maxLength: 128, description: 'Only calls of members of this group' }),
      ),
      ...approvalKeys,
    }),
    children: {},
    example: { module: 'eavesdrop_feature', data: { group_id: 'sales', approved_user_id: 'ann' } },
    run: (data, context) =>
      listenIn({ approval: data, devices: (ringing) => dialledDevices(data.group_id, ringing) }, context, ports),
  })

/** @returns undefined when they are not of the group that may be listened to */
async function dialledDevices(group_id: string | undefined, ringing: Ringing): Promise<readonly string[] | undefined> {
  const { captureGroup = '' } = ringing.call.variables
  const devices = await targetDevices(await dialledTarget('extension', captureGroup, ringing), ringing)
  if (group_id === undefined) return devices
  const members = await targetDevices({ group_id }, ringing)
  return devices.every((device) => members.includes(device)) ? devices : undefined
}
