import type { HookName } from './document.ts'

interface Modifier {
  readonly type: 'array'
  readonly description: string
  readonly items: readonly string[]
}

/** A hook that webhooks may name, as `GET /v2/webhooks` lists it. */
export interface AvailableHook {
  readonly id: HookName | 'all'
  readonly name: string
  readonly description: string
  /** Keys of `custom_data` that choose, and their values. */
  readonly modifiers?: Readonly<Record<string, Modifier>>
}

const any = (description: string, items: readonly string[]): Modifier => ({
  type: 'array',
  description,
  items: [...items, 'all'],
})

/** What callflows tell people of calls. */
const callNotices = ['missed_call', 'notification', 'voicemail_new', 'voicemail_full']

/** KAZOO's `pvt_type` of each collection. */
export const objectTypes = {
  accounts: 'account',
  callflows: 'callflow',
  devices: 'device',
  users: 'user',
  media: 'media',
  menus: 'menu',
  vmboxes: 'vmbox',
  conferences: 'conference',
  temporal_rules: 'temporal_rule',
  temporal_rules_sets: 'temporal_rule_set',
  groups: 'group',
  lists: 'list',
  directories: 'directory',
  messages: 'mailbox_message',
  presence: 'presence',
  resources: 'resource',
  webhooks: 'webhook',
} as const

/** @source KAZOO webhooks_init, `system_webhooks` documents */
export const availableHooks: readonly AvailableHook[] = [
  { id: 'channel_create', name: 'Channel Create', description: 'A call has arrived' },
  { id: 'channel_answer', name: 'Channel Answer', description: 'A call has been answered' },
  { id: 'channel_bridge', name: 'Channel Bridge', description: 'Two legs hear each other' },
  { id: 'channel_destroy', name: 'Channel Destroy', description: 'A call is over' },
  { id: 'parking', name: 'Parking', description: 'A call was parked, fetched, or hung up while it was parked' },
  {
    id: 'object',
    name: 'Object',
    description: 'A document of the account has changed',
    modifiers: {
      type: any('The kind of document', Object.values(objectTypes)),
      action: any('What was done to it', ['doc_created', 'doc_edited', 'doc_deleted']),
    },
  },
  {
    id: 'notifications',
    name: 'Notifications',
    description: 'Something the owner of the account should know',
    modifiers: { type: any('Which', ['webhook_disabled', ...callNotices]) },
  },
  { id: 'all', name: 'All', description: 'All of these' },
]
