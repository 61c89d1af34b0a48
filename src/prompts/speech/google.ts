import { Failure } from '../../base/index.ts'
import { askCloud, properLanguage, withOrWithoutSsml, type Cloud } from './cloud.ts'
import type { SpeechProvider, SpeechRequest } from './provider.ts'

const languages = new Set(
  (
    'af am ar bg bn ca cmn cs da de el en es et eu fi fil fr gl gu he hi hu id is it ja jv kn ko lt lv ml mr ms nb nl pa ' +
    'pl pt ro ru sk sl sr su sv sw ta te th tr uk ur vi yue zh'
  ).split(' '),
)

/**
 * Google Cloud Text-to-Speech. Enabled by `GOOGLE_TTS_API_KEY`.
 *
 * @source Google Cloud, REST resource text.synthesize (v1)
 */
export function googleProvider({ http, environment }: Cloud): SpeechProvider | undefined {
  const { GOOGLE_TTS_API_KEY: key } = environment
  if (!key) return undefined
  const url = 'https://texttospeech.googleapis.com/v1/text:synthesize'
  const headers = { 'content-type': 'application/json', 'x-goog-api-key': key }
  return {
    id: 'google',
    speaks: (language) => languages.has(language.split('-')[0] ?? ''),
    synthesize: (request, signal) =>
      withOrWithoutSsml(request, async (ssml) => {
        const body = JSON.stringify(questionOf(request, ssml))
        const answer = await askCloud(http, { provider: 'google', url, headers, body, signal })
        return [{ kind: 'file', bytes: audioIn(answer.body), format: { kind: 'wav' } }]
      }),
  }
}

function questionOf({ text, voice, language }: SpeechRequest, ssml: string | undefined): object {
  const own = voice.provider === 'google' ? voice.name : undefined
  return {
    input: ssml === undefined ? { text } : { ssml: `<speak>${ssml}</speak>` },
    voice: {
      languageCode: properLanguage((own === undefined ? undefined : voice.language) ?? language),
      ...(own === undefined ? { ssmlGender: voice.gender.toUpperCase() } : { name: own }),
    },
    audioConfig: { audioEncoding: 'LINEAR16', sampleRateHertz: 16_000 },
  }
}

/** The sound stands in JSON, as base64. */
function audioIn(body: Uint8Array): Uint8Array {
  const failed = (problem: string, cause?: unknown): Failure =>
    new Failure('SPEECH_FAILED', { provider: 'google', problem }, { cause })
  let content: unknown
  try {
    content = (JSON.parse(new TextDecoder().decode(body)) as { audioContent?: unknown } | null)?.audioContent
  } catch (error) {
    throw failed('the answer is not JSON', error)
  }
  if (typeof content !== 'string') throw failed('no audioContent in the answer')
  return Buffer.from(content, 'base64')
}
