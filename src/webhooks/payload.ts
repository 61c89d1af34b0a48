import type { Cdr, LegRecord } from '../call/index.ts'
import { disposition, gregorianSeconds, type Fields } from '../pivot/index.ts'
import { accountIdOf, atOf, type HookFacts } from './facts.ts'
import type { Hook } from './hook.ts'

/** Channel variables that are told under names of their own, or are nobody's business. */
const reserved: ReadonlySet<string> = new Set([
  'Account-ID',
  'Account-Name',
  'Account-Realm',
  'Authorizing-ID',
  'Authorizing-Type',
  'Call-Interaction-ID',
  'Ecallmgr-Node',
  'Owner-ID',
  'Reseller-ID',
  'Resource-ID',
])

export interface PayloadOptions {
  readonly clusterId: string
  readonly resellerId: string | undefined
}

/**
 * What a webhook is told. The custom data of the webhook win over everything.
 *
 * @source KAZOO webhooks_channel_util.erl, webhooks_parking.erl, webhooks_object.erl, webhooks_notifications.erl,
 *   webhooks_util.erl
 */
export function payloadOf(facts: HookFacts, hook: Pick<Hook, 'isV2' | 'customData'>, options: PayloadOptions): Fields {
  const own = hook.isV2 ? inFull(facts, options) : inShort(facts, options)
  return { ...own, cluster_id: options.clusterId, ...hook.customData }
}

function inShort(facts: HookFacts, options: PayloadOptions): Fields {
  switch (facts.event) {
    case 'channel_create':
    case 'channel_answer':
      return legFields(facts, options)
    case 'channel_bridge':
      return {
        ...legFields(facts, options),
        other_leg_call_id: facts.otherLeg.callId,
        original_number: facts.otherLeg.originalNumber,
        other_leg_destination_number: facts.otherLeg.destinationNumber,
      }
    case 'channel_destroy':
      return { ...legFields(facts, options), ...endFields(facts.leg) }
    case 'parking':
      return parkingFields(facts)
    case 'object':
      return { id: facts.id, account_id: facts.accountId, action: facts.action, type: facts.type }
    case 'notifications':
      return {
        hook_event: 'notifications',
        event_category: 'notification',
        event_name: facts.type,
        account_id: facts.accountId,
        timestamp: gregorianSeconds(facts.at),
        ...facts.details,
      }
  }
}

/** KAZOO's second version of payloads: the whole event under `data`. @source KAZOO format_v2_event/2 */
function inFull(facts: HookFacts, options: PayloadOptions): Fields {
  const short = inShort(facts, options)
  const isCall = facts.event.startsWith('channel_')
  const data = 'leg' in facts && isCall ? { ...short, ...wholeLeg(facts.leg, facts.event) } : short
  return { action: 'event', name: isCall ? facts.event.toUpperCase() : facts.event, data }
}

type LegFacts = Extract<HookFacts, { readonly leg: LegRecord }>

function legFields(facts: Exclude<LegFacts, { readonly event: 'parking' }>, { resellerId }: PayloadOptions): Fields {
  const { leg, event, isInternal = false } = facts
  const variable = (name: string): string | undefined => leg.channelVariables[name]
  const wasGlobal = variable('Global-Resource') === 'true'
  return {
    account_id: accountIdOf(facts),
    authorizing_id: leg.authorizingId,
    authorizing_type: leg.authorizingType,
    call_direction: leg.direction,
    call_forwarded: variable('Call-Forward') === 'true',
    call_id: leg.callId,
    callee_id_name: leg.calleeIdName,
    callee_id_number: leg.calleeIdNumber,
    caller_id_name: leg.callerIdName,
    caller_id_number: leg.callerIdNumber,
    custom_channel_vars: Object.fromEntries(
      Object.entries(leg.channelVariables).filter(([name]) => !reserved.has(name)),
    ),
    custom_application_vars: leg.applicationVariables,
    custom_sip_headers: leg.sipHeaders,
    emergency_resource_used: variable('Emergency-Resource') === 'true',
    from: leg.from,
    hook_event: event,
    inception: variable('Inception'),
    is_internal_leg: isInternal,
    local_resource_id: wasGlobal ? undefined : variable('Resource-ID'),
    local_resource_used: !wasGlobal,
    owner_id: leg.ownerId,
    request: leg.request,
    reseller_id: resellerId,
    timestamp: gregorianSeconds(atOf(facts)),
    to: leg.to,
  }
}

const endFields = (cdr: Cdr): Fields => ({
  hangup_cause: cdr.hangupCause,
  hangup_code: cdr.hangupCode,
  duration_seconds: cdr.durationSeconds,
  ringing_seconds: cdr.ringingSeconds,
  billing_seconds: cdr.billingSeconds,
})

function parkingFields({ leg, name, slot, at }: Extract<HookFacts, { readonly event: 'parking' }>): Fields {
  return {
    hook_event: 'parking',
    account_id: leg.accountId,
    call_id: leg.callId,
    callee_id_name: leg.calleeIdName,
    callee_id_number: leg.calleeIdNumber,
    caller_id_name: leg.callerIdName,
    caller_id_number: leg.callerIdNumber,
    custom_channel_vars: leg.channelVariables,
    event_name: name,
    from: leg.from,
    parking_slot: slot,
    timestamp: gregorianSeconds(at),
    to: leg.to,
  }
}

/** Everything else that is known of a leg, in the names of KAZOO's events. */
function wholeLeg(leg: LegRecord | Cdr, event: string): Fields {
  return {
    event_category: 'call_event',
    event_name: event.toUpperCase(),
    account_realm: leg.accountRealm,
    call_interaction_id: leg.interactionId,
    caller_destination_number: leg.request.replace(/@.*$/s, ''),
    callflow_id: leg.callflowId,
    channel_created_time: leg.createdAt * 1000,
    channel_answered_time: leg.answeredAt === undefined ? undefined : leg.answeredAt * 1000,
    from_uri: leg.from,
    to_uri: leg.to,
    user_agent: leg.userAgent,
    media_recordings: leg.recordings,
    ...('endedAt' in leg ? { billing_milli_seconds: leg.billingMs, disposition: disposition(leg) } : {}),
  }
}
