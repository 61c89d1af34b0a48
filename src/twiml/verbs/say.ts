import Type from 'typebox'
import type { MediaSource } from '../../call/index.ts'
import type { TwimlElement } from '../document.ts'
import { listed, loop, playAsPrompt, playToCaller, terminators } from '../playing.ts'
import { plainText, ssmlOf } from '../speech.ts'
import { defineVerb, type RunContext } from '../verb.ts'
import { codes, type Warn } from '../warnings.ts'

/** Twilio's limit of the basic voices; more is cut. */
const mostCharacters = 4096

const genders: Readonly<Record<string, string>> = {
  man: 'male',
  male: 'male',
  woman: 'female',
  female: 'female',
  alice: 'female',
}

interface SayAttributes {
  readonly voice: string
  readonly language?: string
  readonly engine?: string
}

/** Differs from KAZOO: any voice and language a provider knows may be asked for, and bad ones do not end the call. */
export const say = defineVerb({
  name: 'Say',
  summary: 'Says the text to the caller.',
  source: 'Twilio <Say>; KAZOO kzt_twiml_say.erl',
  attributes: Type.Object({
    voice: Type.String({
      default: 'man',
      description:
        '`man`, `woman`, `male`, `female`, `alice`, or a provider’s own (`Polly.Joanna`, `Google.en-US-Neural2-A`)',
    }),
    language: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$',
        description: 'BCP 47 (`en-GB`); the call’s language when absent',
      }),
    ),
    engine: Type.Optional(Type.String({ description: 'The provider that speaks (KAZOO)' })),
    loop,
    terminators,
  }),
  codes: { loop: 13510, voice: 13511, language: 13512 },
  content: 'speech',
  example: '<Say voice="woman" language="en-GB">Hello <break time="500ms"/> and welcome.</Say>',
  check: checkText,
  sounds: (attributes, element, context) => listed(speechOf(attributes, element, context)),
  async run(attributes, element, context) {
    const source = speechOf(attributes, element, context)
    if (source === undefined) await context.call.leg.answer()
    else await playToCaller(source, attributes, element, context)
    return 'next'
  },
  async prompt(attributes, element, context, signal) {
    const source = speechOf(attributes, element, context)
    if (source !== undefined) await playAsPrompt(source, attributes.loop, element, context, signal)
  },
})

function checkText({ voice, engine }: SayAttributes, element: TwimlElement, warn: Warn): void {
  const { length } = plainText(element)
  if (length === 0) warn(element, codes.speechText, '<Say> has no text: nothing is said')
  if (length > mostCharacters) {
    warn(element, codes.speechTooLong, `<Say> has ${length} characters: it ends after ${mostCharacters}`)
  }
  if (engine === undefined && voiceOf(voice) === undefined) {
    warn(element.places['voice'] ?? element, 13511, `voice="${voice}" is not known: the default voice speaks`)
  }
}

function speechOf(
  { voice, language, engine }: SayAttributes,
  element: TwimlElement,
  { call }: RunContext,
): MediaSource | undefined {
  const whole = plainText(element)
  if (whole === '') return undefined
  const ssml = whole.length > mostCharacters ? undefined : ssmlOf(element)
  return {
    kind: 'speech',
    text: whole.slice(0, mostCharacters),
    voice: voiceOf(voice) ?? (engine === undefined ? 'male' : voice),
    language: language ?? call.variables.language,
    ...(ssml === undefined ? {} : { ssml }),
    ...(engine === undefined ? {} : { engine }),
  }
}

/** The voice as speech providers know it. A provider's own voice has its name in front. */
function voiceOf(voice: string): string | undefined {
  const gender = genders[voice.toLowerCase()]
  if (gender !== undefined) return gender
  return /^[A-Za-z]+\.[\w-]+$/.test(voice) ? voice : undefined
}
