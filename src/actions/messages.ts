import { createHash } from 'node:crypto'
import { flagOf, integerOf, textOf } from '../base/index.ts'
import type { Call, MediaSource, Recording, Recordings } from '../call/index.ts'
import { notedDocuments, type ActionContext, type Document, type Documents } from '../callflow/index.ts'
import type { Mailbox } from './mailbox.ts'
import { notify, type Notices } from './notices.ts'

/** What somebody has left in a voicemail box. */
export interface Message {
  readonly document: Document
  readonly id: string
  readonly folder: 'new' | 'saved' | 'deleted'
  /** Gregorian seconds. */
  readonly timestamp: number
  readonly callerIdNumber: string
}

export interface MessagePorts {
  readonly documents: Documents
  readonly recordings: Recordings
  readonly notices: Notices
}

const gregorianToUnix = 62_167_219_200
/** Shorter ones are no messages. @source KAZOO cf_voicemail.erl, min_recording_length */
const shortestMs = 500

export const mostMessages = 100

const readMessage = (document: Document): Message => ({
  document,
  id: document.id,
  folder: document['folder'] === 'saved' || document['folder'] === 'deleted' ? document['folder'] : 'new',
  timestamp: integerOf(document['timestamp']) ?? 0,
  callerIdNumber: textOf(document['caller_id_number']) ?? '',
})

/** Unix seconds, as texts of times are said. */
export const unixSecondsOf = ({ timestamp }: Message): number => Math.max(timestamp - gregorianToUnix, 1)

/** The sound of a message. */
export const soundOf = ({ id }: Message, { call }: Pick<ActionContext, 'call'>): MediaSource => ({
  kind: 'stored',
  accountId: call.account.id,
  id,
})

/** The messages of a box that nobody has deleted: the newest first, or the oldest. */
export async function messagesOf(
  { id, oldestFirst }: Mailbox,
  { call }: Pick<ActionContext, 'call'>,
  documents: Documents,
): Promise<readonly Message[]> {
  const all = await documents.list(call.account.id, 'messages')
  const theirs = all.filter((document) => document['box'] === id).map(readMessage)
  const order = oldestFirst ? 1 : -1
  return theirs
    .filter(({ folder }) => folder !== 'deleted')
    .toSorted((one, other) => order * (one.timestamp - other.timestamp))
}

/** Moves a message, and keeps that. @returns it as it is now */
export async function moveMessage(
  message: Message,
  folder: Message['folder'],
  context: Pick<ActionContext, 'call'>,
  documents: Documents,
): Promise<Message> {
  if (message.folder === folder) return message
  const document = { ...message.document, folder }
  await documents.save(context.call.account.id, 'messages', document)
  return readMessage(document)
}

/** Puts a copy of a message into another box. Its sound is the same. */
export async function forwardMessage(
  message: Message,
  to: Mailbox,
  context: ActionContext,
  ports: MessagePorts,
): Promise<void> {
  const nowMs = context.clock.now()
  const document = {
    ...message.document,
    id: messageId(to, context.call, nowMs),
    box: to.id,
    folder: 'new',
    timestamp: Math.floor(nowMs / 1_000) + gregorianToUnix,
  }
  await ports.documents.save(context.call.account.id, 'messages', document)
  await told(to, document, context, ports)
}

/**
 * Keeps what a caller has left, also when they are gone meanwhile, and tells the owner of the box.
 *
 * @returns whether it was long enough to be a message
 */
export async function leaveMessage(
  recording: Recording,
  box: Mailbox,
  context: ActionContext,
  ports: MessagePorts,
): Promise<boolean> {
  const { call, clock } = context
  const { documents, recordings } = ports
  if (recording.durationMs < shortestMs) {
    await recordings.discard(recording)
    return false
  }
  const accountId = call.account.id
  const { id: callId, interactionId, leg, variables } = call
  const { url } = await recordings.keep(recording, {
    accountId,
    callId,
    interactionId,
    format: box.format,
    isUnlisted: true,
  })
  const nowMs = clock.now()
  const document = {
    id: messageId(box, call, nowMs),
    box: box.id,
    folder: 'new',
    timestamp: Math.floor(nowMs / 1_000) + gregorianToUnix,
    length: recording.durationMs,
    caller_id_name: variables.callerIdName,
    caller_id_number: variables.callerIdNumber,
    from: `${leg.from.user}@${leg.from.realm}`,
    to: `${leg.to.user}@${leg.to.realm}`,
    call_id: callId,
    interaction_id: interactionId,
    url,
  }
  await documents.save(accountId, 'messages', document)
  variables.hasLeftMessage = true
  await told(box, document, context, ports)
  return true
}

/** KAZOO's form: the month, and 32 hexadecimal digits. Calls and the time make it one of its own. */
function messageId({ id }: Mailbox, call: Call, nowMs: number): string {
  const month = new Date(nowMs).toISOString().slice(0, 7).replace('-', '')
  const hash = createHash('sha256').update(JSON.stringify([call.account.id, id, call.id, nowMs]))
  return `${month}-${hash.digest('hex').slice(0, 32)}`
}

/** Tells of a new message; then it is saved or deleted, when the box wants that and somebody was told. */
async function told(
  box: Mailbox,
  document: Document,
  context: ActionContext,
  { documents, notices }: MessagePorts,
): Promise<void> {
  const { call } = context
  const to = await addressesOf(box, call, documents)
  const isTold = notify(
    {
      type: 'voicemail_new',
      to,
      more: {
        voicemail_box: box.id,
        voicemail_id: document.id,
        voicemail_name: document.id,
        voicemail_timestamp: document['timestamp'],
        voicemail_length: document['length'],
        caller_id_name: document['caller_id_name'],
        caller_id_number: document['caller_id_number'],
        mailbox: box.number,
        owner_id: box.ownerId,
        include_message_on_notify: flagOf(box.document['include_message_on_notify']) ?? true,
      },
    },
    call,
    notices,
  )
  if (box.afterNotice === undefined || to.length === 0 || !(await isTold)) return
  const folder = box.afterNotice === 'save' ? 'saved' : 'deleted'
  await documents.save(call.account.id, 'messages', { ...document, folder })
}

/** Who is told by e-mail: the owner, unless they do not want to be, and whoever the box names. */
export async function addressesOf(box: Mailbox, call: Call, documents: Documents): Promise<readonly string[]> {
  const noted = notedDocuments(documents, call)
  const owner = box.ownerId === undefined ? undefined : await noted.get(call.account.id, 'users', box.ownerId)
  const own = textOf(owner?.['email'])
  const wants = flagOf(owner?.['vm_to_email_enabled']) ?? true
  return [...new Set([...(own === undefined || !wants ? [] : [own]), ...box.addresses])]
}
