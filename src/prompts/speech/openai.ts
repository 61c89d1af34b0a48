import { askCloud, rateOf, type Cloud } from './cloud.ts'
import type { SpeechProvider } from './provider.ts'

const languages = new Set(
  (
    'af ar az be bg bs ca cs cy da de el en es et fa fi fr gl he hi hr hu hy id is it ja kk kn ko lt lv mi mk mr ms nb ne ' +
    'nl no pl pt ro ru sk sl sr sv sw ta th tl tr uk ur vi zh'
  ).split(' '),
)

const usualVoices = { female: 'nova', male: 'onyx' }

/**
 * OpenAI's speech. Enabled by `OPENAI_API_KEY`. A voice is named as `OpenAI.alloy`.
 *
 * @source OpenAI API reference, Create speech: `pcm` is 24 kHz, 16 bits, little-endian, without a header
 */
export function openaiProvider({ http, environment }: Cloud): SpeechProvider | undefined {
  const { OPENAI_API_KEY: key } = environment
  if (!key) return undefined
  const url = 'https://api.openai.com/v1/audio/speech'
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  return {
    id: 'openai',
    speaks: (language) => languages.has(language.split('-')[0] ?? ''),
    async synthesize(request, signal) {
      const { text, voice } = request
      const name = voice.provider === 'openai' ? voice.name : usualVoices[voice.gender]
      const speed = Math.max(0.25, Math.min(4, rateOf(request)))
      const body = JSON.stringify({ model: 'gpt-4o-mini-tts', voice: name, input: text, response_format: 'pcm', speed })
      const answer = await askCloud(http, { provider: 'openai', url, headers, body, signal })
      return [{ kind: 'file', bytes: answer.body, format: { kind: 'raw', code: 's16', rateHz: 24_000 } }]
    },
  }
}
