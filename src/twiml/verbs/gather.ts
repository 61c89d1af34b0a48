import Type from 'typebox'
import { answerWith, digitWithin, type Digit, type MediaSource } from '../../call/index.ts'
import { method, recognised, url } from '../attributes.ts'
import { childrenOf, type TwimlElement } from '../document.ts'
import { takeTypedAhead } from '../playing.ts'
import { ask, defineVerb, tellStarted, type RunContext, type Verb } from '../verb.ts'
import { codes } from '../warnings.ts'
import { pause } from './pause.ts'
import { play } from './play.ts'
import { say } from './say.ts'

/** More than anybody types. */
const mostDigits = 1000

const prompts = new Map([say, play, pause].map((verb): [string, Verb] => [verb.name, verb]))

/**
 * Differs from KAZOO, whose timer runs once for all digits: as at Twilio each digit restarts it. Differs from Twilio:
 * without prompts it begins with what was typed ahead. Speech is not recognised yet, so digits are taken in its place.
 */
export const gather = defineVerb({
  name: 'Gather',
  summary: 'Collects digits, while prompts play that the first digit stops, and sends them to `action`.',
  source: 'Twilio <Gather>; KAZOO kzt_twiml_gather.erl',
  attributes: Type.Object({
    input: Type.String({
      default: 'dtmf',
      pattern: '^(?:dtmf|speech)(?:[\\s,]+(?:dtmf|speech))*$',
      description: '`dtmf`, `speech` or both',
    }),
    action: url('Who is told the digits; the document’s own URL when absent'),
    method,
    timeout: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 3600,
      spellings: { auto: '5' },
      description:
        'Seconds to wait for the first digit, counted from the end of the prompts, and for each digit after it',
    }),
    finishOnKey: Type.String({
      default: '#',
      pattern: '^[0-9*#]?$',
      description: 'The key that ends the digits and is none of them; empty = none',
    }),
    numDigits: Type.Integer({
      default: mostDigits,
      minimum: 1,
      maximum: mostDigits,
      description: 'Ends as soon as there are so many',
    }),
    actionOnEmptyResult: Type.Boolean({ default: false, description: 'Tell `action` even when there are no digits' }),
    bargeIn: Type.Boolean({ default: true, description: 'Whether speech stops the prompts; a digit always does' }),
    debug: Type.Optional(Type.Boolean({ description: 'No effect' })),
    enhanced: Type.Optional(Type.Boolean({ description: 'No effect' })),
    hints: recognised('Words to expect in speech'),
    language: recognised('The language of speech'),
    maxSpeechTime: recognised('How long speech may last'),
    partialResultCallback: url('Who is told speech as it comes. No effect'),
    partialResultCallbackMethod: method,
    profanityFilter: Type.Optional(Type.Boolean({ description: 'No effect' })),
    speechModel: recognised('How speech is recognised'),
    speechTimeout: recognised('How long a pause ends speech'),
  }),
  codes: {
    input: 13326,
    action: codes.badUrl,
    method: 13312,
    timeout: 13313,
    finishOnKey: 13310,
    numDigits: 13314,
    actionOnEmptyResult: 13338,
    bargeIn: 13332,
    hints: 13330,
    language: 13331,
    maxSpeechTime: 13328,
    partialResultCallback: codes.badUrl,
    partialResultCallbackMethod: 13329,
    profanityFilter: 13333,
    speechModel: 13334,
    speechTimeout: 13327,
  },
  content: 'prompts',
  example: '<Gather numDigits="1" action="/menu"><Say>For sales, press one.</Say></Gather>',
  check({ input }, element, warn) {
    if (!input.includes('speech')) return
    warn(element.places['input'] ?? element, codes.schema, 'speech is not recognised yet: <Gather> takes digits only')
  },
  sounds: (_attributes, element, context) => soundsIn(element, context),
  async run(attributes, element, context) {
    const { action, method, finishOnKey, actionOnEmptyResult } = attributes
    const [firstSound] = soundsIn(element, context)
    await (firstSound === undefined ? context.call.leg.answer() : answerWith(firstSound, context))
    const early = takeTypedAhead(context)
    const children = childrenOf(element).filter(({ name }) => prompts.has(name))
    const first = children.length === 0 ? early : await playPrompts(children, context)
    const { digits, finishedOn, rest } = await collect(first, attributes, context)
    context.state.typedAhead = rest
    context.log.info('gather.collected', { digits: digits.length, pii: { digits, finishOnKey } })
    if (digits === '' && !actionOnEmptyResult) return 'next'
    return ask(context, action, method, { Digits: digits, FinishedOnKey: finishedOn, msg: 'Gather End' })
  },
})

const soundsIn = (element: TwimlElement, context: RunContext): readonly MediaSource[] =>
  childrenOf(element).flatMap((child) => prompts.get(child.name)?.sounds(child, context) ?? [])

/** Plays prompts until they are over or the first digit comes. @returns that digit, or nothing */
async function playPrompts(children: readonly TwimlElement[], context: RunContext): Promise<string> {
  const { call, signal } = context
  const over = new AbortController()
  const stop = new AbortController()
  const pressed = call.leg.nextDigit(AbortSignal.any([signal, over.signal])).then(
    (digit: Digit | '') => {
      stop.abort(new PromptsOver())
      return digit
    },
    (): '' => '',
  )
  const either = AbortSignal.any([signal, stop.signal])
  try {
    for (const child of children) {
      either.throwIfAborted()
      tellStarted(child, context)
      await prompts.get(child.name)?.prompt?.(child, context, either)
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!stop.signal.aborted) throw error
  } finally {
    over.abort(new PromptsOver())
  }
  return pressed
}

/** Why prompts, or the wait for a digit meanwhile, ended. */
class PromptsOver extends Error {
  override readonly name = 'PromptsOver'
}

interface Gathered {
  readonly digits: string
  /** The key, or nothing when the time or the number of digits ended it. */
  readonly finishedOn: string
  /** What was typed ahead of this Gather's end. */
  readonly rest: string
}

async function collect(
  typed: string,
  { numDigits, finishOnKey, timeout }: { numDigits: number; finishOnKey: string; timeout: number },
  { call, clock, signal }: RunContext,
): Promise<Gathered> {
  let digits = ''
  for (let taken = 0; digits.length < numDigits; taken++) {
    const digit = typed[taken] ?? (await digitWithin(call.leg, clock, timeout * 1000, signal))
    if (digit === undefined) return { digits, finishedOn: '', rest: '' }
    if (digit === finishOnKey) return { digits, finishedOn: digit, rest: typed.slice(taken + 1) }
    digits += digit
  }
  return { digits, finishedOn: '', rest: typed.slice(numDigits) }
}
