import { Type, type Static } from 'typebox'
import { mediaSource, type HangupCause } from '../call/index.ts'
import {
  child,
  defineAction,
  hangUp,
  stop,
  type Action,
  type ActionContext,
  type Children,
  type Next,
} from '../callflow/index.ts'
import { beginRinging, findWayOut, wayOutOf, type Manner } from '../endpoints/index.ts'
import { respondTo } from './default-response.ts'
import { mediaScope, playIfPossible, promptSource } from './playback.ts'
import { failureChild, failureChildren, ringAndTalk, type RingPorts } from './ring.ts'

const usualTimeoutSeconds = 60

const flagsKey = (description: string) =>
  Type.Array(Type.String({ maxLength: 256 }), { default: [], maxItems: 100, description })

const keys = {
  to_did: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'The number to call; without, the one that was dialled' }),
  ),
  caller_id_type: Type.Optional(
    Type.Enum(['external', 'internal', 'emergency'], {
      description: 'Which caller ID of the phone that calls is shown; without, as the resource says, else `external`',
    }),
  ),
  bypass_e164: Type.Boolean({ default: false, description: 'Dial the number as it came' }),
  do_not_normalize: Type.Boolean({ default: false, description: 'Dial the number as it came' }),
  outbound_flags: flagsKey('Flags that a resource must have'),
  dynamic_flags: flagsKey(
    'Names of fields whose values a resource must have as flags: `from_realm`, `owner_id`, `custom_channel_vars.region` …',
  ),
  timeout: Type.Integer({
    default: usualTimeoutSeconds,
    minimum: 0,
    maximum: 3_600,
    description: 'Seconds to try; 0 = 60',
  }),
  ringback: Type.Optional(
    Type.String({ maxLength: 2_048, description: 'What the caller hears meanwhile; as in `play.id`' }),
  ),
  ignore_early_media: Type.Boolean({ default: false, description: 'Nothing is heard before somebody answers' }),
  format_from_uri: Type.Optional(
    Type.Boolean({ description: 'Whether the caller is of `from_uri_realm`, or the account’s realm, instead of ours' }),
  ),
  from_uri_realm: Type.Optional(Type.String({ maxLength: 253, description: 'Where callers appear to come from' })),
  emit_account_id: Type.Boolean({ default: false, description: 'Send `X-Account-ID`' }),
  custom_sip_headers: Type.Optional(
    Type.Record(Type.String({ maxLength: 64 }), Type.Union([Type.String({ maxLength: 1_024 }), Type.Number()]), {
      description: 'Headers of the call, as in `device`',
    }),
  ),
  media: Type.Optional(
    Type.Enum(['process', 'bypass', 'auto'], { description: 'Taken; media always pass through us' }),
  ),
  resource_type: Type.Optional(Type.String({ maxLength: 64, description: 'Taken; all calls are `audio`' })),
}

const children = {
  ...failureChildren,
  _: 'Nobody was reached. Without it the caller hears the usual sound of the cause, and gets its SIP status',
}

interface OutsideData {
  readonly to_did?: string
  readonly timeout: number
  readonly ringback?: string
  readonly ignore_early_media: boolean
  readonly custom_sip_headers?: Readonly<Record<string, string | number>>
}

export const resources = (ports: RingPorts): Action =>
  defineAction({
    module: 'resources',
    summary:
      'Calls a number outside over the resources (trunks) of the account and lets the caller talk to whoever answers.',
    source: 'KAZOO cf_resources.erl; schema callflows.resources',
    data: Type.Object({
      ...keys,
      use_local_resources: Type.Boolean({
        default: true,
        description: 'The account’s own resources, else the operator’s',
      }),
      hunt_account_id: Type.Optional(
        Type.String({ maxLength: 128, description: 'Whose resources: the account itself, or the operator’s account' }),
      ),
    }),
    children,
    example: {
      module: 'resources',
      data: { to_did: '+14155550000', caller_id_type: 'external' },
      children: { USER_BUSY: { module: 'tts', data: { text: 'The line is busy.' } } },
    },
    run: (data, context, node) => callOutside('resources', data, context, node, ports),
  })

export const offnet = (ports: RingPorts): Action =>
  defineAction({
    module: 'offnet',
    summary:
      'Calls a number outside over the operator’s resources (trunks) and lets the caller talk to whoever answers.',
    source: 'KAZOO cf_offnet.erl; schema callflows.offnet',
    data: Type.Object(keys),
    children,
    example: {
      module: 'offnet',
      data: { outbound_flags: ['fax'] },
      children: { _: { module: 'tts', data: { text: 'That number cannot be reached.' } } },
    },
    run: (data, context, node) => callOutside('offnet', data, context, node, ports),
  })

/** @source KAZOO cf_resources.erl, handle and handle_bridge_failure */
async function callOutside(
  module: 'resources' | 'offnet',
  data: OutsideData & Static<ReturnType<typeof Type.Object>>,
  context: ActionContext,
  node: Children,
  ports: RingPorts,
): Promise<Next> {
  const { call } = context
  // Strangers, and calls from trunks, choose what they dial: that must not lead out again, at the account's expense.
  const { leg, variables } = call
  const isOurs = (leg.direction === 'inbound' && leg.isAuthorized) || variables.mayCallOutside
  if (data.to_did === undefined && !isOurs) {
    context.log.warn('actions.outside-refused', { why: 'the caller is nobody of ours, and there is no `to_did`' })
    return failed({ cause: 'OUTGOING_CALL_BARRED', sipStatus: 403 }, context, node)
  }
  const ringing = await beginRinging(context, ports)
  const dialled = variables.requestUser ?? leg.request.user
  const found = await findWayOut(dialled, wayOutOf(module, data, call.account.id), mannerOf(data), ringing)
  if (found.is === 'denied') return refuse(context)
  if (found.is === 'none') return failed({ cause: 'NO_ROUTE_DESTINATION', sipStatus: 404 }, context, node)
  const ringback = mediaSource(data.ringback, mediaScope(context))
  const { branch } = found
  const outcome = await ringAndTalk(
    {
      branches: [branch],
      strategy: 'sequential',
      timeoutMs: branch.timeoutMs,
      ...(ringback === undefined ? {} : { ringback }),
    },
    context,
    ports.calling,
  )
  return outcome === undefined ? stop() : failed(outcome, context, node)
}

function mannerOf({ timeout, ignore_early_media, custom_sip_headers }: OutsideData): Manner {
  return {
    delayMs: 0,
    timeoutMs: (timeout === 0 ? usualTimeoutSeconds : timeout) * 1_000,
    canCallSelf: true,
    asMembers: false,
    ignoresEarlyMedia: ignore_early_media,
    ...(custom_sip_headers === undefined ? {} : { customHeaders: custom_sip_headers }),
  }
}

/** The child of the cause, else the wildcard; without either, what callers are usually told. */
async function failed(
  result: { readonly cause: HangupCause; readonly sipStatus: number | undefined },
  context: ActionContext,
  node: Children,
): Promise<Next> {
  const next = failureChild(result, node)
  if (next !== undefined) return next
  return node.has('_') ? child() : respondTo(result.cause, context)
}

/** @source KAZOO cf_route_win.erl, the caller is restricted */
async function refuse(context: ActionContext): Promise<Next> {
  await context.call.leg.answer()
  await playIfPossible(context, [promptSource(context, 'cf-unauthorized_call')])
  return hangUp()
}
