import { Type } from 'typebox'
import { fieldsOf } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import {
  child,
  collections,
  defineAction,
  notedDocuments,
  type Action,
  type Document,
  type Documents,
} from '../callflow/index.ts'
import { firstText } from './variable-path.ts'

const scopes = ['custom_channel_vars', 'custom_application_vars', 'account', 'user', 'device', 'merged', 'doc'] as const

export const branchVariable = (documents: Documents): Action =>
  defineAction({
    module: 'branch_variable',
    summary: 'Branches on the value of a variable of the call, or of a field of the account, user or device.',
    source: 'KAZOO cf_branch_variable.erl; schema callflows.branch_variable',
    data: Type.Object({
      variable: Type.Union([Type.String(), Type.Array(Type.String())], {
        default: '',
        description: 'The name, in any case, with `-` or `_`; a path as a list or with dots',
      }),
      scope: Type.Enum([...scopes], {
        default: 'custom_channel_vars',
        description:
          'Where to look. `custom_channel_vars` (what `set_variable` sets) also finds what `set_variables` has set; ' +
          '`merged` is the device over its user over the account; `doc` is the document with this `id`',
      }),
      id: Type.Optional(Type.String({ maxLength: 128, description: 'With the scope `doc`: the id of the document' })),
    }),
    children: { '<value>': 'The variable has this value' },
    example: {
      module: 'branch_variable',
      data: { variable: 'Call-Priority' },
      children: { '10': { module: 'play', data: { id: 'vip' } }, _: { module: 'play', data: { id: 'welcome' } } },
    },
    async run({ variable, scope, id }, { call }, children) {
      const value = firstText(await treesOf(scope, id, call, notedDocuments(documents, call)), variable)
      return value !== undefined && value !== '_' && children.has(value) ? child(value) : child()
    },
  })

/** What to look into, first to last. */
async function treesOf(
  scope: (typeof scopes)[number],
  id: string | undefined,
  call: Call,
  documents: Documents,
): Promise<readonly unknown[]> {
  const application = Object.fromEntries(call.variables.application)
  switch (scope) {
    case 'custom_channel_vars':
      // Differs from KAZOO, where no scope sees what `set_variables` has set.
      return [channelVariables(call), application]
    case 'custom_application_vars':
      return [application]
    case 'account':
      return [await accountOf(call, documents)]
    case 'device':
      return [await deviceOf(call, documents)]
    case 'user':
      return [await userOf(call, documents)]
    case 'merged':
      return mergedTrees(call, documents)
    case 'doc':
      return [id === undefined ? undefined : await documentOf(id, call, documents)]
  }
}

/** What KAZOO's switch knows of every call, and what `set_variable` has set. */
function channelVariables({ account, caller, variables, id }: Call): Record<string, unknown> {
  return {
    account_id: account.id,
    account_realm: account.realm,
    realm: account.realm,
    call_id: id,
    authorizing_id: caller.authorizingId,
    authorizing_type: caller.authorizingType,
    owner_id: variables.ownerId ?? caller.ownerIds[0],
    ...Object.fromEntries(variables.channel),
  }
}

async function accountOf({ account }: Call, documents: Documents): Promise<unknown> {
  const { secret: _, ...known } = account
  return { ...known, ...(await documents.get(account.id, 'accounts', account.id)) }
}

const isDevice = (type: string | undefined): boolean => type === 'device' || type === 'mobile'

async function deviceOf({ account, caller }: Call, documents: Documents): Promise<Document | undefined> {
  if (caller.authorizingId === undefined || !isDevice(caller.authorizingType)) return undefined
  return documents.get(account.id, 'devices', caller.authorizingId)
}

/** The owner of the calling device, or whoever is hot-desked into it. */
async function userOf(call: Call, documents: Documents): Promise<Document | undefined> {
  if (call.caller.authorizingType !== 'device') return undefined
  const device = await deviceOf(call, documents)
  const [guest] = Object.keys(fieldsOf(fieldsOf(device?.['hotdesk'])['users']))
  const owner = device?.['owner_id']
  const id = guest ?? (typeof owner === 'string' ? owner : call.caller.ownerIds[0])
  return id === undefined ? undefined : documents.get(call.account.id, 'users', id)
}

async function mergedTrees(call: Call, documents: Documents): Promise<readonly unknown[]> {
  const device = await deviceOf(call, documents)
  if (device === undefined) return []
  return [device, await userOf(call, documents), await accountOf(call, documents), channelVariables(call)]
}

async function documentOf(id: string, { account }: Call, documents: Documents): Promise<Document | undefined> {
  for (const collection of collections) {
    const found = await documents.get(account.id, collection, id)
    if (found !== undefined) return found
  }
  return undefined
}
