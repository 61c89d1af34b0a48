import { Type } from 'typebox'
import {
  connect,
  talk,
  type Branch,
  type Call,
  type Calling,
  type DialPlan,
  type HangupCause,
  type NotConnected,
} from '../call/index.ts'
import { become, child, hangUp, stop, type ActionContext, type Children, type Next } from '../callflow/index.ts'
import type { Manner, RingingPorts } from '../endpoints/index.ts'

export interface RingPorts extends RingingPorts {
  readonly calling: Calling
}

export interface RingOptions extends Pick<DialPlan, 'branches' | 'strategy' | 'timeoutMs' | 'ringback' | 'isFinal'> {
  readonly answer?: DialPlan['answer']
}

/**
 * Rings somebody and lets them talk to the caller. When the conversation is over and the caller still there, this flow is.
 *
 * @returns what comes next, or undefined when nobody was reached and no child is named as the reason
 * @source KAZOO cf_util / cf_bridge_util, handle_bridge_failure: the child of the cause, then of the SIP status
 */
export async function ring(
  options: RingOptions,
  context: ActionContext,
  children: Children,
  calling: Calling,
): Promise<Next | undefined> {
  const failed = await ringAndTalk(options, context, calling)
  return failed === undefined ? afterConversation(context.call) : failureChild(failed, children)
}

/** @returns why nobody was reached, or undefined when somebody was and the two have talked */
export async function ringAndTalk(
  options: RingOptions,
  { call, clock, signal }: ActionContext,
  calling: Calling,
): Promise<NotConnected | undefined> {
  const outcome = await connect(call, planOf(options), { calling, clock, signal })
  if (outcome.kind === 'failed') return outcome
  await talk(call, outcome.callee, { calling, clock, signal })
  return undefined
}

/** The child that is named as the reason, if there is one. */
export function failureChild(
  { cause, sipStatus }: Pick<NotConnected, 'cause' | 'sipStatus'>,
  children: Children,
): Next | undefined {
  const keys = sipStatus === undefined ? [cause] : [cause, `sip:${sipStatus}`]
  const key = keys.find((candidate) => children.has(candidate))
  return key === undefined ? undefined : child(key)
}

/**
 * What becomes of a caller whose conversation is over: what `after_bridge` has said, else the end of this flow.
 *
 * @source KAZOO cf_after_bridge.erl: Park-, Transfer- and Hangup-After-Pickup
 */
export function afterConversation({ variables }: Call): Next {
  const wanted = variables.afterConversation
  variables.afterConversation = undefined
  switch (wanted?.do) {
    case 'hangup':
      return hangUp()
    case 'park':
      return become({ module: 'park', data: { action: 'direct_park' }, children: {} })
    case 'transfer':
      return become({ module: 'transfer', data: { target: wanted.number }, children: {} })
    case undefined:
      return stop()
  }
}

/** Of several that ring at once, none is heard before somebody answers. */
function planOf({ branches, answer = 'with-callee', ...plan }: RingOptions): DialPlan {
  const areMany = plan.strategy === 'simultaneous' && branches.length > 1
  return {
    ...plan,
    answer,
    branches: areMany ? branches.map((branch): Branch => ({ ...branch, ignoreEarlyMedia: true })) : branches,
  }
}

/** Why a phone does not answer without having refused. */
const noRefusals: readonly HangupCause[] = [
  'NO_ANSWER',
  'NO_USER_RESPONSE',
  'PROGRESS_TIMEOUT',
  'RECOVERY_ON_TIMER_EXPIRE',
  'USER_NOT_REGISTERED',
]

/** What `fail_on_single_reject` says: any refusal ends the attempt, or one of these causes does. */
export function finalCauses(failOnSingleReject: boolean | readonly string[] | undefined): Pick<DialPlan, 'isFinal'> {
  if (failOnSingleReject === undefined || failOnSingleReject === false) return {}
  if (failOnSingleReject === true) return { isFinal: (cause) => !noRefusals.includes(cause) }
  return { isFinal: (cause) => failOnSingleReject.includes(cause) }
}

const usualTimeoutSeconds = 20

/** Milliseconds of a `timeout`: KAZOO's schema writes 0 where nobody has said anything. */
export const ringMsOf = (seconds: number): number => (seconds === 0 ? usualTimeoutSeconds : seconds) * 1_000

export const failureChildren = {
  '<CAUSE>': 'Nobody was reached, for this hang-up cause (`NO_ANSWER`, `USER_BUSY`, `CALL_REJECTED` …)',
  'sip:<status>': 'Nobody was reached, with this SIP status (`sip:486`), when there is no child of the cause',
} as const

export const timeoutKey = (description: string) =>
  Type.Integer({ default: usualTimeoutSeconds, minimum: 0, maximum: 3_600, description })

export const failOnSingleRejectKey = Type.Optional(
  Type.Union([Type.Boolean(), Type.Array(Type.String({ maxLength: 64 }), { maxItems: 50 })], {
    description: 'One who refuses does so for all; or the hang-up causes that do',
  }),
)

const ringtone = (of: string) =>
  Type.Optional(Type.String({ maxLength: 256, description: `\`Alert-Info\` of calls from ${of}` }))

export const ringtonesKey = Type.Optional(
  Type.Object(
    { internal: ringtone('within the account'), external: ringtone('outside') },
    { description: 'How the phones ring; as their devices say without' },
  ),
)

/** What `device` and `user` take alike. */
export const endpointKeys = {
  timeout: timeoutKey('Seconds to try; 0 = 20'),
  delay: Type.Integer({ default: 0, minimum: 0, maximum: 3_600, description: 'Seconds before it rings' }),
  can_call_self: Type.Boolean({ default: false, description: 'Also the phone that calls, and others of its owner' }),
  static_invite: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, description: 'The user that the INVITE asks for' }),
  ),
  suppress_clid: Type.Boolean({ default: false, description: 'Send neither name nor number of the caller' }),
  custom_sip_headers: Type.Optional(
    Type.Record(Type.String({ maxLength: 64 }), Type.Union([Type.String({ maxLength: 1_024 }), Type.Number()]), {
      description:
        'Headers of the call to the phone; `{caller_id_number}`, `{caller_id_name}`, `{call_id}`, `{request_user}` … ' +
        'stand for what is known of the call',
    }),
  ),
  fail_on_single_reject: failOnSingleRejectKey,
}

interface EndpointData {
  readonly timeout: number
  readonly delay: number
  readonly can_call_self: boolean
  readonly static_invite?: string
  readonly suppress_clid: boolean
  readonly custom_sip_headers?: Readonly<Record<string, string | number>>
}

export const endpointManner = (data: EndpointData): Manner => ({
  delayMs: data.delay * 1_000,
  timeoutMs: ringMsOf(data.timeout),
  canCallSelf: data.can_call_self,
  asMembers: false,
  staticInvite: data.static_invite,
  suppressesCallerId: data.suppress_clid,
  ...(data.custom_sip_headers === undefined ? {} : { customHeaders: data.custom_sip_headers }),
})
