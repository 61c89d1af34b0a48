import { collectDigits, sayText, type MediaSource, type SayMethod, type SayType } from '../call/index.ts'
import type { ActionContext } from '../callflow/index.ts'
import { playIfPossible, promptSource, speechOf } from './playback.ts'

export interface AskOptions {
  /** Heard first; any digit stops it. */
  readonly prompt: readonly MediaSource[]
  readonly most: number
  readonly firstDigitMs: number
  readonly interDigitMs?: number
  /** Default `#`. */
  readonly terminators?: string
}

/** Asks the caller for digits. @returns those without the terminator; empty when none came */
export async function askDigits(
  { call, clock, signal }: ActionContext,
  { prompt, most, firstDigitMs, interDigitMs = firstDigitMs, terminators = '#' }: AskOptions,
): Promise<string> {
  const options = { clock, signal, most, firstDigitMs, interDigitMs, terminators, prompt }
  const { digits } = await collectDigits(call.leg, options)
  return digits
}

/** The caller hears these, as far as they can be had; a key skips them and is forgotten. */
export async function hear(context: ActionContext, ...sources: readonly MediaSource[]): Promise<void> {
  await playIfPossible(context, sources, { keepsDigits: false })
}

/** The same for prompts by their names. */
export const hearPrompts = (context: ActionContext, ...names: readonly string[]): Promise<void> =>
  hear(context, ...names.map((name) => promptSource(context, name)))

export interface SpokenOptions {
  readonly type: SayType
  readonly method?: SayMethod
  /** IANA name; the account's without. */
  readonly timezone?: string | undefined
}

/** A number, a name or a time, as it is said to the caller. */
export function spoken(
  { call, clock }: Pick<ActionContext, 'call' | 'clock'>,
  text: string,
  { type, method = 'pronounced', timezone = call.account.timezone }: SpokenOptions,
): MediaSource {
  const { language } = call.variables
  return speechOf(sayText({ text, type, method, language, nowMs: clock.now(), timezone }), '', language)
}
