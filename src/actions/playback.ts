import { Type } from 'typebox'
import { allKeys, playUntilDigit, type Digit, type MediaSource, type Speech } from '../call/index.ts'
import type { ActionContext } from '../callflow/index.ts'

export interface PlaybackOptions {
  /** The keys that stop it; any key unless given, none when empty. */
  readonly terminators?: string | undefined
  readonly times?: number
  /** Whether digits pressed meanwhile go to the collection `default`. */
  readonly keepsDigits?: boolean
}

/**
 * Plays `sources` to the caller. Digits pressed meanwhile, the one that stops it included, go to the collection
 * `default` unless told otherwise; there the next `collect_dtmf` and the next request to a web server find them. So do
 * digits pressed before, while nobody listened: they stop nothing that the caller has not heard begin.
 *
 * @returns the key that stopped it
 * @throws what the AudioLibrary throws
 * @source KAZOO cf_play.erl, handle_noop_recv; kapps_call_command.erl, play_command
 */
export async function playToCaller(
  { call, signal }: Pick<ActionContext, 'call' | 'signal'>,
  sources: readonly MediaSource[],
  { terminators = allKeys, times = 1, keepsDigits = true }: PlaybackOptions = {},
): Promise<Digit | undefined> {
  const { leg, variables } = call
  if (!keepsDigits) return playUntilDigit(leg, sources, { signal, terminators, times })
  const typedBefore = leg.takeDigits()
  if (typedBefore !== '') variables.addEarlyDigits(typedBefore)
  const onDigit = (digit: Digit): void => variables.addEarlyDigits(digit)
  return playUntilDigit(leg, sources, { signal, terminators, times, onDigit })
}

/** The same for a sound that may be missing: the call goes on without it. Its failure is on the call's story. */
export async function playIfPossible(
  context: Pick<ActionContext, 'call' | 'signal'>,
  sources: readonly MediaSource[],
  options: PlaybackOptions = {},
): Promise<Digit | undefined> {
  for (const source of sources) {
    try {
      const digit = await playToCaller(context, [source], options)
      if (digit !== undefined) return digit
    } catch {
      context.signal.throwIfAborted()
    }
  }
  return undefined
}

/** A prompt of the account, or the system's when the account has none of that name, in the language of the call. */
export const promptSource = (
  { call }: Pick<ActionContext, 'call'>,
  name: string,
  language = call.variables.language,
): MediaSource => ({ kind: 'prompt', accountId: call.account.id, name, language })

/** How media references of this call are to be read. */
export const mediaScope = ({ call }: Pick<ActionContext, 'call'>): { accountId: string; language: string } => ({
  accountId: call.account.id,
  language: call.variables.language,
})

/** What to say and how; a voice written as `female/en-GB` brings its own language. */
export function speechOf(text: string, voice: string, language: string, engine?: string): Speech {
  const [name = '', own] = voice.split('/', 2)
  return {
    kind: 'speech',
    text,
    voice: name === '' ? 'female' : name,
    language: own ?? language,
    ...(engine === undefined ? {} : { engine }),
  }
}

export const terminatorsKey = Type.Optional(
  Type.Array(Type.String({ pattern: '^[0-9*#]$' }), {
    maxItems: 12,
    description: 'The keys that stop the playback; any key when absent, none when empty',
  }),
)

export const endlessKey = Type.Boolean({
  default: false,
  description: 'Repeat until the caller hangs up; no key stops it, and `loop_count` means nothing',
})
