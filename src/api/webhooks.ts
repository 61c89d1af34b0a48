import { Type, type Static } from 'typebox'
import { isFailure } from '../base/index.ts'
import type { KeptDocument } from '../documents/index.ts'
import type { Attempt, Page, Paged } from '../records/index.ts'
import { availableHooks, hookNames, hookSamples } from '../webhooks/index.ts'
import { notFound } from './accept.ts'
import { ancestorsOf } from './admission.ts'
import { pageOf, TimedQuery } from './paging.ts'
import type { ApiPorts } from './ports.ts'
import { accountParams, defineRoute, type DataAnswer, type Route } from './route.ts'

const Fields = Type.Object({}, { additionalProperties: true })

const Tried = Type.Object(
  {
    hook_id: Type.String(),
    result: Type.Enum(['success', 'failure']),
    timestamp: Type.Optional(Type.Integer({ description: 'Gregorian seconds.' })),
  },
  { additionalProperties: true, description: 'An attempt at telling a webhook something.' },
)
const Timed = Type.Object(TimedQuery)

async function attempts(
  query: Static<typeof Timed>,
  read: (page: Page) => Promise<Paged<Attempt>>,
): Promise<DataAnswer> {
  const page = pageOf(query)
  const { items, nextStartKey } = await read(page)
  return {
    data: items.map(({ id, record }) => ({ id, ...record })),
    page: {
      size: items.length,
      ...(page.startKey === undefined ? {} : { startKey: page.startKey }),
      ...(nextStartKey === undefined ? {} : { nextStartKey }),
    },
  }
}

const ReEnable = Type.Object({ 're-enable': Type.Literal(true) })
const ReEnabled = Type.Array(Type.String(), { description: 'The ids of the webhooks that are enabled again.' })
const reEnableExample = { 're-enable': true } as const

/** Enables what was disabled because it failed; what people disabled themselves has no reason, and stays. */
async function reEnable(accountId: string, { documents }: ApiPorts): Promise<readonly string[]> {
  const disabled = (await documents.list(accountId, 'webhooks')).filter(
    ({ document }) => document['enabled'] === false && document['disable_reason'] !== undefined,
  )
  const enabled = await Promise.all(disabled.map((kept) => enable(kept, documents)))
  return enabled.filter((id) => id !== undefined)
}

/** Somebody who changes or removes the webhook meanwhile has the last word. */
async function enable(
  { accountId, id, document, revision }: KeptDocument,
  documents: ApiPorts['documents'],
): Promise<string | undefined> {
  const { disable_reason: _reason, ...kept } = document
  try {
    await documents.replace(accountId, 'webhooks', { ...kept, id, enabled: true }, revision)
    return id
  } catch (error) {
    if (isFailure(error, 'DOCUMENT_CONFLICT') || isFailure(error, 'DOCUMENT_NOT_FOUND')) return undefined
    throw error
  }
}

const sampleId = (hook: string): string => `webhooks_${hook}`
const source = 'KAZOO cb_webhooks.erl'
const none = Type.Object({})

export const webhookRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url: '/v2/webhooks',
    summary: 'What webhooks can be told of.',
    source,
    scope: 'public',
    params: none,
    answer: Type.Array(Fields),
    run: async () => ({ data: availableHooks, page: { size: availableHooks.length } }),
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/webhooks/samples',
    summary: 'The samples there are: one of each hook.',
    source,
    scope: 'public',
    params: none,
    answer: Type.Array(Type.String()),
    run: async () => ({ data: hookNames.map(sampleId) }),
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/webhooks/samples/:sampleId',
    summary: 'What a hook tells, as an example; `webhooks_` before its name may be left out.',
    source,
    scope: 'public',
    params: Type.Object({ sampleId: Type.String({ maxLength: 128 }) }),
    answer: Type.Array(Fields),
    async run({ params }) {
      const hook = hookNames.find((name) => name === params.sampleId.replace(/^webhooks_/, ''))
      if (hook === undefined) throw notFound(params.sampleId)
      return { data: [hookSamples[hook]], page: { size: 1 } }
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/webhooks/attempts',
    summary: 'Lists the attempts at telling the webhooks of an account, newest first.',
    source,
    scope: 'read',
    params: accountParams(),
    query: Timed,
    answer: Type.Array(Tried),
    run: ({ accountId, query }, { reader }) => attempts(query, (page) => reader.attempts(accountId, page)),
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/webhooks/:id/attempts',
    summary: 'Lists the attempts at telling one webhook, also of one that is no more.',
    source,
    scope: 'read',
    params: accountParams('id'),
    query: Timed,
    answer: Type.Array(Tried),
    run: ({ accountId, params, query }, { reader }) =>
      attempts(query, (page) => reader.attempts(accountId, page, { hookId: params.id })),
  }),
  defineRoute({
    method: 'PATCH',
    url: '/v2/accounts/:accountId/webhooks',
    summary: 'Enables the webhooks of an account that were disabled because they failed.',
    source,
    scope: 'admin',
    params: accountParams(),
    body: ReEnable,
    answer: ReEnabled,
    example: reEnableExample,
    run: async ({ accountId }, ports) => ({ data: await reEnable(accountId, ports) }),
  }),
  defineRoute({
    method: 'PATCH',
    url: '/v2/accounts/:accountId/descendants/webhooks',
    summary: 'Enables the webhooks of an account and of those below it that were disabled because they failed.',
    source,
    scope: 'admin',
    params: accountParams(),
    body: ReEnable,
    answer: ReEnabled,
    example: reEnableExample,
    async run({ accountId }, ports) {
      const accounts = await ports.documents.accounts()
      const wanted = accounts.filter((account) => account.id === accountId || ancestorsOf(account).includes(accountId))
      const enabled: string[] = []
      for (const { id } of wanted) enabled.push(...(await reEnable(id, ports)))
      return { data: enabled }
    },
  }),
]
