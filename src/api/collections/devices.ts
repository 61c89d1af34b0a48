import type { Document } from '../../callflow/index.ts'
import { problemAt } from '../check.ts'
import { defineCollection, twinOf } from './collection.ts'
import { textOf, valueAt } from './merge.ts'

const nameOf = (device: Document): string | undefined => textOf(valueAt(device, 'sip.username'))?.toLowerCase()

/** Undefined: the realm of the account. */
const realmOf = (device: Document): string | undefined => textOf(valueAt(device, 'sip.realm'))?.toLowerCase()

export const devices = defineCollection({
  collection: 'devices',
  one: 'device',
  source: 'KAZOO cb_devices_v2.erl',
  listed: {
    name: 'name',
    device_type: 'device_type',
    enabled: 'enabled',
    owner_id: 'owner_id',
    mac_address: 'mac_address',
    username: 'sip.username',
    hotdesked_users: 'hotdesk.users',
  },
  guarded: ['sip.password'],
  async problems(draft) {
    const username = nameOf(draft.document)
    if (username === undefined) return []
    const realm = realmOf(draft.document)
    const twin = await twinOf(draft, 'devices', (other) => nameOf(other) === username && realmOf(other) === realm)
    return twin === undefined ? [] : [problemAt('/sip/username', 'unique', 'SIP credentials already in use', username)]
  },
  example: { name: 'Desk phone', sip: { username: 'desk1', password: 'correct-horse-battery' } },
})
