import { Type } from 'typebox'
import { asFailure, Failure, isFailure, never, type FailureCode } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import { child, defineAction, type Action, type ActionContext } from '../callflow/index.ts'
import { shownUrl, type Http, type HttpQuestion } from '../http/index.ts'
import { encodeForm, withQuery } from '../pivot/index.ts'

const betweenMs = 2000
const answerMs = 10_000
const mostBytes = 64 * 1024
const mostOnTheirWay = 1000

/** What may be better in two seconds; everything else is as it is. */
const worthARetry: ReadonlySet<FailureCode> = new Set([
  'HTTP_CONNECT',
  'HTTP_DNS',
  'HTTP_RESET',
  'HTTP_TIMEOUT',
  'HTTP_PROTOCOL',
])

export function webhook(http: Http): Action {
  let onTheirWay = 0
  return defineAction({
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
        description: 'How often to try, two seconds apart, while the server cannot be reached',
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
    async run({ uri, http_verb, retries, custom_data }, context) {
      if (uri === undefined) return child()
      const { call } = context
      if (onTheirWay >= mostOnTheirWay) throw new Failure('WEBHOOKS_FULL', { url: shownUrl(uri), mostOnTheirWay })
      const question = questionOf(uri, http_verb.toLowerCase() === 'post', { ...custom_data }, call)
      onTheirWay++
      void send(question, http, Math.max(1, retries), context).finally(() => onTheirWay--)
      return child()
    },
  })
}

function questionOf(
  url: string,
  isPost: boolean,
  { type: _type, action: _action, ...custom }: Readonly<Record<string, unknown>>,
  call: Call,
): HttpQuestion {
  const form = encodeForm({ ...custom, ...callFacts(call) })
  // The call may be over long before this is sent: it has limits of its own.
  const common = { limits: { totalMs: answerMs, mostBytes, mostRedirects: 5 }, signal: never }
  if (!isPost) return { ...common, url: withQuery(url, form), method: 'GET', headers: {} }
  return {
    ...common,
    url,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  }
}

/** Never rejects. */
async function send(
  question: HttpQuestion,
  http: Http,
  tries: number,
  { call, clock, log }: ActionContext,
): Promise<void> {
  const url = question.url
  for (let left = tries - 1; ; left--) {
    try {
      const { status } = await http(question)
      if (status < 200 || status > 299) log.warn('webhook.refused', { url: shownUrl(url), status })
      call.tell({ type: 'webhook.called', url: shownUrl(url), status })
      return
    } catch (error) {
      const failure = asFailure(error)
      if (left > 0 && isFailure(error) && worthARetry.has(error.code)) {
        await clock.sleep(betweenMs)
        continue
      }
      log.warn('webhook.failed', { url: shownUrl(url), code: failure.code, fault: failure.fault })
      call.tell({ type: 'webhook.called', url: shownUrl(url), status: undefined, code: failure.code })
      return
    }
  }
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
