import { fieldsOf, textOf } from '../base/index.ts'
import type { Flow } from '../callflow/index.ts'
import { devicesOf } from './branches.ts'
import { nested } from './phone.ts'
import type { Ringing } from './ringing.ts'

/** Of whom a call is to be picked up, taken over or listened to: the first that is given. */
export interface PickUpTarget {
  readonly device_id?: string
  readonly user_id?: string
  readonly group_id?: string
}

/** Who may do that: the first that is given. */
export interface PickUpApproval {
  readonly approved_device_id?: string
  readonly approved_user_id?: string
  readonly approved_group_id?: string
}

const mostDevices = 500
/** How deep a callflow is looked through for whom it rings. */
const mostNodes = 200

/**
 * The ids of the devices that a target names: itself, the user's, or those of all members of the group.
 *
 * @source KAZOO cf_intercept.erl, cf_group_pickup.erl, cf_eavesdrop.erl: find_sip_endpoints
 */
export async function targetDevices(
  { device_id, user_id, group_id }: PickUpTarget,
  ringing: Ringing,
): Promise<readonly string[]> {
  if (device_id !== undefined) return [device_id]
  if (user_id !== undefined) return devicesOf(user_id, ringing)
  if (group_id !== undefined) return groupDevices(group_id, ringing)
  return []
}

async function groupDevices(id: string, ringing: Ringing): Promise<readonly string[]> {
  const group = await ringing.documents.get(ringing.call.account.id, 'groups', id)
  const found = new Set<string>()
  for (const [member, value] of Object.entries(fieldsOf(group?.['endpoints']))) {
    const isUser = fieldsOf(value)['type'] === 'user'
    for (const device of isUser ? await devicesOf(member, ringing) : [member]) found.add(device)
    if (found.size >= mostDevices) break
  }
  return [...found].slice(0, mostDevices)
}

/**
 * Whether the calling phone is one of those approved; undefined when none are named.
 *
 * @source KAZOO cf_group_pickup.erl, maybe_allowed_to_intercept
 */
export async function isApproved(
  { approved_device_id, approved_user_id, approved_group_id }: PickUpApproval,
  ringing: Ringing,
): Promise<boolean | undefined> {
  const { authorizingId, ownerIds } = ringing.call.caller
  if (approved_device_id !== undefined) return authorizingId === approved_device_id
  if (approved_user_id !== undefined) return ownerIds.includes(approved_user_id)
  if (approved_group_id === undefined) return undefined
  return authorizingId !== undefined && (await groupDevices(approved_group_id, ringing)).includes(authorizingId)
}

/**
 * Whether the calling phone belongs to whom a target names: to the same owner as one of the devices, or to a group with it.
 *
 * @source KAZOO cf_intercept.erl, check_permissions
 */
export async function isKinOf(devices: readonly string[], ringing: Ringing): Promise<boolean> {
  const { call, documents } = ringing
  const { authorizingId, ownerIds } = call.caller
  if (authorizingId === undefined) return false
  for (const id of devices) {
    const owner = textOf((await documents.get(call.account.id, 'devices', id))?.['owner_id'])
    if (id === authorizingId || (owner !== undefined && ownerIds.includes(owner))) return true
  }
  for (const { id } of await documents.list(call.account.id, 'groups')) {
    const members = await groupDevices(id, ringing)
    if (members.includes(authorizingId) && devices.some((device) => members.includes(device))) return true
  }
  return false
}

export type DialledKind = 'extension' | 'device' | 'user' | 'group'

/**
 * Whom digits that were dialled after a feature code mean: the first device or user that the callflow of an extension
 * rings, a device by its SIP username, a user by name or id, a group by name or id.
 *
 * @source KAZOO cf_intercept_feature.erl, cf_group_pickup_feature.erl, cf_eavesdrop_feature.erl
 */
export async function dialledTarget(kind: DialledKind, dialled: string, ringing: Ringing): Promise<PickUpTarget> {
  const { call, documents, callflows } = ringing
  if (kind === 'extension') {
    const found = await callflows.find(call.account.id, dialled)
    return found === undefined || found.isNoMatch ? {} : targetOfFlow(found.flow)
  }
  const collection = `${kind}s` as const
  const names = { device: ['sip', 'username'], user: ['username'], group: ['name'] } as const
  const named = (await documents.list(call.account.id, collection)).find(
    (document) => document.id === dialled || textOf(nested(document, ...names[kind])) === dialled,
  )
  return named === undefined ? {} : { [`${kind}_id`]: named.id }
}

/** Whom a flow rings first. */
function targetOfFlow(root: Flow): PickUpTarget {
  const waiting: Flow[] = [root]
  for (let looked = 0; looked < mostNodes; looked++) {
    const node = waiting.shift()
    if (node === undefined) break
    const id = textOf(node.data['id'])
    if (id !== undefined && node.module === 'device') return { device_id: id }
    if (id !== undefined && node.module === 'user') return { user_id: id }
    waiting.push(...Object.values(node.children))
  }
  return {}
}
