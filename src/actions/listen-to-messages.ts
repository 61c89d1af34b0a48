import { hangUp, notedCallflows, notedDocuments, type Next } from '../callflow/index.ts'
import { callerRestrictions, deniedClass, findDialled } from '../endpoints/index.ts'
import { askDigits, hearPrompts, spoken } from './asking.ts'
import { branchTo } from './hunt.ts'
import { mailboxByNumber, type Mailbox } from './mailbox.ts'
import type { MailboxVisit } from './mailbox-visit.ts'
import { forwardMessage, moveMessage, soundOf, unixSecondsOf, type Message } from './messages.ts'
import { playIfPossible, promptSource } from './playback.ts'

const answerMs = 5_000
const mostIdle = 4
const mostRounds = 500
const mostBoxDigits = 15

/** What the caller wants after a message: another one, the main menu, or to call whoever left it. */
type Wish = { readonly go: 'next' | 'previous' | 'menu' } | { readonly go: 'call'; readonly next: Next }

/**
 * Plays messages one after the other, and does with each what the caller wants.
 *
 * @returns where the call goes on, when the caller has called back
 * @source KAZOO cf_voicemail.erl, play_messages, message_menu
 */
export async function listenTo(
  messages: readonly Message[],
  box: Mailbox,
  visit: MailboxVisit,
): Promise<Next | undefined> {
  let index = 0
  for (let round = 0; round < mostRounds; round++) {
    const message = messages[index]
    if (message === undefined) return undefined
    const wish = await new Listening(message, box, visit).run(index + 1)
    if (wish.go === 'call') return wish.next
    if (wish.go === 'menu') return undefined
    index = wish.go === 'previous' ? Math.max(index - 1, 0) : index + 1
  }
  return undefined
}

/** One message, and what is done with it. */
class Listening {
  readonly #message: Message
  readonly #box: Mailbox
  readonly #visit: MailboxVisit

  constructor(message: Message, box: Mailbox, visit: MailboxVisit) {
    this.#message = message
    this.#box = box
    this.#visit = visit
  }

  async run(number: number): Promise<Wish> {
    const { keys, context } = this.#visit
    let digit = await this.#play(number)
    let idle = 0
    for (let round = 0; round < mostRounds; round++) {
      const choice: string = digit ?? (await this.#ask())
      digit = undefined
      switch (choice) {
        case keys.keep:
          await this.#move('saved')
          await hearPrompts(context, 'vm-saved')
          return { go: 'next' }
        case keys.replay:
          digit = await this.#play(number)
          break
        case keys.forward:
          await this.#forward()
          break
        case keys.prev:
          await this.#move('saved')
          return { go: 'previous' }
        case keys.next:
          await this.#move('saved')
          return { go: 'next' }
        case keys.delete:
          await this.#move('deleted')
          await hearPrompts(context, 'vm-deleted')
          return { go: 'next' }
        case keys.callback: {
          const next = await this.#callBack()
          if (next !== undefined) return { go: 'call', next }
          break
        }
        case keys.return_main:
          await this.#move('saved')
          return { go: 'menu' }
        default:
          await hearPrompts(context, 'menu-invalid_entry')
          if (choice === '' && ++idle >= mostIdle) return { go: 'menu' }
      }
    }
    return { go: 'menu' }
  }

  /** @returns the key that stopped it: the choice that the menu would ask for */
  #play(number: number): Promise<string | undefined> {
    const { context } = this.#visit
    const { timezone, skipsEnvelope } = this.#box
    const received = spoken(context, String(unixSecondsOf(this.#message)), { type: 'current_date_time', timezone })
    const sounds = [
      promptSource(context, 'vm-message_number'),
      spoken(context, String(number), { type: 'number' }),
      soundOf(this.#message, context),
      ...(skipsEnvelope ? [] : [promptSource(context, 'vm-received'), received]),
    ]
    return playIfPossible(context, sounds, { keepsDigits: false })
  }

  #ask(): Promise<string> {
    const { context } = this.#visit
    const prompt = [promptSource(context, 'vm-message_menu')]
    return askDigits(context, { prompt, most: 1, firstDigitMs: answerMs, terminators: '' })
  }

  async #move(folder: Message['folder']): Promise<void> {
    await moveMessage(this.#message, folder, this.#visit.context, this.#visit.ports.documents)
  }

  async #forward(): Promise<void> {
    const { context, ports, interDigitMs } = this.#visit
    const number = await askDigits(context, {
      prompt: [promptSource(context, 'vm-enter_forward_id')],
      most: mostBoxDigits,
      firstDigitMs: answerMs,
      interDigitMs: this.#box.interDigitMs ?? interDigitMs,
    })
    const documents = notedDocuments(ports.documents, context.call)
    const to = await mailboxByNumber(number, context.call.account.id, documents)
    if (to === undefined || to.id === this.#box.id) {
      if (number !== '') await hearPrompts(context, 'menu-invalid_entry')
      await hearPrompts(context, 'vm-forward_abort')
      return
    }
    await forwardMessage(this.#message, to, context, ports)
    await hearPrompts(context, 'vm-forward_confirmed')
  }

  /** @returns on to the callflow of whoever left the message; undefined when they cannot be called */
  async #callBack(): Promise<Next | undefined> {
    const { context, ports } = this.#visit
    const { call } = context
    const { callerIdNumber } = this.#message
    const dialled =
      callerIdNumber === '' ? undefined : await findDialled(callerIdNumber, call, notedCallflows(ports.callflows, call))
    if (dialled === undefined) {
      await hearPrompts(context, 'menu-invalid_entry')
      return undefined
    }
    await this.#move('saved')
    const { number, found } = dialled
    const whose = await callerRestrictions(call, notedDocuments(ports.documents, call))
    if (deniedClass(number, call.account.country, whose) !== undefined) {
      await hearPrompts(context, 'cf-unauthorized_call')
      return hangUp()
    }
    call.variables.requestUser = number
    call.variables.mayCallOutside = true
    return branchTo(found, call)
  }
}
