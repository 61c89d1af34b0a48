import { fieldsOf } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import { askDigits, hearPrompts } from './asking.ts'
import { recordGreeting } from './greeting.ts'
import { readMailbox, type Mailbox } from './mailbox.ts'
import type { MailboxVisit } from './mailbox-visit.ts'
import { promptSource } from './playback.ts'

const mostTries = 3
const mostIdle = 3
const mostRounds = 100
const answerMs = 5_000
const fewestPinDigits = 4
const mostPinDigits = 6
const shortestNameMs = 500

/** Which sound of a mailbox is recorded, as its document names it. */
type Sound = 'unavailable' | 'temporary_unavailable' | 'name'

/**
 * Asks the owner of a new mailbox for a pin and a greeting.
 *
 * @returns the mailbox as it is then; undefined when there is no pin
 * @source KAZOO cf_voicemail.erl, setup_mailbox
 */
export async function setUp(box: Mailbox, visit: MailboxVisit): Promise<Mailbox | undefined> {
  const { context } = visit
  await hearPrompts(context, 'vm-setup_intro')
  const withPin = await changePin(box, visit)
  if (withPin === undefined) {
    await hearPrompts(context, 'vm-goodbye')
    return undefined
  }
  await hearPrompts(context, 'vm-setup_rec_greeting')
  const withGreeting = await recordSound(withPin, 'unavailable', visit)
  const ready = await change(withGreeting, { is_setup: true }, visit)
  await hearPrompts(context, 'vm-setup_complete')
  return ready
}

/**
 * The menu of settings, until the caller goes back.
 *
 * @returns the mailbox as it is then; undefined when nobody presses anything any more
 * @source KAZOO cf_voicemail.erl, config_menu
 */
export async function changeSettings(first: Mailbox, visit: MailboxVisit): Promise<Mailbox | undefined> {
  const { context, keys } = visit
  let box = first
  let idle = 0
  for (let round = 0; round < mostRounds && idle < mostIdle; round++) {
    const menu = box.isAnnouncementOnly ? 'vm-settings_menu_announcement_on' : 'vm-settings_menu'
    const prompt = [promptSource(context, menu)]
    const digit = await askDigits(context, { prompt, most: 1, firstDigitMs: answerMs, terminators: '' })
    idle = digit === '' ? idle + 1 : 0
    switch (digit) {
      case keys.return_main:
        return box
      case keys.rec_unavailable:
        box = await recordSound(box, 'unavailable', visit)
        break
      case keys.rec_name:
        box = await recordSound(box, 'name', visit)
        break
      case keys.set_pin:
        box = (await changePin(box, visit)) ?? box
        break
      case keys.rec_temporary_unavailable:
        box = await recordSound(box, 'temporary_unavailable', visit)
        break
      case keys.del_temporary_unavailable: {
        const { temporary_unavailable: _, ...media } = fieldsOf(box.document['media'])
        box = await change(box, { media }, visit)
        await hearPrompts(context, 'vm-deleted')
        break
      }
      case keys.toggle_announcement:
        box = await change(box, { announcement_only: !box.isAnnouncementOnly }, visit)
        break
      case '':
        break
      default:
        await hearPrompts(context, 'menu-invalid_entry')
    }
  }
  return undefined
}

async function change(
  box: Mailbox,
  fields: Readonly<Record<string, unknown>>,
  { context, ports }: MailboxVisit,
): Promise<Mailbox> {
  const document: Document = { ...box.document, ...fields }
  await ports.documents.save(context.call.account.id, 'vmboxes', document)
  return readMailbox(document)
}

/** @returns the mailbox with its new pin; undefined when none was chosen */
async function changePin(box: Mailbox, visit: MailboxVisit): Promise<Mailbox | undefined> {
  const { context, interDigitMs } = visit
  const ask = (prompt: string): Promise<string> =>
    askDigits(context, {
      prompt: [promptSource(context, prompt)],
      most: mostPinDigits,
      firstDigitMs: answerMs,
      interDigitMs: box.interDigitMs ?? interDigitMs,
    })
  for (let tries = 0; tries < mostTries; tries++) {
    const pin = await ask('vm-enter_new_pin')
    const again = await ask('vm-enter_new_pin_confirm')
    if (pin === again && /^\d+$/.test(pin) && pin.length >= fewestPinDigits) {
      const changed = await change(box, { pin }, visit)
      await hearPrompts(context, 'vm-pin_set')
      return changed
    }
    await hearPrompts(context, 'vm-pin_invalid')
  }
  return undefined
}

/** Records a greeting or a name, and makes it the mailbox's. */
async function recordSound(box: Mailbox, sound: Sound, visit: MailboxVisit): Promise<Mailbox> {
  const { context, ports } = visit
  const { call } = context
  const options = sound === 'name' ? { prompt: 'vm-record_name', shortestMs: shortestNameMs } : {}
  const recording = await recordGreeting(context, ports.recordings, options)
  if (recording === undefined) {
    await hearPrompts(context, 'vm-deleted')
    return box
  }
  const accountId = call.account.id
  const { id: callId, interactionId } = call
  const keeping = { accountId, callId, interactionId, format: 'wav', isUnlisted: true } as const
  const { url } = await ports.recordings.keep(recording, keeping)
  const id = `${box.id}-${sound}`
  await ports.documents.save(accountId, 'media', {
    id,
    name: `${sound} of mailbox ${box.number}`,
    media_source: 'recording',
    source_type: 'voicemail',
    source_id: box.id,
    content_type: 'audio/wav',
    language: call.variables.language,
    url,
  })
  const changed = await change(box, { media: { ...fieldsOf(box.document['media']), [sound]: id } }, visit)
  await hearPrompts(context, 'vm-saved')
  return changed
}
