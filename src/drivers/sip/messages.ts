import type { DeviceTarget, MessagesWaiting } from '../../call/index.ts'
import { hostForUri, type MessageSummary } from '../../sip/index.ts'
import { escapedUser } from './caller-id.ts'

/** Devices whose messages are remembered at once. */
const mostDevices = 100_000

const none: MessageSummary = { newMessages: 0, savedMessages: 0 }

/** How many messages wait for each device, as was told last: for phones that ask later. */
export class MessagesTold {
  readonly #told = new Map<string, MessageSummary>()

  /** @returns the same as SIP says it */
  keep(device: Pick<DeviceTarget, 'accountId' | 'deviceId'>, waiting: MessagesWaiting): MessageSummary {
    const { account, newMessages, savedMessages } = waiting
    const accountUri = account === undefined ? {} : { accountUri: uriOf(account.user, account.realm) }
    const summary = { newMessages, savedMessages, ...accountUri }
    const key = keyOf(device)
    this.#told.delete(key)
    this.#told.set(key, summary)
    if (this.#told.size > mostDevices) {
      const [oldest] = this.#told.keys()
      if (oldest !== undefined) this.#told.delete(oldest)
    }
    return summary
  }

  of(device: Pick<DeviceTarget, 'accountId' | 'deviceId'>): MessageSummary {
    return this.#told.get(keyOf(device)) ?? none
  }
}

export const uriOf = (user: string, realm: string): string => `sip:${escapedUser(user)}@${hostForUri(realm)}`

const keyOf = ({ accountId, deviceId }: Pick<DeviceTarget, 'accountId' | 'deviceId'>): string =>
  `${accountId}/${deviceId}`
