import { flagOf, textOf } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import { nested } from './phone.ts'

/** Where calls go instead of, or besides, a device (KAZOO's `call_forward`). */
export interface Forward {
  readonly number: string
  /** The device itself does not ring. */
  readonly substitutes: boolean
  readonly keepsCallerId: boolean
  /** Whoever answers must press 1. */
  readonly needsKey: boolean
  /** Not for calls to a group that the device is a member of. */
  readonly directOnly: boolean
  /** Only while the device is not registered. */
  readonly isFailover: boolean
  readonly ignoresEarlyMedia: boolean
}

/**
 * What a device forwards to: itself, else its owner.
 *
 * @source KAZOO kz_endpoint.erl, merge_call_forward and maybe_create_fwd_endpoint; schema call_forward
 */
export const forwardOf = (device: Document | undefined, owner: Document | undefined): Forward | undefined =>
  readForward(device) ?? readForward(owner)

function readForward(document: Document | undefined): Forward | undefined {
  const say = (key: string): unknown => nested(document, 'call_forward', key)
  const number = textOf(say('number'))
  if (flagOf(say('enabled')) !== true || number === undefined) return undefined
  const needsKey = flagOf(say('require_keypress')) ?? true
  return {
    number,
    substitutes: flagOf(say('substitute')) ?? true,
    keepsCallerId: flagOf(say('keep_caller_id')) ?? true,
    needsKey,
    directOnly: flagOf(say('direct_calls_only')) ?? false,
    isFailover: flagOf(say('failover')) ?? false,
    ignoresEarlyMedia: needsKey || (flagOf(say('ignore_early_media')) ?? true),
  }
}
