import { Type } from 'typebox'
import type { Call } from '../call/index.ts'
import { child, defineAction, type Action } from '../callflow/index.ts'
import { shownUrl, type Deliveries, type Delivery } from '../http/index.ts'
import { encodeForm, withQuery } from '../pivot/index.ts'

const betweenMs = 2000

export const webhook = (deliveries: Deliveries): Action =>
  defineAction({
    module: 'webhook',
    summary: 'Tells a web server about the call and goes on at once, whatever becomes of it.',
    source: 'KAZOO cf_webhook.erl, webhooks_util.erl; schema callflows.webhook',
    data: Type.Object({
      uri: Type.Optional(
        Type.String({ pattern: '^[Hh][Tt][Tt][Pp][Ss]?://', maxLength: 2048, description: 'Where to send it' }),
      ),
      http_verb: Type.Enum(['get', 'post', 'GET', 'POST'], {
        default: 'get',
        description: '`get` puts the call into the query, `post` into a form',
      }),
      retries: Type.Integer({
        default: 3,
        minimum: 0,
        maximum: 10,
        description: 'How often to try, two seconds apart, while the server cannot be reached or is not well',
      }),
      custom_data: Type.Object(
        {},
        {
          default: {},
          additionalProperties: true,
          description: 'Sent along, where the call has no value of that name; `type` and `action` are left out',
        },
      ),
    }),
    children: {},
    example: {
      module: 'webhook',
      data: { uri: 'https://shop.example/called', http_verb: 'post', custom_data: { campaign: 'spring' } },
      children: { _: { module: 'tts', data: { text: 'Hello.' } } },
    },
    async run({ uri, http_verb, retries, custom_data }, { call, log }) {
      if (uri === undefined) return child()
      const delivery = deliveryOf(uri, http_verb.toLowerCase() === 'post', { ...custom_data }, call)
      const tries = { most: Math.max(1, retries), pauseMs: betweenMs }
      void deliveries.deliver({ ...delivery, tries }).then(({ isDelivered, status, code }) => {
        const told = { url: shownUrl(uri), status, ...(code === undefined ? {} : { code }) }
        if (!isDelivered) log.warn('webhook.failed', told)
        call.tell({ type: 'webhook.called', ...told })
      })
      return child()
    },
  })

function deliveryOf(
  url: string,
  isPost: boolean,
  { type: _type, action: _action, ...custom }: Readonly<Record<string, unknown>>,
  call: Call,
): Delivery {
  const form = encodeForm({ ...custom, ...callFacts(call) })
  const common = { kind: 'webhook', accountId: call.account.id, callId: call.id } as const
  if (!isPost) return { ...common, url: withQuery(url, form), method: 'GET', headers: {} }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { ...common, url, method: 'POST', headers, body: form }
}

/** The call as KAZOO's call object has it, in snake case. What is not known is left out. */
function callFacts({ leg, account, caller, variables, id }: Call): Readonly<Record<string, unknown>> {
  const address = ({ user, realm }: { readonly user: string; readonly realm: string }): string => `${user}@${realm}`
  return {
    account_id: account.id,
    account_realm: account.realm,
    authorizing_id: caller.authorizingId,
    authorizing_type: caller.authorizingType,
    call_id: id,
    caller_id_name: variables.callerIdName,
    caller_id_number: variables.callerIdNumber,
    custom_application_vars: Object.fromEntries(variables.application),
    custom_sip_headers: leg.headers,
    direction: leg.direction,
    from: address(leg.from),
    from_realm: leg.from.realm,
    from_user: leg.from.user,
    language: variables.language,
    owner_id: variables.ownerId,
    request: address(leg.request),
    request_realm: leg.request.realm,
    request_user: leg.request.user,
    to: address(leg.to),
    to_realm: leg.to.realm,
    to_user: leg.to.user,
  }
}
