import { describe, expect, test } from 'vitest'
import { never, VirtualClock } from '../../base/index.ts'
import type { Http, HttpAnswer, HttpQuestion } from '../../http/index.ts'
import { wavHeader } from '../../media/index.ts'
import { azureProvider } from './azure.ts'
import type { Cloud } from './cloud.ts'
import { elevenlabsProvider } from './elevenlabs.ts'
import { googleProvider } from './google.ts'
import { openaiProvider } from './openai.ts'
import { pollyProvider } from './polly.ts'
import type { SpeechProvider, SpeechRequest, SpokenPart } from './provider.ts'
import { providersOf } from './providers.ts'
import { segmentsOfSsml, segmentsOfText } from './ssml.ts'
import { readVoice } from './voices.ts'

const environment = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  AWS_REGION: 'eu-west-1',
  GOOGLE_TTS_API_KEY: 'google-key',
  AZURE_SPEECH_KEY: 'azure-key',
  AZURE_SPEECH_REGION: 'westeurope',
  ELEVENLABS_API_KEY: 'eleven-key',
  OPENAI_API_KEY: 'openai-key',
}

/** A cloud that gives recorded answers, one after the other. */
function cloud(...answers: Partial<HttpAnswer>[]): Cloud & { asked: HttpQuestion[] } {
  const asked: HttpQuestion[] = []
  const http: Http = async (question) => {
    asked.push(question)
    const answer = answers.shift() ?? {}
    return { url: question.url, status: 200, headers: {}, cookies: [], body: sound, timing: { totalMs: 1 }, ...answer }
  }
  return { http, clock: new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5)), environment, asked }
}

const sound = Uint8Array.of(1, 2, 3, 4)
const request = (more: Partial<SpeechRequest> = {}): SpeechRequest => ({
  text: 'Fish & chips',
  ssml: undefined,
  segments: segmentsOfText('Fish & chips'),
  voice: readVoice('woman'),
  language: 'en-us',
  ...more,
})
const ssml = '<prosody rate="slow">Fish &amp; chips</prosody>'
const withSsml = { ssml, segments: segmentsOfSsml(ssml, 'en-us') ?? [] }
const speak = async (
  provider: SpeechProvider | undefined,
  more?: Partial<SpeechRequest>,
): Promise<readonly SpokenPart[]> => (await provider?.synthesize(request(more), never)) ?? []
const json = (question: HttpQuestion | undefined): unknown =>
  JSON.parse(typeof question?.body === 'string' ? question.body : 'null')

describe('Amazon Polly', () => {
  test('is asked with a signature for raw samples', async () => {
    const aws = cloud()
    const parts = await speak(pollyProvider(aws))
    expect(parts).toEqual([{ kind: 'file', bytes: sound, format: { kind: 'raw', code: 's16', rateHz: 16_000 } }])
    expect(aws.asked[0]).toMatchObject({ url: 'https://polly.eu-west-1.amazonaws.com/v1/speech', method: 'POST' })
    expect(aws.asked[0]?.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20260102\/eu-west-1\/polly\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/,
    )
    expect(aws.asked[0]?.headers['x-amz-date']).toBe('20260102T030405Z')
    expect(json(aws.asked[0])).toEqual({
      Engine: 'neural',
      VoiceId: 'Joanna',
      LanguageCode: 'en-US',
      OutputFormat: 'pcm',
      SampleRate: '16000',
      TextType: 'text',
      Text: 'Fish & chips',
    })
  })

  test('a voice of a document is that voice, by that engine', async () => {
    const aws = cloud()
    await speak(pollyProvider(aws), { voice: readVoice('Polly.Joanna-Generative') })
    await speak(pollyProvider(aws), { voice: readVoice('Polly.Brian') })
    expect(json(aws.asked[0])).toMatchObject({ VoiceId: 'Joanna', Engine: 'generative' })
    expect(json(aws.asked[1])).toMatchObject({ VoiceId: 'Brian', Engine: 'standard' })
  })

  test('SSML that it refuses is said as plain text', async () => {
    const aws = cloud({ status: 400, body: new TextEncoder().encode('{"__type":"InvalidSsmlException"}') })
    await speak(pollyProvider(aws), withSsml)
    expect(json(aws.asked[0])).toMatchObject({ TextType: 'ssml', Text: `<speak xml:lang="en-US">${ssml}</speak>` })
    expect(json(aws.asked[1])).toMatchObject({ TextType: 'text', Text: 'Fish & chips' })
  })
})

test('Google gives its sound as base64 in JSON', async () => {
  const body = new TextEncoder().encode(JSON.stringify({ audioContent: Buffer.from(sound).toString('base64') }))
  const google = cloud({ body }, { body })
  const [part] = await speak(googleProvider(google), { voice: readVoice('man'), language: 'fr-fr' })
  expect(part).toMatchObject({ kind: 'file', format: { kind: 'wav' } })
  expect(part?.kind === 'file' && [...part.bytes]).toEqual([...sound])
  expect(google.asked[0]?.headers['x-goog-api-key']).toBe('google-key')
  expect(json(google.asked[0])).toEqual({
    input: { text: 'Fish & chips' },
    voice: { languageCode: 'fr-FR', ssmlGender: 'MALE' },
    audioConfig: { audioEncoding: 'LINEAR16', sampleRateHertz: 16_000 },
  })
  await speak(googleProvider(google), { voice: readVoice('Google.de-DE-Wavenet-B'), language: 'de-de', ...withSsml })
  expect(json(google.asked[1])).toMatchObject({
    input: { ssml: `<speak>${ssml}</speak>` },
    voice: { languageCode: 'de-DE', name: 'de-DE-Wavenet-B' },
  })
})

test.each(['not json', '{}', 'null', '{"audioContent":5}'])(
  'an answer of Google that has no sound in it: %s',
  async (text) => {
    const google = cloud({ body: new TextEncoder().encode(text) })
    await expect(speak(googleProvider(google))).rejects.toMatchObject({ code: 'SPEECH_FAILED' })
  },
)

test('Azure is asked in SSML, with text that cannot break out of it', async () => {
  const azure = cloud({ body: wavHeader(0, 16_000) })
  await speak(azureProvider(azure), { text: '</voice><a href="x">', voice: readVoice('man'), language: 'de-de' })
  expect(azure.asked[0]).toMatchObject({ url: 'https://westeurope.tts.speech.microsoft.com/cognitiveservices/v1' })
  expect(azure.asked[0]?.headers).toMatchObject({
    'ocp-apim-subscription-key': 'azure-key',
    'x-microsoft-outputformat': 'riff-16khz-16bit-mono-pcm',
  })
  expect(azure.asked[0]?.body).toContain(
    'xml:lang="de-DE"><voice name="de-DE-ConradNeural">&#60;/voice&#62;&#60;a href=&#34;x&#34;&#62;</voice></speak>',
  )
})

test('ElevenLabs and OpenAI get text and a rate', async () => {
  const both = cloud()
  expect(await speak(elevenlabsProvider(both), { ...withSsml, voice: readVoice('ElevenLabs.abc/../x') })).toEqual([
    { kind: 'file', bytes: sound, format: { kind: 'raw', code: 's16', rateHz: 16_000 } },
  ])
  expect(both.asked[0]?.url).toBe('https://api.elevenlabs.io/v1/text-to-speech/abc%2F..%2Fx?output_format=pcm_16000')
  expect(json(both.asked[0])).toMatchObject({ text: 'Fish & chips', voice_settings: { speed: 0.75 } })
  expect(await speak(openaiProvider(both))).toEqual([
    { kind: 'file', bytes: sound, format: { kind: 'raw', code: 's16', rateHz: 24_000 } },
  ])
  expect(both.asked[1]?.headers['authorization']).toBe('Bearer openai-key')
  expect(json(both.asked[1])).toMatchObject({ input: 'Fish & chips', voice: 'nova', response_format: 'pcm', speed: 1 })
})

test('a refusal is a failure that shows what the provider said, and no key', async () => {
  const refused = { status: 401, body: new TextEncoder().encode('{"error":"bad key"}') }
  for (const provider of [pollyProvider, googleProvider, azureProvider, elevenlabsProvider, openaiProvider]) {
    const failure: unknown = await speak(provider(cloud(refused))).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'SPEECH_FAILED', details: { problem: 'status 401: {"error":"bad key"}' } })
    expect(String(failure)).not.toMatch(/-key|EXAMPLE/)
  }
})

describe('which providers there are', () => {
  const builtIn: SpeechProvider = { id: 'flite', speaks: () => true, synthesize: async () => [] }
  const ids = (order: string[], env: Record<string, string>): [string[], string[]] => {
    const { ordered, all } = providersOf(order, builtIn, { ...cloud(), environment: env })
    return [ordered.map(({ id }) => id), all.map(({ id }) => id)]
  }

  test('those with keys; but none in a cloud is asked unless the operator or a document says so', () => {
    expect(ids([], {})).toEqual([['flite'], ['flite']])
    expect(ids([], environment)).toEqual([['flite'], ['flite', 'polly', 'google', 'azure', 'elevenlabs', 'openai']])
    expect(ids(['azure', 'nobody', 'flite'], environment)[0]).toEqual(['azure', 'flite'])
  })
})
