import { Type } from 'typebox'
import { keyPart, recordingKey, type StoredFile } from '../files/index.ts'
import type { KeptRecording } from '../records/index.ts'
import { notFound, wanted } from './accept.ts'
import { fileAnswer } from './file-answer.ts'
import { pageOf, TimedQuery, toGregorian } from './paging.ts'
import type { ApiPorts } from './ports.ts'
import { accountParams, defineRoute, type Asked, type RawAnswer, type Route } from './route.ts'

const Recording = Type.Object(
  {
    id: Type.String(),
    call_id: Type.String(),
    interaction_id: Type.String(),
    content_type: Type.String(),
    media_type: Type.Enum(['wav', 'mp3']),
    media_source: Type.Literal('recorded'),
    name: Type.String(),
    start: Type.Integer({ description: 'Gregorian seconds.' }),
    duration: Type.Integer({ description: 'Seconds.' }),
    duration_ms: Type.Integer(),
    url: Type.String({ description: 'Whoever has this address may hear the recording.' }),
  },
  { additionalProperties: true },
)

const types = { wav: 'audio/wav', mp3: 'audio/mpeg' } as const

/** @source KAZOO kzd_call_recordings; kapps_call_recording.erl, store_recording_meta */
function recordingOf({ id, callId, interactionId, format, durationMs, at, url }: KeptRecording) {
  return {
    id,
    call_id: callId,
    interaction_id: interactionId,
    content_type: types[format],
    media_type: format,
    media_source: 'recorded',
    source_type: 'call',
    name: `${id}.${format}`,
    start: toGregorian(at - durationMs),
    duration: Math.round(durationMs / 1000),
    duration_ms: durationMs,
    created: toGregorian(at),
    url,
    _read_only: { content_types: [types[format]] },
  }
}

type Asking = Asked<{ accountId: string; recordingId: string }>

/** @throws API_NOT_FOUND */
async function kept({ accountId, params }: Asking, { reader }: ApiPorts): Promise<KeptRecording> {
  const found = await reader.recording(accountId, params.recordingId)
  if (found === undefined) throw notFound(params.recordingId)
  return found
}

const keyOf = ({ accountId, id }: KeptRecording, format: 'wav' | 'mp3'): string =>
  recordingKey(keyPart(accountId), id, format)

/** An MP3 is made after the call: until then there is its WAV. */
async function fileOf(recording: KeptRecording, { files }: ApiPorts): Promise<StoredFile | undefined> {
  const other = recording.format === 'wav' ? 'mp3' : 'wav'
  return (await files.find(keyOf(recording, recording.format))) ?? (await files.find(keyOf(recording, other)))
}

type Download = Asking & { readonly query: { readonly inline?: boolean } }

async function download(asked: Download, ports: ApiPorts): Promise<RawAnswer> {
  const recording = await kept(asked, ports)
  const file = await fileOf(recording, ports)
  if (file === undefined) throw notFound(`${recording.id}: the recording was kept elsewhere, or has expired`)
  const extension = file.contentType === types.mp3 ? 'mp3' : 'wav'
  return fileAnswer(file, `${recording.id}.${extension}`, asked)
}

const Inline = Type.Optional(Type.Boolean({ description: 'To be heard rather than saved.' }))
const produces = ['audio/mpeg', 'audio/wav']
const source = 'KAZOO cb_recordings.erl'

export const recordingRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/recordings',
    summary: 'Lists the recordings, newest first; those of one call with `call_id`.',
    source,
    scope: 'read',
    params: accountParams(),
    query: Type.Object({ ...TimedQuery, call_id: Type.Optional(Type.String({ maxLength: 512 })) }),
    answer: Type.Array(Recording),
    async run({ accountId, query }, { reader }) {
      const page = pageOf(query)
      const filter = query.call_id === undefined ? {} : { callId: query.call_id }
      const { items, nextStartKey } = await reader.recordings(accountId, page, filter)
      return {
        data: items.map(recordingOf),
        page: {
          size: items.length,
          ...(page.startKey === undefined ? {} : { startKey: page.startKey }),
          ...(nextStartKey === undefined ? {} : { nextStartKey }),
        },
      }
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/recordings/:recordingId',
    summary: 'What is known of a recording; the sound itself with `Accept: audio/mpeg` or `audio/wav`.',
    source,
    scope: 'read',
    produces,
    params: accountParams('recordingId'),
    query: Type.Object({ inline: Inline, accept: Type.Optional(Type.String({ maxLength: 128 })) }),
    answer: Recording,
    async run(asked, ports) {
      const type = wanted(asked, ['application/json', 'audio/mpeg', 'audio/mp3', 'audio/wav', 'audio/x-wav'])
      if (type !== 'application/json') return download(asked, ports)
      return { data: recordingOf(await kept(asked, ports)) }
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/v2/accounts/:accountId/recordings/:recordingId/raw',
    summary: 'The sound of a recording, or a range of it.',
    source: 'ours; KAZOO has the header Accept',
    scope: 'read',
    produces,
    params: accountParams('recordingId'),
    query: Type.Object({ inline: Inline }),
    answer: Type.Unknown(),
    run: download,
  }),
  defineRoute({
    method: 'DELETE',
    url: '/v2/accounts/:accountId/recordings/:recordingId',
    summary: 'Removes a recording and its sound.',
    source,
    scope: 'admin',
    params: accountParams('recordingId'),
    answer: Recording,
    async run(asked, ports) {
      const recording = await kept(asked, ports)
      // The sound first: what is left behind by a failure between the two is found, and removed, again.
      for (const format of ['wav', 'mp3'] as const) await ports.files.remove(keyOf(recording, format))
      await ports.reader.removeRecording(asked.accountId, recording.id)
      return { data: recordingOf(recording) }
    },
  }),
]
