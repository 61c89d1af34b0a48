import Type from 'typebox'
import { mediaSource, type MediaSource } from '../../call/index.ts'
import { textOf } from '../document.ts'
import { listed, loop, playAsPrompt, playToCaller, terminators } from '../playing.ts'
import { defineVerb, resolveUrl, type RunContext } from '../verb.ts'
import { codes } from '../warnings.ts'

const digitMs = 200

/** Differs from Twilio: media that cannot be had is skipped with a warning, and KAZOO's media ids are played too. */
export const play = defineVerb({
  name: 'Play',
  summary: 'Plays a sound file from a URL, or KAZOO media by id, or sends digits.',
  source: 'Twilio <Play>; KAZOO kzt_twiml_play.erl',
  attributes: Type.Object({
    loop,
    terminators,
    digits: Type.Optional(
      Type.String({
        pattern: '^[0-9A-D*#wW]+$',
        description: 'Digits to send to the caller: `0-9A-D*#`, `w` waits half a second, `W` a second',
      }),
    ),
  }),
  codes: { loop: 13410, digits: 13430 },
  content: 'text',
  example: '<Play loop="2">https://media.example.com/welcome.mp3</Play>',
  check({ digits }, element, warn) {
    if (textOf(element) === '' && digits === undefined) warn(element, codes.cannotFetch, '<Play> names nothing to play')
  },
  sounds: (_attributes, element, context) => listed(playedMedia(textOf(element), context)),
  async run(attributes, element, context) {
    const { call, signal } = context
    const source = playedMedia(textOf(element), context)
    if (attributes.digits !== undefined) {
      await call.leg.answer()
      await call.leg.sendDigits(attributes.digits, { durationMs: digitMs, signal })
    }
    if (source === undefined) await call.leg.answer()
    else await playToCaller(source, attributes, element, context)
    return 'next'
  },
  async prompt({ loop, digits }, element, context, signal) {
    if (digits !== undefined) context.warn(element, codes.gatherNesting, 'digits of <Play> are not sent in a <Gather>')
    const source = playedMedia(textOf(element), context)
    if (source !== undefined) await playAsPrompt(source, loop, element, context, signal)
  },
})

/**
 * What the text of a Play names. KAZOO plays media by id and Twilio resolves every reference as a URL; a plain word, an
 * id or a path of KAZOO is media, and whatever has a dot, a slash or a question mark is a URL relative to the document.
 */
export function playedMedia(
  reference: string,
  { call, url }: Pick<RunContext, 'call' | 'url'>,
): MediaSource | undefined {
  const scope = { accountId: call.account.id, language: call.variables.language }
  const isKazoo = /^(?:[^./?]+|[a-z_]+:\/\/.*|\/?system_media\/.*|\/[0-9a-f]{32}\/[^/]+)$/is.test(reference)
  return mediaSource(isKazoo || reference === '' ? reference : resolveUrl(reference, url), scope)
}
