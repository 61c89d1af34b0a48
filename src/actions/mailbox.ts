import { fieldsOf, flagOf, integerOf, textOf, textsOf } from '../base/index.ts'
import { mediaSource, type MediaSource } from '../call/index.ts'
import type { ActionContext, Document, Documents } from '../callflow/index.ts'
import { spoken } from './asking.ts'
import { mediaScope, promptSource } from './playback.ts'

/** A voicemail box as its document has it, with everything that is missing filled in. */
export interface Mailbox {
  readonly document: Document
  readonly id: string
  /** What callers enter. */
  readonly number: string
  readonly name: string
  readonly pin: string | undefined
  readonly needsPin: boolean
  readonly ownerId: string | undefined
  /** Undefined: the document does not say. */
  readonly checksIfOwner: boolean | undefined
  readonly isSetUp: boolean
  readonly skipsGreeting: boolean
  readonly skipsInstructions: boolean
  readonly skipsEnvelope: boolean
  readonly isAnnouncementOnly: boolean
  readonly playsGreetingIntro: boolean
  readonly format: 'mp3' | 'wav'
  readonly mostMs: number | undefined
  readonly timezone: string | undefined
  readonly afterNotice: 'save' | 'delete' | undefined
  readonly addresses: readonly string[]
  readonly oldestFirst: boolean
  readonly operatorNumber: string | undefined
  readonly isConfigurable: boolean
  readonly interDigitMs: number | undefined
}

/** @source KAZOO schema vmboxes; cf_voicemail.erl, get_mailbox_profile */
export function readMailbox(document: Document): Mailbox {
  const flag = (key: string): boolean => flagOf(document[key]) ?? false
  const seconds = integerOf(document['max_message_length'])
  return {
    document,
    id: document.id,
    number: textOf(document['mailbox']) ?? '',
    name: textOf(document['name']) ?? '',
    pin: textOf(document['pin']),
    needsPin: flag('require_pin'),
    ownerId: textOf(document['owner_id']),
    checksIfOwner: flagOf(document['check_if_owner']),
    isSetUp: flag('is_setup'),
    skipsGreeting: flag('skip_greeting'),
    skipsInstructions: flag('skip_instructions'),
    skipsEnvelope: flag('skip_envelope'),
    isAnnouncementOnly: flag('announcement_only'),
    playsGreetingIntro: flag('play_greeting_intro'),
    format: document['media_extension'] === 'wav' ? 'wav' : 'mp3',
    mostMs: seconds === undefined || seconds <= 0 ? undefined : seconds * 1_000,
    timezone: textOf(document['timezone']),
    afterNotice: flag('save_after_notify') ? 'save' : flag('delete_after_notify') ? 'delete' : undefined,
    addresses: textsOf(document['notify_email_addresses']),
    oldestFirst: flag('oldest_message_first'),
    operatorNumber: textOf(document['operator_number']),
    isConfigurable: !flag('not_configurable'),
    interDigitMs: integerOf(document['interdigit_timeout']),
  }
}

/** What callers hear who reach it: the greeting for a while, else the usual one, else words of ours. */
export function greetingOf({ document, number }: Mailbox, context: ActionContext): readonly MediaSource[] {
  const media = fieldsOf(document['media'])
  const own =
    mediaSource(textOf(media['temporary_unavailable']), mediaScope(context)) ??
    mediaSource(textOf(media['unavailable']), mediaScope(context))
  if (own !== undefined) return [own]
  if (flagOf(document['use_person_not_available']) === true) return [promptSource(context, 'vm-person_not_available')]
  return [
    promptSource(context, 'vm-person'),
    spoken(context, number, { type: 'name_spelled' }),
    promptSource(context, 'vm-not_available'),
  ]
}

/** The box with this number. @param documents as the call reads them */
export async function mailboxByNumber(
  number: string,
  accountId: string,
  documents: Documents,
): Promise<Mailbox | undefined> {
  if (number === '') return undefined
  const all = await documents.list(accountId, 'vmboxes')
  const found = all.find((document) => textOf(document['mailbox']) === number)
  return found && readMailbox(found)
}

export interface MailboxChoice {
  readonly id?: string
  readonly single_mailbox_login: boolean
  readonly callerid_match_login: boolean
}

/**
 * The box that a node is about: its own, else the one whose number the callflow captured, else one of the caller's.
 *
 * @source KAZOO cf_voicemail.erl, get_mailbox_profile, maybe_use_variable, by owner
 */
export async function findMailbox(
  { id, single_mailbox_login, callerid_match_login }: MailboxChoice,
  { call }: ActionContext,
  documents: Documents,
): Promise<Mailbox | undefined> {
  const accountId = call.account.id
  if (id !== undefined && id !== '') {
    const document = await documents.get(accountId, 'vmboxes', id)
    return document && readMailbox(document)
  }
  const { captureGroup = '', ownerId, callerIdNumber } = call.variables
  if (captureGroup !== '') return mailboxByNumber(captureGroup, accountId, documents)
  if (ownerId === undefined) return undefined
  const boxes = (await documents.list(accountId, 'vmboxes')).map(readMailbox)
  const own = boxes.filter((box) => box.ownerId === ownerId)
  const [only, second] = own
  if (single_mailbox_login && second === undefined && only !== undefined) return only
  return callerid_match_login ? own.find(({ number }) => number === callerIdNumber) : undefined
}

/** The keys of mailboxes, which an account may change (`voicemail.keys` of its document). */
const usualKeys = {
  operator: '0',
  login: '*',
  continue: '',
  save: '1',
  listen: '2',
  record: '3',
  hear_new: '1',
  hear_saved: '2',
  configure: '5',
  exit: '#',
  keep: '1',
  replay: '2',
  forward: '3',
  prev: '4',
  next: '6',
  delete: '7',
  callback: '9',
  return_main: '0',
  rec_unavailable: '1',
  rec_name: '2',
  set_pin: '3',
  rec_temporary_unavailable: '4',
  del_temporary_unavailable: '5',
  toggle_announcement: '6',
} as const

export type MailboxKeys = Readonly<Record<keyof typeof usualKeys, string>>

/** @source KAZOO cf_voicemail.erl, populate_keys */
export async function mailboxKeys({ call }: ActionContext, documents: Documents): Promise<MailboxKeys> {
  const account = await documents.get(call.account.id, 'accounts', call.account.id)
  const own = fieldsOf(fieldsOf(account?.['voicemail'])['keys'])
  const isKey = (name: string): boolean => /^[0-9*#]$/.test(textOf(own[name]) ?? '')
  const changed = Object.keys(usualKeys).filter(isKey)
  return { ...usualKeys, ...Object.fromEntries(changed.map((name) => [name, textOf(own[name]) ?? ''])) }
}
