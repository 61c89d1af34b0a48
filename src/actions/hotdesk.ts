import { Type } from 'typebox'
import { fieldsOf, flagOf, textOf } from '../base/index.ts'
import { answerWith } from '../call/index.ts'
import {
  child,
  defineAction,
  notedDocuments,
  type Action,
  type ActionContext,
  type Children,
  type Document,
  type Next,
} from '../callflow/index.ts'
import { beginRinging, guestBranches, guestsOf } from '../endpoints/index.ts'
import { askDigits, hearPrompts } from './asking.ts'
import { callerDevice, changeSetting, type SettingsDocument } from './caller-document.ts'
import { promptSource } from './playback.ts'
import { failureChildren, ring, ringMsOf, type RingPorts } from './ring.ts'

const mostTries = 3
const mostIdDigits = 15
const answerMs = 5_000
const bridgeSeconds = 20

export const hotdesk = (ports: RingPorts): Action =>
  defineAction({
    module: 'hotdesk',
    summary:
      'Makes the calling phone one of a user, or takes it back; or rings the phones that a user is logged in at.',
    source: 'KAZOO cf_hotdesk.erl; schema callflows.hotdesk',
    data: Type.Object({
      action: Type.Optional(
        Type.Enum(['login', 'logout', 'toggle', 'bridge'], {
          description: '`toggle` logs out who is logged in at this phone, and in who is not; `bridge` rings',
        }),
      ),
      id: Type.Optional(
        Type.String({ maxLength: 128, description: 'The user; without, the caller is asked for their `hotdesk.id`' }),
      ),
      interdigit_timeout: Type.Integer({
        default: 2000,
        minimum: 1,
        maximum: 60_000,
        description: 'Milliseconds to wait for each digit after the first',
      }),
    }),
    children: { ...failureChildren, _: 'Logged in or out, or not; or nobody was reached' },
    example: {
      module: 'hotdesk',
      data: { action: 'login' },
      children: { _: { module: 'hangup', data: {} } },
    },
    async run({ action, id, interdigit_timeout }, context, children) {
      if (action === undefined) return child()
      if (action === 'bridge') return bridge(id, context, children, ports)
      await answerWith(promptSource(context, 'hotdesk-enter_id'), context)
      const desk = new Desk(context, ports, interdigit_timeout)
      await desk[action](id)
      return child()
    },
  })

/** Differs from KAZOO, which goes on when a conversation is over, unlike after any other. */
async function bridge(
  id: string | undefined,
  context: ActionContext,
  children: Children,
  ports: RingPorts,
): Promise<Next> {
  const ringing = await beginRinging(context, ports)
  const user = id === undefined ? undefined : await ringing.documents.get(context.call.account.id, 'users', id)
  if (user === undefined || !mayHotdesk(user)) return child()
  const timeoutMs = ringMsOf(bridgeSeconds)
  const manner = { delayMs: 0, timeoutMs, canCallSelf: false, asMembers: false } as const
  const branches = await guestBranches(user.id, manner, ringing)
  if (branches.length === 0) return child()
  const options = { branches, strategy: 'simultaneous', timeoutMs } as const
  return (await ring(options, context, children, ports.calling)) ?? child()
}

const deskOf = (user: Document): Readonly<Record<string, unknown>> => fieldsOf(user['hotdesk'])

const mayHotdesk = (user: Document): boolean =>
  flagOf(user['enabled']) !== false && flagOf(deskOf(user)['enabled']) === true

/** A caller at a phone that is to become theirs, or not to be it any more. */
class Desk {
  readonly #context: ActionContext
  readonly #ports: RingPorts
  readonly #interDigitMs: number

  constructor(context: ActionContext, ports: RingPorts, interDigitMs: number) {
    this.#context = context
    this.#ports = ports
    this.#interDigitMs = interDigitMs
  }

  async login(id: string | undefined): Promise<void> {
    const phone = await this.#phone()
    const user = phone === undefined ? undefined : await this.#user(id)
    if (phone === undefined || user === undefined || !(await this.#mayEnter(user))) return this.#abort()
    if (flagOf(deskOf(user)['keep_logged_in_elsewhere']) !== true) await this.#leave(user.id, phone.document.id)
    await this.#change(phone, { ...usersOf(phone), [user.id]: {} })
    await this.#say('hotdesk-logged_in', 'vm-goodbye')
  }

  async logout(id: string | undefined): Promise<void> {
    const phone = await this.#phone()
    const user = phone === undefined ? undefined : await this.#user(id ?? onlyGuest(phone))
    if (phone === undefined || user === undefined) return this.#abort()
    if (flagOf(deskOf(user)['keep_logged_in_elsewhere']) !== true) await this.#leave(user.id, phone.document.id)
    const { [user.id]: _, ...others } = usersOf(phone)
    await this.#change(phone, others)
    await this.#say('hotdesk-logged_out', 'vm-goodbye')
  }

  async toggle(id: string | undefined): Promise<void> {
    const phone = await this.#phone()
    const user = phone === undefined ? undefined : await this.#user(id ?? onlyGuest(phone))
    if (phone === undefined || user === undefined) return this.#abort()
    return guestsOf(phone.document).includes(user.id) ? this.logout(user.id) : this.login(user.id)
  }

  #phone(): Promise<SettingsDocument | undefined> {
    return callerDevice(this.#context, this.#ports.documents)
  }

  /** The user of this id, else the one whose number the caller enters. */
  async #user(id: string | undefined): Promise<Document | undefined> {
    const { call } = this.#context
    const documents = notedDocuments(this.#ports.documents, call)
    if (id !== undefined) {
      const user = await documents.get(call.account.id, 'users', id)
      return user !== undefined && mayHotdesk(user) ? user : undefined
    }
    const users = await documents.list(call.account.id, 'users')
    for (let tries = 0; tries < mostTries; tries++) {
      const digits = await this.#ask('hotdesk-enter_id')
      const user = users.find((one) => textOf(deskOf(one)['id']) === digits && mayHotdesk(one))
      if (digits !== '' && user !== undefined) return user
      await this.#say('hotdesk-invalid_entry')
    }
    return undefined
  }

  async #mayEnter(user: Document): Promise<boolean> {
    const { require_pin: requiresPin, pin } = deskOf(user)
    if (flagOf(requiresPin) !== true) return true
    const wanted = textOf(pin)
    for (let tries = 0; wanted !== undefined && tries < mostTries; tries++) {
      if ((await this.#ask('hotdesk-enter_pin')) === wanted) return true
      await this.#say('hotdesk-invalid_entry')
    }
    return false
  }

  /** Logs a user out of all phones but one. */
  async #leave(userId: string, phoneId: string): Promise<void> {
    const { call } = this.#context
    const phones = await this.#ports.documents.list(call.account.id, 'devices')
    for (const document of phones) {
      if (document.id === phoneId || !guestsOf(document).includes(userId)) continue
      const phone: SettingsDocument = { collection: 'devices', document }
      const { [userId]: _, ...others } = usersOf(phone)
      await this.#change(phone, others)
    }
  }

  async #change(phone: SettingsDocument, users: Readonly<Record<string, unknown>>): Promise<void> {
    await changeSetting(phone, 'hotdesk', { users }, this.#context, this.#ports.documents)
  }

  #ask(prompt: string): Promise<string> {
    return askDigits(this.#context, {
      prompt: [promptSource(this.#context, prompt)],
      most: mostIdDigits,
      firstDigitMs: answerMs,
      interDigitMs: this.#interDigitMs,
    })
  }

  #abort(): Promise<void> {
    return this.#say('hotdesk-abort')
  }

  #say(...names: readonly string[]): Promise<void> {
    return hearPrompts(this.#context, ...names)
  }
}

const usersOf = ({ document }: SettingsDocument): Readonly<Record<string, unknown>> =>
  fieldsOf(fieldsOf(document['hotdesk'])['users'])

function onlyGuest({ document }: SettingsDocument): string | undefined {
  const guests = guestsOf(document)
  return guests.length === 1 ? guests[0] : undefined
}
