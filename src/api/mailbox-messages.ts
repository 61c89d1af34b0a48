import { Type } from 'typebox'
import { isFailure } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import type { KeptDocument } from '../documents/index.ts'
import { keyPart, recordingKey, type StoredFile } from '../files/index.ts'
import { notFound } from './accept.ts'
import { publicFields } from './collections/keep.ts'
import { fileAnswer } from './file-answer.ts'
import type { ApiPorts } from './ports.ts'
import { accountParams, defineRoute, type DataAnswer, type Route } from './route.ts'

const folders = ['new', 'saved', 'deleted'] as const
type Folder = (typeof folders)[number]

const FolderKey = Type.Enum([...folders], { description: 'Heard or not, or thrown away.' })

const Message = Type.Object(
  {
    media_id: Type.String({ description: 'The id of the message.' }),
    folder: FolderKey,
    timestamp: Type.Integer({ description: 'When it was left; Gregorian seconds.' }),
    length: Type.Integer({ description: 'Milliseconds.' }),
  },
  { additionalProperties: true },
)
const Changes = Type.Object({
  succeeded: Type.Array(Type.String()),
  failed: Type.Array(Type.Object({}, { additionalProperties: true })),
})
const Wanted = Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 1_000, description: 'Messages.' })

const source = 'KAZOO cb_vmboxes.erl; kvm_messages.erl'
const url = '/v2/accounts/:accountId/vmboxes/:boxId/messages'
const params = accountParams('boxId')
const messageParams = accountParams('boxId', 'messageId')

type OfBox = { readonly accountId: string; readonly params: { readonly boxId: string } }
type OfMessage = OfBox & { readonly params: { readonly messageId: string } }

const toldMessage = ({ document }: Pick<KeptDocument, 'document'>): Readonly<Record<string, unknown>> => {
  const { url: _, box, ...told } = publicFields(document)
  return { ...told, media_id: document.id, source_id: box }
}

/** @throws API_NOT_FOUND when there is no such box */
async function checkBox({ accountId, params: { boxId } }: OfBox, { documents }: ApiPorts): Promise<void> {
  if ((await documents.find(accountId, 'vmboxes', boxId)) === undefined) throw notFound(boxId)
}

/** Newest first, those of a folder or all that are not deleted. @throws API_NOT_FOUND when there is no such box */
async function messagesOf(asked: OfBox, ports: ApiPorts, folder?: Folder): Promise<readonly KeptDocument[]> {
  await checkBox(asked, ports)
  const { accountId, params } = asked
  const isWanted = ({ document }: KeptDocument): boolean =>
    document['box'] === params.boxId &&
    (folder === undefined ? document['folder'] !== 'deleted' : document['folder'] === folder)
  const theirs = (await ports.documents.list(accountId, 'messages')).filter(isWanted)
  return theirs.toSorted((one, other) => Number(other.document['timestamp']) - Number(one.document['timestamp']))
}

/** @throws API_NOT_FOUND */
async function messageOf({ accountId, params }: OfMessage, { documents }: ApiPorts): Promise<KeptDocument> {
  const found = await documents.find(accountId, 'messages', params.messageId)
  if (found?.document['box'] !== params.boxId) throw notFound(params.messageId)
  return found
}

const move = async (kept: KeptDocument, folder: Folder, { documents }: ApiPorts): Promise<KeptDocument> =>
  kept.document['folder'] === folder
    ? kept
    : documents.replace(kept.accountId, 'messages', { ...kept.document, folder }, kept.revision)

/** The recording that a message is the sound of, by its address. */
const recordingOf = ({ url: address }: Document): string | undefined =>
  typeof address === 'string' ? /\/recordings\/([0-9a-f]{32})\.(?:wav|mp3)$/.exec(address)?.[1] : undefined

/** The keys that its sound may be kept under. An MP3 is made after the call: until then there is its WAV. */
const keysOf = ({ accountId, document }: Pick<KeptDocument, 'accountId' | 'document'>): readonly string[] => {
  const id = recordingOf(document)
  return id === undefined ? [] : (['mp3', 'wav'] as const).map((format) => recordingKey(keyPart(accountId), id, format))
}

async function soundOf(kept: KeptDocument, { files }: ApiPorts): Promise<StoredFile> {
  for (const key of keysOf(kept)) {
    const file = await files.find(key)
    if (file !== undefined) return file
  }
  throw notFound(`${kept.id}: its sound has expired`)
}

/** Puts a message away, and one that was put away before out of the world, with its sound unless another has it too. */
async function remove(kept: KeptDocument, ports: ApiPorts): Promise<void> {
  if (kept.document['folder'] === 'deleted') await removeForGood(kept, ports)
  else await move(kept, 'deleted', ports)
}

async function removeForGood(kept: KeptDocument, { documents, files }: ApiPorts): Promise<void> {
  await documents.remove(kept.accountId, 'messages', kept.id)
  const id = recordingOf(kept.document)
  const others = await documents.list(kept.accountId, 'messages')
  if (others.some(({ document }) => recordingOf(document) === id)) return
  for (const key of keysOf(kept)) await files.remove(key)
}

/** Removes everything that is in a mailbox. */
export async function emptyMailbox(accountId: string, boxId: string, ports: ApiPorts): Promise<void> {
  const all = await ports.documents.list(accountId, 'messages')
  for (const kept of all) if (kept.document['box'] === boxId) await removeForGood(kept, ports)
}

/** Does something with each of several messages. */
async function each(
  asked: OfBox,
  ids: readonly string[],
  ports: ApiPorts,
  work: (kept: KeptDocument) => Promise<unknown>,
): Promise<DataAnswer> {
  const { accountId, params: box } = asked
  await checkBox(asked, ports)
  const succeeded: string[] = []
  const failed: object[] = []
  for (const messageId of ids) {
    try {
      await work(await messageOf({ accountId, params: { ...box, messageId } }, ports))
      succeeded.push(messageId)
    } catch (error) {
      const isGone = isFailure(error, 'API_NOT_FOUND') || isFailure(error, 'DOCUMENT_NOT_FOUND')
      if (!isGone && !isFailure(error, 'DOCUMENT_CONFLICT')) throw error
      failed.push({ [messageId]: isGone ? 'not_found' : 'datastore_conflict' })
    }
  }
  return { data: { succeeded, failed } }
}

export const mailboxMessageRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url,
    summary: 'The messages of a voicemail box, newest first; those of one folder with `folder`.',
    source,
    scope: 'read',
    params,
    query: Type.Object({ folder: Type.Optional(FolderKey) }),
    answer: Type.Array(Message),
    async run(asked, ports) {
      const messages = await messagesOf(asked, ports, asked.query.folder)
      return { data: messages.map(toldMessage), page: { size: messages.length } }
    },
  }),
  defineRoute({
    method: 'POST',
    url,
    summary: 'Moves messages into a folder.',
    source,
    scope: 'admin',
    params,
    body: Type.Object({ folder: FolderKey, messages: Wanted }),
    answer: Changes,
    example: { folder: 'saved', messages: ['202601-0123456789abcdef0123456789abcdef'] },
    run: (asked, ports) => each(asked, asked.body.messages, ports, (kept) => move(kept, asked.body.folder, ports)),
  }),
  defineRoute({
    method: 'DELETE',
    url,
    summary: 'Deletes messages: those that are named, else all; those in the folder `deleted` for good.',
    source,
    scope: 'admin',
    params,
    body: Type.Object({ messages: Type.Optional(Wanted) }),
    answer: Changes,
    example: {},
    async run(asked, ports) {
      const ids = asked.body.messages ?? (await messagesOf(asked, ports)).map(({ id }) => id)
      return each(asked, ids, ports, (kept) => remove(kept, ports))
    },
  }),
  defineRoute({
    method: 'GET',
    url: `${url}/:messageId`,
    summary: 'What is known of a message.',
    source,
    scope: 'read',
    params: messageParams,
    answer: Message,
    async run(asked, ports) {
      const kept = await messageOf(asked, ports)
      return { data: toldMessage(kept), revision: kept.revision }
    },
  }),
  defineRoute({
    method: 'POST',
    url: `${url}/:messageId`,
    summary: 'Moves a message into a folder.',
    source,
    scope: 'admin',
    params: messageParams,
    body: Type.Object({ folder: FolderKey }),
    answer: Message,
    example: { folder: 'saved' },
    async run(asked, ports) {
      const kept = await move(await messageOf(asked, ports), asked.body.folder, ports)
      return { data: toldMessage(kept), revision: kept.revision }
    },
  }),
  defineRoute({
    method: 'DELETE',
    url: `${url}/:messageId`,
    summary: 'Deletes a message; one in the folder `deleted` for good, with its sound.',
    source,
    scope: 'admin',
    params: messageParams,
    answer: Message,
    async run(asked, ports) {
      const kept = await messageOf(asked, ports)
      await remove(kept, ports)
      return { data: toldMessage({ document: { ...kept.document, folder: 'deleted' } }) }
    },
  }),
  defineRoute({
    method: 'GET',
    url: `${url}/:messageId/raw`,
    summary: 'The sound of a message, or a range of it.',
    source,
    scope: 'read',
    produces: ['audio/mpeg', 'audio/wav'],
    params: messageParams,
    query: Type.Object({ inline: Type.Optional(Type.Boolean({ description: 'To be heard rather than saved.' })) }),
    answer: Type.Unknown(),
    async run(asked, ports) {
      const kept = await messageOf(asked, ports)
      const file = await soundOf(kept, ports)
      const extension = file.contentType === 'audio/mpeg' ? 'mp3' : 'wav'
      return fileAnswer(file, `${kept.id.replaceAll(/[^\w.-]/g, '_')}.${extension}`, asked)
    },
  }),
]
