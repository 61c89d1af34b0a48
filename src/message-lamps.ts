import { asFailure, fieldsOf, never, textOf, type Clock, type Log } from './base/index.ts'
import type { Driver } from './call/index.ts'
import type { Document } from './callflow/index.ts'
import { accountOf, type WatchedDocuments } from './documents/index.ts'
import { guestsOf } from './endpoints/index.ts'

export interface MessageLampsOptions {
  readonly documents: WatchedDocuments
  readonly driver: Pick<Driver, 'tellMessages'>
  readonly clock: Clock
  readonly log: Log
}

/** What changes within this time is told once. */
const gatherMs = 200
const collections = new Set(['messages', 'vmboxes', 'devices'])

interface Waiting {
  readonly newMessages: number
  readonly savedMessages: number
}

/**
 * Tells the phones of whoever owns a voicemail box how many messages wait there: when that changes, whoever has changed
 * it, and once at the start.
 *
 * @source KAZOO cf_voicemail.erl and kvm_mwi.erl; RFC 3842
 */
export class MessageLamps {
  readonly #options: MessageLampsOptions
  readonly #unwatch: () => void
  /** By account and device: what was told last. */
  readonly #told = new Map<string, string>()
  readonly #due = new Set<string>()

  constructor(options: MessageLampsOptions) {
    this.#options = options
    this.#unwatch = options.documents.onChange(({ accountId, collection }) => {
      if (collections.has(collection)) this.#soon(accountId)
    })
  }

  /** Tells all phones. */
  async begin(): Promise<void> {
    for (const { id } of await this.#options.documents.accounts()) this.#soon(id)
  }

  async close(): Promise<void> {
    this.#unwatch()
  }

  #soon(accountId: string): void {
    if (this.#due.has(accountId)) return
    this.#due.add(accountId)
    const { clock, log } = this.#options
    void clock
      .sleep(gatherMs, never)
      .then(() => {
        this.#due.delete(accountId)
        return this.#tell(accountId)
      })
      .catch((error: unknown) => log.error('message-lamps.not-told', { accountId, error: asFailure(error) }))
  }

  async #tell(accountId: string): Promise<void> {
    const { documents, driver } = this.#options
    const boxes = (await documents.list(accountId, 'vmboxes')).filter((box) => textOf(box['owner_id']) !== undefined)
    const account = boxes.length === 0 ? undefined : await documents.get(accountId, 'accounts', accountId)
    if (account === undefined) return
    const messages = await documents.list(accountId, 'messages')
    for (const device of await documents.list(accountId, 'devices')) {
      const own = boxes.filter((box) => isOf(device, textOf(box['owner_id'])))
      const username = textOf(fieldsOf(device['sip'])['username'])
      if (own.length === 0 || username === undefined) continue
      const waiting = waitingIn(own, messages)
      const key = `${accountId} ${device.id}`
      if (this.#told.get(key) === JSON.stringify(waiting)) continue
      this.#told.set(key, JSON.stringify(waiting))
      const realm = textOf(fieldsOf(device['sip'])['realm']) ?? accountOf(account).realm
      await driver.tellMessages({ kind: 'device', accountId, deviceId: device.id, username, realm }, waiting)
    }
  }
}

const isOf = (device: Document, userId: string | undefined): boolean =>
  userId !== undefined && (textOf(device['owner_id']) === userId || guestsOf(device).includes(userId))

function waitingIn(boxes: readonly Document[], messages: readonly Document[]): Waiting {
  const ids = new Set<unknown>(boxes.map(({ id }) => id))
  const count = (folder: string): number =>
    messages.filter((message) => ids.has(message['box']) && message['folder'] === folder).length
  return { newMessages: count('new'), savedMessages: count('saved') }
}
