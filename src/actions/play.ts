import { Type } from 'typebox'
import { answerWith, mediaSource } from '../call/index.ts'
import { child, defineAction } from '../callflow/index.ts'
import { endlessKey, mediaScope, playToCaller, terminatorsKey } from './playback.ts'

export const play = defineAction({
  module: 'play',
  summary: 'Plays a sound. Digits pressed meanwhile are kept for the next `collect_dtmf`.',
  source: 'KAZOO cf_play.erl; schema callflows.play',
  data: Type.Object({
    id: Type.Optional(
      Type.String({
        maxLength: 2048,
        description:
          'A media document of the account, a URL, or `prompt://`, `tone_stream://`, `silence_stream://`; ' +
          'without it nothing is played',
      }),
    ),
    answer: Type.Boolean({ default: true, description: 'Answer first; `false` plays as early media' }),
    terminators: terminatorsKey,
    loop_count: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 1000,
      description: 'How often to play it; a key that stops it ends all rounds',
    }),
    endless_playback: endlessKey,
  }),
  children: {},
  example: {
    module: 'play',
    data: { id: 'https://shop.example/welcome.mp3', terminators: ['#'] },
    children: { _: { module: 'hangup', data: {} } },
  },
  sounds({ id }, context) {
    const source = mediaSource(id, mediaScope(context))
    return source === undefined ? [] : [source]
  },
  // Differs from KAZOO, which waits 100 ms after the answer: the first packet goes out at once.
  async run({ id, answer, terminators, loop_count, endless_playback }, context) {
    const source = mediaSource(id, mediaScope(context))
    if (source === undefined) return child()
    if (answer) await answerWith(source, context)
    await playToCaller(
      context,
      [source],
      endless_playback
        ? { terminators: '', times: Infinity }
        : { terminators: terminators?.join(''), times: loop_count },
    )
    return child()
  },
})
