import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

export const language = defineAction({
  module: 'language',
  summary: 'Sets the language of later prompts and speech.',
  source: 'KAZOO cf_language.erl; schema callflows.language',
  data: Type.Object({
    language: Type.String({
      pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$',
      maxLength: 32,
      description: 'A language, or a language and a country: `fr`, `fr-CA`',
    }),
  }),
  children: {},
  example: {
    module: 'language',
    data: { language: 'fr-fr' },
    children: { _: { module: 'tts', data: { text: 'Bonjour' } } },
  },
  async run({ language: tag }, { call }) {
    call.variables.language = tag.toLowerCase()
    call.tell({ type: 'variables.set', variables: { language: call.variables.language } })
    return child()
  },
})
