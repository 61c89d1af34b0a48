import { Type, type TObject } from 'typebox'
import type { Collection } from '../../callflow/index.ts'
import { accounts } from './accounts.ts'
import { callflows } from './callflows.ts'
import { common } from './common.ts'
import { conferences } from './conferences.ts'
import { devices } from './devices.ts'
import { directories } from './directories.ts'
import { groups } from './groups.ts'
import { lists } from './lists.ts'
import { media } from './media.ts'
import { menus } from './menus.ts'
import { messages } from './messages.ts'
import { presence } from './presence.ts'
import { resources } from './resources.ts'
import { temporalRulesSets } from './temporal-rules-sets.ts'
import { temporalRules } from './temporal-rules.ts'
import { users } from './users.ts'
import { vmboxes } from './vmboxes.ts'

const schemas: { readonly [C in Collection]: TObject } = {
  accounts,
  callflows,
  devices,
  users,
  media,
  menus,
  vmboxes,
  conferences,
  temporal_rules: temporalRules,
  temporal_rules_sets: temporalRulesSets,
  groups,
  lists,
  directories,
  messages,
  presence,
  resources,
  // What webhooks must be is for those to say who call them.
  webhooks: Type.Object(common, { title: 'Webhook', description: 'A web server that is told what happens' }),
}

/**
 * What a document of `collection` must be, as a JSON schema with KAZOO's keys, types and defaults. Keys that it does not
 * describe are allowed and kept. Formats in it: `timezone`, a name of the IANA database.
 */
export const documentSchema = (collection: Collection): TObject => schemas[collection]
