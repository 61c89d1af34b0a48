import { allKeys, collectDigits, type Digit, type MediaSource, type Recording, type Recordings } from '../call/index.ts'
import type { ActionContext } from '../callflow/index.ts'
import { playIfPossible, promptSource } from './playback.ts'

const longestMs = 300_000
const usuallyShortestMs = 1500
const silenceMs = 5000
const answerMs = 5000
const mostRounds = 20
const beep: MediaSource = { kind: 'tone', spec: '%(500,0,440)' }

export interface GreetingOptions {
  /** What asks for it. */
  readonly prompt?: string
  /** Shorter ones are too short. */
  readonly shortestMs?: number
}

/**
 * Has the caller speak a greeting and listen to it until it is right: 1 keeps it, 2 plays it, 3 records it again.
 *
 * @returns the recording, or undefined when the caller gives no answer that ends it
 * @source KAZOO cf_menu.erl, record_greeting, review_recording
 */
export async function recordGreeting(
  context: ActionContext,
  recordings: Recordings,
  { prompt = 'vm-record_greeting', shortestMs = usuallyShortestMs }: GreetingOptions = {},
): Promise<Recording | undefined> {
  let recording = await record(context, prompt)
  try {
    for (let round = 0; round < mostRounds; round++) {
      const choice = await askHow(context)
      if (choice === '1' && recording.durationMs >= shortestMs) return recording
      if (choice === '1') await hear(context, promptSource(context, 'vm-recording_to_short'))
      if (choice === '2') await hear(context, { kind: 'recording', id: recording.id, path: recording.path })
      if (choice === '1' || choice === '3') {
        await recordings.discard(recording)
        recording = await record(context, prompt)
      }
    }
  } catch (error) {
    await recordings.discard(recording)
    throw error
  }
  await recordings.discard(recording)
  return undefined
}

const hear = (context: ActionContext, source: MediaSource): Promise<Digit | undefined> =>
  playIfPossible(context, [source], { keepsDigits: false })

async function record(context: ActionContext, prompt: string): Promise<Recording> {
  const { call, signal } = context
  await hear(context, promptSource(context, prompt))
  await hear(context, beep)
  call.leg.takeDigits()
  return call.leg.record({ signal, maxMs: longestMs, silenceMs, endKeys: allKeys, trim: true })
}

async function askHow(context: ActionContext): Promise<string> {
  const { call, clock, signal } = context
  const { digits } = await collectDigits(call.leg, {
    clock,
    signal,
    most: 1,
    firstDigitMs: answerMs,
    interDigitMs: answerMs,
    terminators: '',
    prompt: [promptSource(context, 'vm-review_recording')],
  })
  return digits
}
