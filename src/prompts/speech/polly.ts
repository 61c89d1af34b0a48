import { AwsV4Signer } from 'aws4fetch'
import {
  askCloud,
  escapeXml,
  properLanguage,
  voicesFor,
  withOrWithoutSsml,
  type Cloud,
  type VoicePair,
} from './cloud.ts'
import type { SpeechProvider, SpeechRequest } from './provider.ts'

/** Neural voices; a language with one voice has it twice. */
const voices: Readonly<Record<string, VoicePair>> = {
  'en-us': { female: 'Joanna', male: 'Matthew' },
  'en-gb': { female: 'Amy', male: 'Brian' },
  'en-au': { female: 'Olivia', male: 'Olivia' },
  'en-in': { female: 'Kajal', male: 'Kajal' },
  'en-ie': { female: 'Niamh', male: 'Niamh' },
  'en-nz': { female: 'Aria', male: 'Aria' },
  'en-za': { female: 'Ayanda', male: 'Ayanda' },
  'fr-fr': { female: 'Lea', male: 'Remi' },
  'fr-ca': { female: 'Gabrielle', male: 'Liam' },
  'fr-be': { female: 'Isabelle', male: 'Isabelle' },
  'de-de': { female: 'Vicki', male: 'Daniel' },
  'de-at': { female: 'Hannah', male: 'Hannah' },
  'es-es': { female: 'Lucia', male: 'Sergio' },
  'es-us': { female: 'Lupe', male: 'Pedro' },
  'es-mx': { female: 'Mia', male: 'Andres' },
  'it-it': { female: 'Bianca', male: 'Adriano' },
  'pt-br': { female: 'Camila', male: 'Thiago' },
  'pt-pt': { female: 'Ines', male: 'Ines' },
  'nl-nl': { female: 'Laura', male: 'Laura' },
  'nl-be': { female: 'Lisa', male: 'Lisa' },
  'pl-pl': { female: 'Ola', male: 'Ola' },
  'cs-cz': { female: 'Jitka', male: 'Jitka' },
  'da-dk': { female: 'Sofie', male: 'Sofie' },
  'fi-fi': { female: 'Suvi', male: 'Suvi' },
  'nb-no': { female: 'Ida', male: 'Ida' },
  'sv-se': { female: 'Elin', male: 'Elin' },
  'ca-es': { female: 'Arlet', male: 'Arlet' },
  'tr-tr': { female: 'Burcu', male: 'Burcu' },
  'ar-ae': { female: 'Hala', male: 'Zayd' },
  'hi-in': { female: 'Kajal', male: 'Kajal' },
  'ja-jp': { female: 'Kazuha', male: 'Takumi' },
  'ko-kr': { female: 'Seoyeon', male: 'Seoyeon' },
  'zh-cn': { female: 'Zhiyu', male: 'Zhiyu' },
}

const hz = 16_000

/**
 * Amazon Polly. Enabled by `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_REGION` (and `AWS_SESSION_TOKEN`).
 *
 * @source Amazon Polly Developer Guide, SynthesizeSpeech
 */
export function pollyProvider({ http, clock, environment }: Cloud): SpeechProvider | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = environment
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY || !AWS_REGION) return undefined
  const keys = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  }
  const url = `https://polly.${AWS_REGION}.amazonaws.com/v1/speech`
  return {
    id: 'polly',
    speaks: (language) => voicesFor(voices, language) !== undefined,
    synthesize: (request, signal) =>
      withOrWithoutSsml(request, async (ssml) => {
        const body = JSON.stringify(questionOf(request, ssml))
        const signed = await new AwsV4Signer({
          ...keys,
          service: 'polly',
          region: AWS_REGION,
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json' },
          body,
          datetime: new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
        }).sign()
        const headers = Object.fromEntries(signed.headers)
        const answer = await askCloud(http, { provider: 'polly', url, headers, body, signal })
        return [{ kind: 'file', bytes: answer.body, format: { kind: 'raw', code: 's16', rateHz: hz } }]
      }),
  }
}

function questionOf({ text, voice, language }: SpeechRequest, ssml: string | undefined): object {
  const [spoken, pair] = voicesFor(voices, language) ?? ['en-us', { female: 'Joanna', male: 'Matthew' }]
  const own = voice.provider === 'polly' ? voice.name : undefined
  const [, name = pair[voice.gender], engine] = /^(.+?)(?:-(Neural|Generative|Long-form))?$/i.exec(own ?? '') ?? []
  return {
    Engine: engine?.toLowerCase() ?? (own === undefined ? 'neural' : 'standard'),
    VoiceId: name,
    OutputFormat: 'pcm',
    SampleRate: String(hz),
    // Polly's own name for Mandarin; a voice that was named speaks its own language.
    ...(own === undefined ? { LanguageCode: spoken === 'zh-cn' ? 'cmn-CN' : properLanguage(spoken) } : {}),
    ...(ssml === undefined
      ? { TextType: 'text', Text: text }
      : { TextType: 'ssml', Text: `<speak xml:lang="${escapeXml(properLanguage(language))}">${ssml}</speak>` }),
  }
}
