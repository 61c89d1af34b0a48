import { Type } from 'typebox'
import { Failure } from '../base/index.ts'
import type { KeptDocument } from '../documents/index.ts'
import { mediaKey } from '../files/index.ts'
import { notFound } from './accept.ts'
import { problemAt } from './check.ts'
import { fileAnswer } from './file-answer.ts'
import { publicFields } from './collections/keep.ts'
import type { ApiPorts } from './ports.ts'
import { accountParams, defineRoute, type Asked, type DataAnswer, type Route } from './route.ts'

type Asking = Asked<{ accountId: string; mediaId: string }>

/** Half an hour of linear samples at 8 kHz. */
const mostBytes = 33_554_432

/** @throws API_NOT_FOUND */
async function mediaOf({ accountId, params }: Asking, { documents }: ApiPorts): Promise<KeptDocument> {
  const found = await documents.find(accountId, 'media', params.mediaId)
  if (found === undefined) throw notFound(params.mediaId)
  return found
}

const answerOf = ({ document, revision }: KeptDocument): DataAnswer => ({
  data: publicFields(document),
  revision,
  status: 200,
})

/** The sound is kept before the document says so: a document never names what is not there. */
async function upload(asked: Asking, ports: ApiPorts): Promise<DataAnswer> {
  const { accountId, params, upload } = asked
  const kept = await mediaOf(asked, ports)
  if (upload === undefined) {
    const problem = 'The body must be the sound itself, with a Content-Type of audio'
    throw new Failure('API_INVALID', { problems: [problemAt('', 'required', problem)] })
  }
  const { content } = upload
  const contentType = await ports.checkAudio(content, upload.contentType)
  await ports.files.put(mediaKey(accountId, params.mediaId), content, contentType)
  const document = {
    ...kept.document,
    content_type: contentType,
    content_length: content.byteLength,
    media_source: 'upload',
  }
  return answerOf(await ports.documents.replace(accountId, 'media', document))
}

const source = 'KAZOO cb_media.erl'
const Media = Type.Object({ id: Type.String() }, { additionalProperties: true, description: 'The media document.' })
const url = '/v2/accounts/:accountId/media/:mediaId/raw'
const params = accountParams('mediaId')

const put = (method: 'PUT' | 'POST'): Route =>
  defineRoute({
    method,
    url,
    summary: 'Gives a media document its sound: WAV, MP3, AIFF, AU, or G.711 without a header.',
    source,
    scope: 'admin',
    params,
    upload: { mostBytes, contentTypes: ['audio/*', 'application/octet-stream'] },
    answer: Media,
    run: upload,
  })

export const mediaRawRoutes: readonly Route[] = [
  put('POST'),
  put('PUT'),
  defineRoute({
    method: 'GET',
    url,
    summary: 'The sound of a media document, or a range of it.',
    source,
    scope: 'read',
    produces: ['audio/mpeg', 'audio/wav', 'audio/x-wav', 'audio/basic', 'audio/x-aiff'],
    params,
    query: Type.Object({ inline: Type.Optional(Type.Boolean({ description: 'To be heard rather than saved.' })) }),
    answer: Type.Unknown(),
    async run(asked, ports) {
      await mediaOf(asked, ports)
      const { accountId, params } = asked
      const file = await ports.files.find(mediaKey(accountId, params.mediaId))
      if (file === undefined) throw notFound(`${params.mediaId}: it has no sound`)
      return fileAnswer(file, params.mediaId.replaceAll(/[^\w.-]/g, '_'), asked)
    },
  }),
  defineRoute({
    method: 'DELETE',
    url,
    summary: 'Takes the sound of a media document away.',
    source: 'ours',
    scope: 'admin',
    params,
    answer: Media,
    async run(asked, ports) {
      const { accountId, params } = asked
      const kept = await mediaOf(asked, ports)
      const { content_type: _type, content_length: _length, media_source: _source, ...document } = kept.document
      const replaced = await ports.documents.replace(accountId, 'media', { ...document, id: kept.id })
      await ports.files.remove(mediaKey(accountId, params.mediaId))
      return answerOf(replaced)
    },
  }),
]
