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

const voices: Readonly<Record<string, VoicePair>> = {
  'en-us': { female: 'Jenny', male: 'Guy' },
  'en-gb': { female: 'Sonia', male: 'Ryan' },
  'en-au': { female: 'Natasha', male: 'William' },
  'en-in': { female: 'Neerja', male: 'Prabhat' },
  'fr-fr': { female: 'Denise', male: 'Henri' },
  'fr-ca': { female: 'Sylvie', male: 'Jean' },
  'de-de': { female: 'Katja', male: 'Conrad' },
  'es-es': { female: 'Elvira', male: 'Alvaro' },
  'es-mx': { female: 'Dalia', male: 'Jorge' },
  'it-it': { female: 'Elsa', male: 'Diego' },
  'pt-br': { female: 'Francisca', male: 'Antonio' },
  'pt-pt': { female: 'Raquel', male: 'Duarte' },
  'nl-nl': { female: 'Colette', male: 'Maarten' },
  'pl-pl': { female: 'Zofia', male: 'Marek' },
  'ru-ru': { female: 'Svetlana', male: 'Dmitry' },
  'uk-ua': { female: 'Polina', male: 'Ostap' },
  'cs-cz': { female: 'Vlasta', male: 'Antonin' },
  'da-dk': { female: 'Christel', male: 'Jeppe' },
  'sv-se': { female: 'Sofie', male: 'Mattias' },
  'nb-no': { female: 'Pernille', male: 'Finn' },
  'fi-fi': { female: 'Selma', male: 'Harri' },
  'el-gr': { female: 'Athina', male: 'Nestoras' },
  'he-il': { female: 'Hila', male: 'Avri' },
  'hu-hu': { female: 'Noemi', male: 'Tamas' },
  'ro-ro': { female: 'Alina', male: 'Emil' },
  'tr-tr': { female: 'Emel', male: 'Ahmet' },
  'ar-eg': { female: 'Salma', male: 'Shakir' },
  'hi-in': { female: 'Swara', male: 'Madhur' },
  'ca-es': { female: 'Joana', male: 'Enric' },
  'ja-jp': { female: 'Nanami', male: 'Keita' },
  'ko-kr': { female: 'SunHi', male: 'InJoon' },
  'zh-cn': { female: 'Xiaoxiao', male: 'Yunxi' },
  'id-id': { female: 'Gadis', male: 'Ardi' },
  'th-th': { female: 'Premwadee', male: 'Niwat' },
  'vi-vn': { female: 'HoaiMy', male: 'NamMinh' },
}

/**
 * Azure AI Speech. Enabled by `AZURE_SPEECH_KEY` and `AZURE_SPEECH_REGION`.
 *
 * @source Azure AI services, Text to speech REST API
 */
export function azureProvider({ http, environment }: Cloud): SpeechProvider | undefined {
  const { AZURE_SPEECH_KEY, AZURE_SPEECH_REGION } = environment
  if (!AZURE_SPEECH_KEY || !AZURE_SPEECH_REGION) return undefined
  const url = `https://${AZURE_SPEECH_REGION}.tts.speech.microsoft.com/cognitiveservices/v1`
  const headers = {
    'content-type': 'application/ssml+xml',
    'ocp-apim-subscription-key': AZURE_SPEECH_KEY,
    'x-microsoft-outputformat': 'riff-16khz-16bit-mono-pcm',
    'user-agent': 'pivot',
  }
  return {
    id: 'azure',
    speaks: (language) => voicesFor(voices, language) !== undefined,
    synthesize: (request, signal) =>
      withOrWithoutSsml(request, async (ssml) => {
        const body = documentOf(request, ssml ?? escapeXml(request.text))
        const answer = await askCloud(http, { provider: 'azure', url, headers, body, signal })
        return [{ kind: 'file', bytes: answer.body, format: { kind: 'wav' } }]
      }),
  }
}

/** Azure speaks nothing but SSML, and only with a voice. */
function documentOf({ voice, language }: SpeechRequest, content: string): string {
  const [spoken, pair] = voicesFor(voices, language) ?? ['en-us', { female: 'Jenny', male: 'Guy' }]
  const own = voice.provider === 'azure' ? voice.name : undefined
  const name = own ?? `${properLanguage(spoken)}-${pair[voice.gender]}Neural`
  const spaces = 'xmlns="http://www.w3.org/2001/10/synthesis" xmlns:mstts="http://www.w3.org/2001/mstts"'
  const body = `<voice name="${escapeXml(name)}">${content}</voice>`
  return `<speak version="1.0" ${spaces} xml:lang="${escapeXml(properLanguage(spoken))}">${body}</speak>`
}
