import Type from 'typebox'
import { isFailure, type Failure } from '../base/index.ts'
import { allKeys, answerWith, nameOf, playUntilDigit, Replaced, type Digit, type MediaSource } from '../call/index.ts'
import type { Position } from './document.ts'
import type { SessionState } from './session.ts'
import type { RunContext } from './verb.ts'
import { codes } from './warnings.ts'

/** How often 0 repeats: Twilio's limit, and longer than anybody listens. */
const forever = 1000

const mostTypedAhead = 64

export const loop = Type.Integer({
  default: 1,
  minimum: 0,
  maximum: forever,
  description: 'How often in all; 0 = until the caller hangs up',
})

export const terminators = Type.String({
  default: allKeys,
  description:
    'Digits that stop the repetition that plays (KAZOO); empty = none. Each digit is kept for the next request',
})

export interface Playing {
  readonly loop: number
  readonly terminators: string
}

/**
 * Answers, and plays `source` to the caller `loop` times. A terminator ends the repetition that plays. What cannot be
 * played is warned of at `at` and counts as over.
 *
 * @source KAZOO kzt_twiml_play.erl, kzt_twiml_say.erl: digits pressed meanwhile are remembered
 */
export async function playToCaller(
  source: MediaSource,
  { loop, terminators }: Playing,
  at: Position,
  context: RunContext,
): Promise<void> {
  const { call, signal, state } = context
  await answerWith(source, context)
  typeAhead(state, call.leg.takeDigits())
  const onDigit = (digit: Digit): void => typeAhead(state, digit)
  const play = (times: number) => playUntilDigit(call.leg, [source], { signal, terminators, times, onDigit })
  await unlessUnplayable(source, at, context, async () => {
    if (loop === 0) while ((await play(forever)) !== undefined);
    for (let time = 0; time < loop; time++) await play(1)
  })
}

/** Plays `source` as a prompt of a Gather: digits are somebody else's. */
export async function playAsPrompt(
  source: MediaSource,
  times: number,
  at: Position,
  context: RunContext,
  signal: AbortSignal,
): Promise<void> {
  await unlessUnplayable(source, at, context, () =>
    context.call.leg.play(source, { signal, times: times === 0 ? forever : times }),
  )
}

/** What may be nothing, as a list. */
export const listed = (source: MediaSource | undefined): readonly MediaSource[] =>
  source === undefined ? [] : [source]

/** Keeps digits that were pressed while no Gather waited. */
export function typeAhead(state: SessionState, digits: string): void {
  state.typedAhead = (state.typedAhead + digits).slice(0, mostTypedAhead)
}

/** The digits typed ahead so far, which are forgotten with this. */
export function takeTypedAhead({ call, state }: RunContext): string {
  typeAhead(state, call.leg.takeDigits())
  const digits = state.typedAhead
  state.typedAhead = ''
  return digits
}

async function unlessUnplayable(
  source: MediaSource,
  at: Position,
  { call, signal, log, warn }: RunContext,
  play: () => Promise<void>,
): Promise<void> {
  try {
    await play()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Replaced) return
    if (!isFailure(error) || call.leg.ended.aborted) throw error
    warn(at, codeOf(error), `${nameOf(source)} cannot be played: ${error.message}`)
    log.warn('twiml.unplayable', { code: error.code, fault: error.fault })
  }
}

function codeOf({ code }: Failure): number {
  switch (code) {
    case 'SPEECH_UNAVAILABLE':
      return codes.language
    case 'SPEECH_FAILED':
      return codes.internal
    case 'MEDIA_DECODE':
    case 'MEDIA_TOO_LONG':
      return codes.cannotPlay
    default:
      return codes.cannotFetch
  }
}
