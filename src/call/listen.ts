import { follow, Outcome, unwanted, within, type Clock } from '../base/index.ts'
import type { Digit, Leg } from './leg.ts'
import type { MediaSource } from './media.ts'

/** Nobody hears the ring for longer than this for the sake of a sound that is not there yet. */
const mostPreparingMs = 3_000
const mostAhead = 3
const notReady: Error = new Outcome('the sound is not there yet')

export interface AnswerOptions {
  readonly call: { readonly leg: Pick<Leg, 'state' | 'prepare' | 'answer'> }
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Answers when `source` is ready to be heard, so that the call does not begin with silence. What cannot be had, or is
 * long in coming, delays the answer no further: the play of it says what is wrong.
 */
export async function answerWith(source: MediaSource, { call, clock, signal }: AnswerOptions): Promise<void> {
  const { leg } = call
  if (leg.state !== 'answered') {
    await within(
      { clock, ms: mostPreparingMs, signal },
      () => notReady,
      (either) => leg.prepare(source, either),
    ).catch((error: unknown) => {
      if (error !== notReady) throw error
    })
  }
  await leg.answer()
}

/** Opens the first few of `sources` in the background: what is about to be heard then begins without a gap. */
export function prepareAhead(leg: Pick<Leg, 'prepare'>, sources: readonly MediaSource[], signal: AbortSignal): void {
  for (const source of sources.slice(0, mostAhead)) leg.prepare(source, signal).catch(() => undefined)
}

export interface PlayUntilDigitOptions {
  readonly signal: AbortSignal
  /** The digits that stop the playback. */
  readonly terminators: string
  readonly times?: number
  /** Called for each digit pressed meanwhile, the stopping one included. */
  readonly onDigit?: (digit: Digit) => void
}

/** Plays `sources` one after another until the last sample or a terminator. @returns the terminator that stopped it */
export async function playUntilDigit(
  leg: Leg,
  sources: readonly MediaSource[],
  { signal, terminators, times = 1, onDigit }: PlayUntilDigitOptions,
): Promise<Digit | undefined> {
  signal.throwIfAborted()
  const stop = new AbortController()
  const unfollow = follow(signal, stop)
  const listening = listen(leg, stop.signal, (digit) => {
    onDigit?.(digit)
    if (!terminators.includes(digit)) return true
    stop.abort(new Interrupted(digit))
    return false
  })
  try {
    for (const source of sources) await leg.play(source, { signal: stop.signal, times })
    return undefined
  } catch (error) {
    if (error instanceof Interrupted) return error.digit
    throw error
  } finally {
    unfollow()
    stop.abort(unwanted)
    await listening
  }
}

/** Why a playback ended: this digit, or nothing more to listen for. */
class Interrupted extends Outcome {
  readonly digit: Digit | undefined
  constructor(digit: Digit | undefined) {
    super('interrupted')
    this.digit = digit
  }
}

/** Hands digits to `take` until it returns false or `signal` aborts. Never rejects. */
async function listen(leg: Leg, signal: AbortSignal, take: (digit: Digit) => boolean): Promise<void> {
  try {
    while (take(await leg.nextDigit(signal))) if (signal.aborted) return
  } catch {
    // The signal aborted, or the leg ended: whoever plays is told by the play itself.
  }
}

export interface CollectOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Ends as soon as there are so many. */
  readonly most: number
  /** From the end of the prompt (or from now) to the first digit. */
  readonly firstDigitMs: number
  readonly interDigitMs: number
  readonly terminators: string
  /** Played meanwhile; the first digit stops it. */
  readonly prompt?: readonly MediaSource[]
  /** Digits already there. */
  readonly early?: string
}

export interface Collected {
  /** Without the terminator. */
  readonly digits: string
  readonly endedBy: 'most' | 'terminator' | 'timeout'
}

/**
 * Collects digits: the first one stops the prompt, the first-digit timer runs from the prompt's end, each digit
 * restarts the inter-digit timer. A prompt that cannot be played counts as over.
 *
 * @source KAZOO kapps_call_command collect_digits; reference of the callflow actions `menu` and `collect_dtmf`
 */
export async function collectDigits(leg: Leg, options: CollectOptions): Promise<Collected> {
  const { clock, signal, most, firstDigitMs, interDigitMs, terminators, prompt = [], early = '' } = options
  let digits = early
  if (digits.length >= most) return { digits: digits.slice(0, most), endedBy: 'most' }
  if (prompt.length > 0) {
    let first: Digit | undefined
    try {
      first = await playUntilDigit(leg, prompt, { signal, terminators: '0123456789*#ABCD' })
    } catch (error) {
      signal.throwIfAborted()
      if (leg.ended.aborted) throw error
    }
    if (first !== undefined) {
      if (terminators.includes(first)) return { digits, endedBy: 'terminator' }
      digits += first
      if (digits.length >= most) return { digits, endedBy: 'most' }
    }
  }
  for (;;) {
    const digit = await digitWithin(leg, clock, digits === '' ? firstDigitMs : interDigitMs, signal)
    if (digit === undefined) return { digits, endedBy: 'timeout' }
    if (terminators.includes(digit)) return { digits, endedBy: 'terminator' }
    digits += digit
    if (digits.length >= most) return { digits, endedBy: 'most' }
  }
}

/** The next digit, or undefined when none comes within `ms` milliseconds. */
export async function digitWithin(leg: Leg, clock: Clock, ms: number, signal: AbortSignal): Promise<Digit | undefined> {
  const late = new Outcome('no digit')
  try {
    return await within(
      { clock, ms, signal },
      () => late,
      (either) => leg.nextDigit(either),
    )
  } catch (error) {
    if (error === late) return undefined
    throw error
  }
}
