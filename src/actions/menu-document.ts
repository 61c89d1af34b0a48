import { fieldsOf, flagOf, integerOf, textOf } from '../base/index.ts'
import { mediaSource, type MediaSource } from '../call/index.ts'
import type { ActionContext, Document } from '../callflow/index.ts'
import { mediaScope, promptSource } from './playback.ts'

/** A menu as its document has it, with everything that is missing filled in. Media are references or prompts to play. */
export interface Menu {
  readonly retries: number
  readonly firstDigitMs: number
  readonly interDigitMs: number
  readonly mostDigits: number
  readonly hunt: boolean
  readonly huntAllow: string
  readonly huntDeny: string
  readonly recordPin: string
  readonly mayStrangersRecord: boolean
  readonly greeting: MediaSource
  readonly invalid: readonly MediaSource[]
  readonly transfer: readonly MediaSource[]
  readonly exit: readonly MediaSource[]
}

const longestWaitMs = 60_000

/** @source KAZOO schema menus; cf_menu.erl, get_menu_profile */
export function readMenu(
  document: Document | undefined,
  interDigitMs: number | undefined,
  context: Pick<ActionContext, 'call'>,
): Menu {
  const fields = fieldsOf(document)
  const media = fieldsOf(fields['media'])
  const isSilent = flagOf(fields['suppress_media']) ?? false
  const sounds = (value: unknown, prompt: string): readonly MediaSource[] => {
    const flag = flagOf(value)
    if (isSilent || flag === false) return []
    const source = flag === true ? undefined : mediaSource(textOf(value), mediaScope(context))
    return [source ?? promptSource(context, prompt)]
  }
  const between = (value: unknown, usual: number, from: number, to: number): number =>
    Math.min(Math.max(integerOf(value) ?? usual, from), to)
  return {
    retries: between(fields['retries'], 3, 1, 10),
    firstDigitMs: between(fields['timeout'], 10_000, 1, longestWaitMs),
    interDigitMs: between(fields['interdigit_timeout'], interDigitMs ?? 2000, 1, longestWaitMs),
    mostDigits: between(fields['max_extension_length'], 4, 1, 6),
    // The schema says true, the code false when the key is missing: documents that KAZOO has stored say it themselves.
    hunt: flagOf(fields['hunt']) ?? true,
    huntAllow: textOf(fields['hunt_allow']) ?? '',
    huntDeny: textOf(fields['hunt_deny']) ?? '',
    recordPin: textOf(fields['record_pin']) ?? '',
    mayStrangersRecord: flagOf(fields['allow_record_from_offnet']) ?? false,
    greeting: mediaSource(textOf(media['greeting']), mediaScope(context)) ?? promptSource(context, 'menu-no_prompt'),
    invalid: sounds(media['invalid_media'], 'menu-invalid_entry'),
    transfer: sounds(media['transfer_media'], 'menu-transferring_call'),
    exit: sounds(media['exit_media'], 'menu-exit'),
  }
}
