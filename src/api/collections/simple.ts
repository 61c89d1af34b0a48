import type { Collection, Document } from '../../callflow/index.ts'
import { mediaKey } from '../../files/index.ts'
import { webhookDocument } from '../../webhooks/index.ts'
import { liveConferences } from '../live-conferences.ts'
import { emptyMailbox } from '../mailbox-messages.ts'
import { problemAt } from '../check.ts'
import { defineCollection, twinOf, type CollectionRules } from './collection.ts'
import type { Json } from './merge.ts'

/** Paths by the names that lists tell them by. */
const listing = (...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, name]))

const simple = (collection: Collection, one: string, names: readonly string[], example: Json): CollectionRules =>
  defineCollection({ collection, one, source: `KAZOO cb_${collection}.erl`, listed: listing(...names), example })

/** Documents from elsewhere may have it as a number. */
const mailboxOf = ({ mailbox }: Document): string | undefined =>
  typeof mailbox === 'string' || typeof mailbox === 'number' ? String(mailbox) : undefined

const vmboxes = defineCollection({
  ...simple('vmboxes', 'voicemail box', ['name', 'mailbox', 'owner_id'], { name: 'Sales', mailbox: '1000' }),
  guarded: ['pin'],
  removed: ({ accountId, id }, ports) => emptyMailbox(accountId, id, ports),
  async problems(draft) {
    const mailbox = mailboxOf(draft.document)
    if (mailbox === undefined) return []
    const twin = await twinOf(draft, 'vmboxes', (other) => mailboxOf(other) === mailbox)
    return twin === undefined
      ? []
      : [problemAt('/mailbox', 'unique', 'Invalid mailbox number or already exists', mailbox)]
  },
})

const media = defineCollection({
  ...simple('media', 'media document', ['name', 'media_source', 'content_type', 'language', 'prompt_id', 'is_prompt'], {
    name: 'Greeting',
    tts: { text: 'Welcome to the shop', voice: 'female/en-US' },
  }),
  async removed({ accountId, id }, { files }) {
    await files.remove(mediaKey(accountId, id))
  },
})

const webhooks = defineCollection({
  ...simple('webhooks', 'webhook', ['name', 'uri', 'hook', 'group', 'enabled', 'disable_reason'], {
    name: 'Calls',
    uri: 'https://shop.example/calls',
    hook: 'channel_destroy',
  }),
  guarded: ['security_settings.sha256_key'],
  schema: webhookDocument,
  async prepare({ document }) {
    // Whoever enables it has seen to why it was disabled (KAZOO cb_webhooks.erl, maybe_clear_disable_reason).
    const { disable_reason: _, ...enabled } = document
    return document['enabled'] === false ? document : { ...enabled, id: document.id }
  },
})

/** Collections whose documents only differ in their schemas. */
export const simpleCollections: readonly CollectionRules[] = [
  media,
  simple('menus', 'menu', ['name', 'record_pin', 'retries', 'timeout', 'max_extension_length'], { name: 'Main menu' }),
  vmboxes,
  defineCollection({
    ...simple('conferences', 'conference', ['name', 'owner_id', 'conference_numbers', 'member'], { name: 'Weekly' }),
    live: liveConferences,
  }),
  simple('temporal_rules', 'temporal rule', ['name', 'cycle', 'enabled', 'time_window_start', 'time_window_stop'], {
    name: 'Business hours',
    cycle: 'weekly',
    wdays: ['monday', 'friday'],
    time_window_start: 32_400,
    time_window_stop: 61_200,
  }),
  simple('temporal_rules_sets', 'set of temporal rules', ['name', 'temporal_rules'], {
    name: 'Holidays',
    temporal_rules: ['christmas'],
  }),
  simple('groups', 'group', ['name', 'endpoints'], { name: 'Sales', endpoints: {} }),
  simple('directories', 'directory', ['name', 'sort_by', 'min_dtmf', 'max_dtmf', 'confirm_match'], { name: 'Staff' }),
  defineCollection({
    ...simple('resources', 'resource', ['name', 'enabled', 'weight_cost', 'gateways'], {
      name: 'Carrier',
      rules: ['^\\+?1?(\\d{10})$'],
      gateways: [{ server: 'sip.carrier.example' }],
    }),
    guarded: ['gateways.password'],
  }),
  webhooks,
]
