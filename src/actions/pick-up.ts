import { Type } from 'typebox'
import { asFailure } from '../base/index.ts'
import { answerWith, counterpartOf, type Call, type Calling, type Exchange } from '../call/index.ts'
import { stop, type ActionContext, type Next } from '../callflow/index.ts'
import { beginRinging, type Ringing, type RingingPorts } from '../endpoints/index.ts'
import { playIfPossible, promptSource } from './playback.ts'

export interface PickUpPorts extends RingingPorts {
  readonly calling: Calling
  readonly exchange: Exchange
}

const idKey = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 128, description }))

export const targetKeys = {
  device_id: idKey('Whose call: a device'),
  user_id: idKey('Whose call, when no device is named: a user'),
  group_id: idKey('Whose call, when neither is named: anybody of a group'),
}

export const approvalKeys = {
  approved_device_id: idKey('Only this device may'),
  approved_user_id: idKey('Only devices of this user may, when no device is named'),
  approved_group_id: idKey('Only devices of this group may, when neither is named'),
}

/** What a pick-up looks for, and what is said when it finds nothing. */
export interface PickUp {
  /** Whether this phone may. */
  mayPickUp(devices: readonly string[], ringing: Ringing): Promise<boolean>
  /** Who is to be talked with instead of `leg`, a leg of a device that was asked for; undefined = that leg will not do. */
  wanted(leg: Call): Call | undefined
  readonly prompts: { readonly nobody: string; readonly nothing: string }
  devices(ringing: Ringing): Promise<readonly string[]>
}

/**
 * Answers, and lets the caller talk with whoever talks with a phone, or rings it.
 *
 * @source KAZOO cf_intercept.erl, cf_group_pickup.erl
 */
export async function pickUp(order: PickUp, context: ActionContext, ports: PickUpPorts): Promise<Next> {
  const { call, clock, signal } = context
  const ringing = await beginRinging(context, ports)
  const devices = await order.devices(ringing)
  if (devices.length === 0) return apologize(order.prompts.nobody, context)
  if (!(await order.mayPickUp(devices, ringing))) return apologize(order.prompts.nothing, context)
  const legs = ports.exchange
    .calls(call.account.id)
    .filter(({ caller }) => devices.includes(caller.authorizingId ?? ''))
  const found = legs.map((leg) => order.wanted(leg)).find((other) => other !== undefined && other !== call)
  if (found === undefined) return apologize(order.prompts.nothing, context)
  await call.leg.answer()
  try {
    await ports.exchange.take(found, call, { calling: ports.calling, clock, signal })
    return stop()
  } catch (error) {
    if (asFailure(error).code !== 'CALL_ALONE') throw error
    return apologize(order.prompts.nothing, context)
  }
}

export async function apologize(name: string, context: ActionContext): Promise<Next> {
  const prompt = promptSource(context, name)
  await answerWith(prompt, context)
  await playIfPossible(context, [prompt])
  return stop()
}

/** The caller of a phone that rings. */
export const whoRings = (leg: Call): Call | undefined =>
  leg.host?.conversation?.state === 'ringing' && leg.leg.state !== 'answered' ? leg.host : undefined

/** Whoever talks with a phone, or rings it. */
export const whoIsThere = (leg: Call): Call | undefined => counterpartOf(leg)
