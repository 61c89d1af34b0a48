import { answerWith, type MediaSource } from '../call/index.ts'
import { child, notedDocuments, stop, type Next } from '../callflow/index.ts'
import { askDigits, hearPrompts, spoken } from './asking.ts'
import { listenTo } from './listen-to-messages.ts'
import { mailboxByNumber, type Mailbox } from './mailbox.ts'
import { changeSettings, setUp } from './mailbox-settings.ts'
import type { MailboxVisit } from './mailbox-visit.ts'
import { messagesOf } from './messages.ts'
import { promptSource } from './playback.ts'

const mostTries = 3
const mostIdle = 4
const mostRounds = 100
const mostBoxDigits = 15
const mostPinDigits = 6
const answerMs = 5_000

/**
 * Lets whoever has the pin of a mailbox, or owns it, listen to its messages.
 *
 * @source KAZOO cf_voicemail.erl, check_mailbox, find_mailbox, main_menu
 */
export async function checkMessages(box: Mailbox | undefined, visit: MailboxVisit): Promise<Next> {
  await answerWith(promptSource(visit.context, box === undefined ? 'vm-enter_id' : 'vm-enter_pass'), visit.context)
  const entered = await enter(box, visit)
  return 'go' in entered ? entered : mainMenu(entered, visit)
}

const ask = (prompt: readonly MediaSource[], most: number, box: Mailbox | undefined, visit: MailboxVisit) =>
  askDigits(visit.context, {
    prompt,
    most,
    firstDigitMs: answerMs,
    interDigitMs: box?.interDigitMs ?? visit.interDigitMs,
  })

/** @returns the box that the caller may open, or what comes next when there is none */
async function enter(wanted: Mailbox | undefined, visit: MailboxVisit): Promise<Mailbox | Next> {
  const { context, ports } = visit
  const { account, variables } = context.call
  const documents = notedDocuments(ports.documents, context.call)
  let box = wanted
  for (let tries = 0; tries < mostTries; tries++) {
    if (box === undefined) {
      const number = await ask([promptSource(context, 'vm-enter_id')], mostBoxDigits, undefined, visit)
      box = await mailboxByNumber(number, account.id, documents)
      if (box === undefined) {
        await hearPrompts(context, 'menu-invalid_entry')
        continue
      }
    }
    const isOwner = box.ownerId !== undefined && box.ownerId === variables.ownerId
    if (isOwner && !box.isSetUp) return (await setUp(box, visit)) ?? stop()
    if (isOwner && !box.needsPin) return box
    if (box.pin === undefined) {
      await hearPrompts(context, 'vm-no_access')
      return child()
    }
    const pin = await ask([promptSource(context, 'vm-enter_pass')], mostPinDigits, box, visit)
    if (pin === box.pin) return box
    await hearPrompts(context, 'vm-fail_auth')
  }
  await hearPrompts(context, 'vm-abort')
  return child()
}

async function mainMenu(entered: Mailbox, visit: MailboxVisit): Promise<Next> {
  const { context, ports, keys } = visit
  const documents = notedDocuments(ports.documents, context.call)
  let box = entered
  let idle = 0
  for (let round = 0; round < mostRounds && idle < mostIdle; round++) {
    const messages = await messagesOf(box, context, documents)
    const fresh = messages.filter(({ folder }) => folder === 'new')
    const saved = messages.filter(({ folder }) => folder === 'saved')
    const menu = box.isConfigurable ? 'vm-main_menu' : 'vm-main_menu_not_configurable'
    const prompt = [...countsOf(fresh.length, saved.length, visit), promptSource(context, menu)]
    const digit = await askDigits(context, { prompt, most: 1, firstDigitMs: answerMs, terminators: '' })
    if (digit === keys.exit) return child()
    const chosen = digit === keys.hear_new ? fresh : digit === keys.hear_saved ? saved : undefined
    if (chosen !== undefined && chosen.length > 0) {
      const next = await listenTo(chosen, box, visit)
      if (next !== undefined) return next
      idle = 0
    } else if (digit === keys.configure && box.isConfigurable) {
      const changed = await changeSettings(box, visit)
      if (changed === undefined) break
      box = changed
      idle = 0
    } else if (chosen === undefined) idle++
  }
  await hearPrompts(context, 'vm-goodbye')
  return child()
}

/** How many messages there are, as it is said. */
function countsOf(fresh: number, saved: number, { context }: MailboxVisit): readonly MediaSource[] {
  const prompt = (name: string): MediaSource => promptSource(context, name)
  const count = (number: number): MediaSource => spoken(context, String(number), { type: 'number' })
  if (fresh === 0 && saved === 0) return [prompt('vm-no_messages')]
  const savedOnes = [count(saved), prompt(saved === 1 ? 'vm-saved_message' : 'vm-saved_messages')]
  if (fresh === 0) return [prompt('vm-you_have'), ...savedOnes]
  if (saved > 0) return [prompt('vm-you_have'), count(fresh), prompt('vm-new_and'), ...savedOnes]
  return [prompt('vm-you_have'), count(fresh), prompt(fresh === 1 ? 'vm-new_message' : 'vm-new_messages')]
}
