import { expect, test } from 'vitest'
import { memoryApi } from '../../test/support/memory-api.ts'
import { MemoryRecords } from '../../test/support/memory-records.ts'
import { Failure } from '../base/index.ts'
import { mediaKey, recordingKey } from '../files/index.ts'

const id = '0123456789abcdef0123456789abcdef'
const recording = {
  id,
  accountId: 'A1',
  callId: 'call-1',
  interactionId: '63962568005-abcdef01',
  format: 'mp3',
  durationMs: 2_600,
  at: Date.UTC(2026, 10, 22),
  url: `https://pivot.example/recordings/${id}.mp3`,
} as const
const one = `/v2/accounts/A1/recordings/${id}`

async function withRecording() {
  const records = new MemoryRecords()
  records.recorded.push(recording)
  const api = await memoryApi({ reader: records })
  await api.files.put(recordingKey('A1', id, 'wav'), Buffer.from('0123456789'), 'audio/wav')
  return { ...api, records }
}

test('recordings are listed, of an account or of a call', async () => {
  const { ask } = await withRecording()
  const line = { id, call_id: 'call-1', media_type: 'mp3', content_type: 'audio/mpeg', duration: 3, duration_ms: 2600 }
  expect((await ask('GET /v2/accounts/A1/recordings')).data).toMatchObject([line])
  expect((await ask('GET /v2/accounts/A1/recordings?call_id=other')).data).toEqual([])
  expect((await ask(`GET ${one}`)).data).toMatchObject(line)
})

test('its sound is had by Accept or by /raw, whole or in part: its WAV until there is an MP3', async () => {
  const { ask, files } = await withRecording()
  const whole = await ask(`GET ${one}`, { headers: { accept: 'audio/mpeg' } })
  expect([whole.status, whole.text]).toEqual([200, '0123456789'])
  expect(whole.headers).toMatchObject({
    'content-type': 'audio/wav',
    'content-length': '10',
    'content-disposition': `attachment; filename="${id}.wav"`,
  })
  const part = await ask(`GET ${one}/raw?inline=true`, { headers: { range: 'bytes=2-4' } })
  expect([part.status, part.text, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10'])
  expect(part.headers['content-disposition']).toMatch(/^inline/)
  expect((await ask(`GET ${one}/raw`, { headers: { range: 'bytes=10-' } })).status).toBe(416)

  await files.put(recordingKey('A1', id, 'mp3'), Buffer.from('mp3'), 'audio/mpeg')
  expect((await ask(`GET ${one}?accept=audio/mpeg`)).text).toBe('mp3')
})

test('a recording that is removed is gone with its sound', async () => {
  const { ask, files } = await withRecording()
  expect((await ask(`DELETE ${one}`)).data).toMatchObject({ id })
  expect([...files.kept.keys()]).toEqual([])
  expect((await ask(`GET ${one}`)).status).toBe(404)
  expect((await ask(`DELETE ${one}`)).status).toBe(404)
})

test('a recording whose sound was sent elsewhere is known, but not to be heard', async () => {
  const { ask, files } = await withRecording()
  files.kept.clear()
  expect((await ask(`GET ${one}`)).status).toBe(200)
  expect((await ask(`GET ${one}/raw`)).status).toBe(404)
})

const raw = '/v2/accounts/A1/media/greeting/raw'
const wav = { payload: Buffer.from('RIFF….WAVE'), headers: { 'content-type': 'audio/x-wav' } }

async function withMedia() {
  const api = await memoryApi({
    checkAudio: async (content) => {
      if (content.toString().startsWith('RIFF')) return 'audio/wav'
      throw new Failure('MEDIA_DECODE', { source: 'upload', problem: 'is no sound' })
    },
  })
  api.documents.set('A1', 'media', { id: 'greeting', name: 'Greeting' })
  return api
}

test.each(['PUT', 'POST'])('%s gives a media document its sound, which is had again', async (method) => {
  const { ask, files } = await withMedia()
  const told = await ask(`${method} ${raw}`, wav)
  expect([told.status, told.data]).toMatchObject([
    200,
    { id: 'greeting', name: 'Greeting', content_type: 'audio/wav', content_length: 12, media_source: 'upload' },
  ])
  expect([...files.kept.keys()]).toEqual([mediaKey('A1', 'greeting')])
  const had = await ask(`GET ${raw}`)
  expect([had.text, had.headers['content-type']]).toEqual(['RIFF….WAVE', 'audio/wav'])
})

test('what is no sound, of no known kind, or too large, is refused and not kept', async () => {
  const { ask, files } = await withMedia()
  const text = { payload: Buffer.from('hello'), headers: { 'content-type': 'audio/mpeg' } }
  const told = await ask(`PUT ${raw}`, text)
  expect([told.status, told.data]).toMatchObject([400, { code: 'MEDIA_DECODE' }])
  expect((await ask(`PUT ${raw}`, { ...wav, headers: { 'content-type': 'image/png' } })).status).toBe(415)
  expect((await ask(`PUT ${raw}`, { data: {} })).status).toBe(400)
  const large = { ...wav, headers: { ...wav.headers, 'content-length': '33554433' } }
  expect((await ask(`PUT ${raw}`, large)).status).toBe(413)
  expect([...files.kept.keys()]).toEqual([])
})

test('a document without sound, or none at all, has nothing to be heard', async () => {
  const { ask } = await withMedia()
  expect((await ask(`GET ${raw}`)).status).toBe(404)
  expect((await ask('PUT /v2/accounts/A1/media/other/raw', wav)).status).toBe(404)
})

test('the sound of a document is taken away', async () => {
  const { ask, files } = await withMedia()
  await ask(`PUT ${raw}`, wav)
  const told = await ask(`DELETE ${raw}`)
  expect(told.data).toEqual({ id: 'greeting', name: 'Greeting' })
  expect([...files.kept.keys()]).toEqual([])
})
