import { Outcome, within, type Clock } from '../../base/index.ts'
import type { Call } from '../call.ts'
import type { Digit } from '../leg.ts'
import { playUntilDigit } from '../listen.ts'
import type { MediaSource } from '../media.ts'

export interface ConfirmOptions {
  readonly key: Digit
  readonly prompt: readonly MediaSource[]
  /** From the answer to the key. */
  readonly timeoutMs: number
  readonly clock: Clock
}

/**
 * Connects callees only when they press a key, so that nobody's voicemail takes the call: a branch's `screen`.
 *
 * @source KAZOO kz_endpoint.erl, call forward with `require_keypress` (FreeSWITCH group_confirm_key)
 */
export function confirmsByKey({ key, prompt, timeoutMs, clock }: ConfirmOptions) {
  return async ({ leg }: Call, signal: AbortSignal): Promise<boolean> => {
    const silent = new Outcome('no key was pressed')
    const listen = async (either: AbortSignal): Promise<true> => {
      let pressed = await playUntilDigit(leg, prompt, { signal: either, terminators: key }).catch((error: unknown) => {
        either.throwIfAborted()
        if (leg.ended.aborted) throw error
        return undefined // A prompt that cannot be played counts as over.
      })
      while (pressed !== key) pressed = await leg.nextDigit(either)
      return true
    }
    try {
      return await within({ clock, ms: timeoutMs, signal }, () => silent, listen)
    } catch (error) {
      if (error === silent) return false
      throw error
    }
  }
}
