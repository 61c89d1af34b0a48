import { allKeys, answerWith, type Digit, type MediaSource, type Recording } from '../call/index.ts'
import { child, notedDocuments, stop, type ActionContext, type Next } from '../callflow/index.ts'
import { askDigits, hear, hearPrompts } from './asking.ts'
import { checkMessages } from './check-messages.ts'
import { operatorOf, type MailboxVisit } from './mailbox-visit.ts'
import { greetingOf, type Mailbox } from './mailbox.ts'
import { addressesOf, leaveMessage, messagesOf, mostMessages } from './messages.ts'
import { notify } from './notices.ts'
import { playIfPossible, promptSource } from './playback.ts'

const usuallyMostMs = 500_000
const silenceMs = 5_000
const answerMs = 5_000
const mostIdle = 4
const mostRounds = 50
const beep: MediaSource = { kind: 'tone', spec: '%(500,100,440)' }

/**
 * Has the caller leave a message, unless the box takes none, or it is their own.
 *
 * @source KAZOO cf_voicemail.erl, compose_voicemail, record_voicemail, review_recording
 */
export async function composeMessage(box: Mailbox | undefined, visit: MailboxVisit): Promise<Next> {
  const { context, ports, keys } = visit
  const { call } = context
  if (box === undefined) {
    await say(context, 'vm-not_available_no_voicemail')
    return child()
  }
  const isOwner = box.ownerId !== undefined && box.ownerId === call.variables.ownerId
  if (isOwner && (box.isAnnouncementOnly || checksOwner(box, context))) return checkMessages(box, visit)
  const greeting = box.skipsGreeting ? [] : greetingOf(box, context)
  if (box.isAnnouncementOnly) return announce(greeting, box, visit)
  const messages = await messagesOf(box, context, notedDocuments(ports.documents, call))
  if (messages.length >= mostMessages) {
    const to = await addressesOf(box, call, ports.documents)
    const more = { voicemail_box: box.id, mailbox: box.number, max_message_count: mostMessages }
    void notify({ type: 'voicemail_full', to, more }, call, ports.notices)
    return announce([...greeting, promptSource(context, 'vm-mailbox_full')], box, visit)
  }
  const digit = await greet(
    [
      ...(box.playsGreetingIntro ? [promptSource(context, 'vm-greeting_intro')] : []),
      ...greeting,
      ...(box.skipsInstructions ? [] : [promptSource(context, 'vm-record_message')]),
    ],
    context,
  )
  if (digit !== undefined) {
    if (digit === keys.login) return checkMessages(box, visit)
    if (digit === keys.continue) return child()
    const operator = digit === keys.operator ? await operatorOf(box, visit) : undefined
    if (operator !== undefined) return operator
  }
  return takeMessage(box, visit)
}

/** Documents that KAZOO has stored say it; where none does, whoever called the phone itself is not asked to listen. */
function checksOwner({ checksIfOwner }: Mailbox, { call }: ActionContext): boolean {
  const { lastModule } = call.variables
  return checksIfOwner ?? (lastModule === undefined || lastModule === 'device')
}

async function say(context: ActionContext, name: string): Promise<void> {
  await answerWith(promptSource(context, name), context)
  await hearPrompts(context, name)
}

/** @returns the key that stopped it */
async function greet(sounds: readonly MediaSource[], context: ActionContext): Promise<Digit | undefined> {
  const [first] = sounds
  if (first === undefined) await context.call.leg.answer()
  else await answerWith(first, context)
  return playIfPossible(context, sounds, { keepsDigits: false })
}

async function announce(sounds: readonly MediaSource[], box: Mailbox, visit: MailboxVisit): Promise<Next> {
  const digit = await greet(sounds, visit.context)
  return digit === visit.keys.login ? checkMessages(box, visit) : child()
}

async function takeMessage(box: Mailbox, visit: MailboxVisit): Promise<Next> {
  const { context, ports, keys } = visit
  const { signal } = context
  let recording = await record(box, visit)
  if (recording.endedBy === 'hangup') {
    await leaveMessage(recording, box, context, ports)
    return stop()
  }
  let operator: Next | undefined
  try {
    let idle = 0
    for (let round = 0; round < mostRounds && idle < mostIdle; round++) {
      const choice = await askReview(visit)
      if (choice === keys.save) break
      if (choice === keys.operator) operator = await operatorOf(box, visit)
      if (operator !== undefined) break
      if (choice === keys.listen) await hear(context, { kind: 'recording', id: recording.id, path: recording.path })
      else if (choice === keys.record) {
        await ports.recordings.discard(recording)
        recording = await record(box, visit)
      } else idle++
    }
  } catch (error) {
    if (signal.aborted) await leaveMessage(recording, box, context, ports) // Hung up, or sent elsewhere: it is said.
    throw error
  }
  const isLeft = await leaveMessage(recording, box, context, ports)
  if (operator !== undefined) return operator
  if (isLeft) await hearPrompts(context, 'vm-saved', 'vm-thank_you')
  return child()
}

async function record(box: Mailbox, { context, mostMs }: MailboxVisit): Promise<Recording> {
  const { call, signal } = context
  await hear(context, beep)
  call.leg.takeDigits()
  const maxMs = mostMs > 0 ? mostMs : (box.mostMs ?? usuallyMostMs)
  return call.leg.record({ signal, maxMs, silenceMs, endKeys: allKeys, trim: true })
}

const askReview = ({ context }: MailboxVisit): Promise<string> =>
  askDigits(context, {
    prompt: [promptSource(context, 'vm-review_recording')],
    most: 1,
    firstDigitMs: answerMs,
    terminators: '',
  })
