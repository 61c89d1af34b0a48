import { Type, type Static } from 'typebox'
import { mediaSource, sayText, sayTypes, type MediaSource } from '../call/index.ts'
import { child, defineAction, type ActionContext } from '../callflow/index.ts'
import { mediaScope, playIfPossible, promptSource, speechOf, terminatorsKey } from './playback.ts'

const needs = (macro: string, key: string): object => ({
  if: { required: ['macro'], properties: { macro: { const: macro } } },
  then: { required: [key] },
})

const item = Type.Object(
  {
    macro: Type.Enum(['play', 'prompt', 'say', 'tts', 'tone'], { description: 'What kind of item it is' }),
    id: Type.Optional(Type.String({ maxLength: 2048, description: '`play`: a media reference; `prompt`: its name' })),
    text: Type.Optional(Type.String({ maxLength: 1000, description: '`say`, `tts`: the text' })),
    type: Type.Enum([...sayTypes], { default: 'name_spelled', description: '`say`: what the text is' }),
    method: Type.Enum(['none', 'pronounced', 'iterated', 'counted'], {
      default: 'pronounced',
      description: '`say`: as a whole, one by one, or as first, second, third',
    }),
    gender: Type.Optional(
      Type.Enum(['masculine', 'feminine', 'neuter'], { description: '`say`: of numbers; English has none' }),
    ),
    voice: Type.String({ default: 'female', description: '`say`, `tts`: as in the action `tts`' }),
    language: Type.Optional(Type.String({ description: 'Of a prompt or a text, before that of the macro' })),
    engine: Type.Optional(Type.String({ description: '`tts`: the speech provider' })),
    terminators: terminatorsKey,
    frequencies: Type.Array(Type.Integer({ minimum: 0, maximum: 4000 }), {
      default: [],
      maxItems: 8,
      description: '`tone`: in hertz, sounding together',
    }),
    duration_on: Type.Integer({
      default: 500,
      minimum: 0,
      maximum: 600_000,
      description: '`tone`: milliseconds of sound',
    }),
    duration_off: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 600_000,
      description: '`tone`: of silence after it',
    }),
    repeat: Type.Integer({ default: 1, minimum: 1, maximum: 1000, description: '`tone`: how often in all' }),
    volume: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: '`tone`: percent of full scale' })),
  },
  { allOf: [needs('play', 'id'), needs('prompt', 'id'), needs('say', 'text'), needs('tts', 'text')] },
)

export const audioMacro = defineAction({
  module: 'audio_macro',
  summary: 'Plays sounds, prompts, texts and tones one after another; a key that stops one skips the rest.',
  source: 'KAZOO cf_audio_macro.erl; schemas callflows.audio_macro, callflows.audio_macro.play and so on',
  data: Type.Object({
    macros: Type.Array(item, { default: [], maxItems: 100, description: 'What to play, in order' }),
    language: Type.Optional(
      Type.String({ description: 'Of items that name none; the language of the call if absent' }),
    ),
    terminators: terminatorsKey,
  }),
  children: {},
  example: {
    module: 'audio_macro',
    data: {
      terminators: ['#'],
      macros: [
        { macro: 'prompt', id: 'vm-you_have' },
        { macro: 'say', text: '3', type: 'number', method: 'pronounced' },
        { macro: 'tts', text: 'new faxes' },
        { macro: 'tone', frequencies: [440], duration_on: 250 },
      ],
    },
    children: { _: { module: 'hangup', data: {} } },
  },
  sounds: ({ macros, language }, context) =>
    macros
      .map((one) => sourceOf(one, language ?? context.call.variables.language, context))
      .filter((source) => source !== undefined),
  // Differs from KAZOO, which passes keys by position and so loses those after one that is missing: each counts.
  async run({ macros, language, terminators }, context) {
    for (const one of macros) {
      const source = sourceOf(one, language ?? context.call.variables.language, context)
      if (source === undefined) continue
      const keys = (one.terminators ?? terminators)?.join('')
      const digit = await playIfPossible(context, [source], { terminators: keys })
      if (digit !== undefined) break
    }
    return child()
  },
})

type Item = Static<typeof item>

function sourceOf(one: Item, language: string, context: ActionContext): MediaSource | undefined {
  const { macro, id = '', text = '', voice } = one
  const spokenIn = one.language ?? language
  switch (macro) {
    case 'play':
      return mediaSource(id, { ...mediaScope(context), language: spokenIn })
    case 'prompt':
      if (id.includes('/')) return mediaSource(id, { ...mediaScope(context), language: spokenIn })
      return id === '' ? undefined : promptSource(context, id, spokenIn)
    case 'say':
      return speechOf(wordsOf(one, spokenIn, context), voice, spokenIn)
    case 'tts':
      return speechOf(text, voice, spokenIn, one.engine)
    case 'tone':
      return toneOf(one)
  }
}

const wordsOf = ({ text = '', type, method }: Item, language: string, { call, clock }: ActionContext): string =>
  sayText({ text, type, method, language, nowMs: clock.now(), timezone: call.account.timezone })

/** A tone as the switch's tone language has it; without frequencies there is none. */
function toneOf({ frequencies, duration_on, duration_off, repeat, volume }: Item): MediaSource | undefined {
  if (frequencies.length === 0) return undefined
  const tone = `%(${[duration_on, duration_off, ...frequencies].join(',')})`
  const level = volume === undefined ? [] : [`v=${decibelsOf(volume)}`]
  const loops = repeat === 1 ? [] : [`loops=${repeat}`]
  return { kind: 'tone', spec: [...level, tone, ...loops].join(';') }
}

const quietest = -63

const decibelsOf = (percent: number): number =>
  percent === 0 ? quietest : Math.max(quietest, Math.round(20 * Math.log10(percent / 100)))
