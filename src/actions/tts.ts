import { Type } from 'typebox'
import { asFailure } from '../base/index.ts'
import { answerWith } from '../call/index.ts'
import { child, defineAction, stop } from '../callflow/index.ts'
import { endlessKey, playToCaller, speechOf, terminatorsKey } from './playback.ts'

export const tts = defineAction({
  module: 'tts',
  aliases: ['say'], // KAZOO's own examples use it, although no such module exists there.
  summary: 'Answers and speaks a text. Digits pressed meanwhile are kept for the next `collect_dtmf`.',
  source: 'KAZOO cf_tts.erl; schema callflows.tts',
  data: Type.Object({
    text: Type.String({ minLength: 1, maxLength: 1000, description: 'What to say' }),
    voice: Type.String({
      default: 'female',
      description: '`male`, `female`, either with a language (`female/en-GB`), or a voice of the speech provider',
    }),
    language: Type.Optional(
      Type.String({ description: 'The language of the text; the language of the call if absent' }),
    ),
    engine: Type.Optional(Type.String({ description: 'The speech provider; the configured one if absent' })),
    terminators: terminatorsKey,
    endless_playback: endlessKey,
  }),
  children: {},
  example: {
    module: 'tts',
    data: { text: 'Please enter your four digits.', voice: 'female', language: 'en-us' },
    children: { _: { module: 'collect_dtmf', data: { max_digits: 4 } } },
  },
  sounds: ({ text, voice, language, engine }, { call }) => [
    speechOf(text, voice, language ?? call.variables.language, engine),
  ],
  async run({ text, voice, language, engine, terminators, endless_playback }, context) {
    const { call, signal, log } = context
    const speech = speechOf(text, voice, language ?? call.variables.language, engine)
    await answerWith(speech, context)
    try {
      await playToCaller(
        context,
        [speech],
        endless_playback ? { terminators: '', times: Infinity } : { terminators: terminators?.join('') },
      )
    } catch (error) {
      signal.throwIfAborted()
      const failure = asFailure(error)
      log.warn('tts.failed', { code: failure.code, fault: failure.fault, error: failure })
      call.tell({ type: 'node.failed', module: 'tts', code: failure.code, details: failure.details })
      return stop() // Unlike `play`: what was to be said may be what the rest depends on.
    }
    return child()
  },
})
