import { askCloud, rateOf, type Cloud } from './cloud.ts'
import type { SpeechProvider } from './provider.ts'

const languages = new Set(
  'ar bg cs da de el en es fi fil fr hi hr hu id it ja ko ms nb nl no pl pt ro ru sk sv ta tr uk vi zh'.split(' '),
)

/** Of the voices that every account has: Sarah and Daniel. */
const usualVoices = { female: 'EXAVITQu4vr4xnSDxMaL', male: 'onwK4e9ZLuTAKqWW03F9' }

/**
 * ElevenLabs. Enabled by `ELEVENLABS_API_KEY`. A voice is named by its id: `ElevenLabs.<id>`.
 *
 * @source ElevenLabs API reference, Create speech
 */
export function elevenlabsProvider({ http, environment }: Cloud): SpeechProvider | undefined {
  const { ELEVENLABS_API_KEY: key } = environment
  if (!key) return undefined
  const headers = { 'content-type': 'application/json', 'xi-api-key': key, accept: '*/*' }
  return {
    id: 'elevenlabs',
    speaks: (language) => languages.has(language.split('-')[0] ?? ''),
    async synthesize(request, signal) {
      const { text, voice } = request
      const id = voice.provider === 'elevenlabs' ? (voice.name ?? '') : usualVoices[voice.gender]
      const url = `https://api.elevenlabs.io/v1/text-to-speech/${encodeURIComponent(id)}?output_format=pcm_16000`
      const speed = Math.max(0.7, Math.min(1.2, rateOf(request)))
      const body = JSON.stringify({ text, model_id: 'eleven_multilingual_v2', voice_settings: { speed } })
      const answer = await askCloud(http, { provider: 'elevenlabs', url, headers, body, signal })
      return [{ kind: 'file', bytes: answer.body, format: { kind: 'raw', code: 's16', rateHz: 16_000 } }]
    },
  }
}
