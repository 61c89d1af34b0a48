import type { Account } from '../call/index.ts'
import type { Document, Documents } from '../callflow/index.ts'
import type { Directory, Endpoint, Subscriber } from '../switchboard/index.ts'
import { nested, textOf } from './fields.ts'
import type { DocumentChange } from './store.ts'

/** The account of a house that nobody has told of any. */
export const demoAccount: Document = { id: 'demo', name: 'Demo', realm: 'pivot.local' }

/** The account that a KAZOO account document describes. `country` and `secret` are ours. */
export function accountOf(document: Document): Account {
  const secret = textOf(document['secret'])
  return {
    id: document.id,
    realm: textOf(document['realm']) ?? '',
    language: (textOf(document['language']) ?? 'en-us').toLowerCase(),
    timezone: textOf(document['timezone']) ?? 'UTC',
    country: (textOf(document['country']) ?? 'US').toUpperCase(),
    ...(secret === undefined ? {} : { secret }),
  }
}

/** One account and its devices, as their documents say. All calls belong to it, whatever realm they ask for. */
export class DocumentDirectory implements Directory {
  readonly #documents: Documents
  readonly #subscriber: Subscriber
  #endpoints: Promise<ReadonlyMap<string, Endpoint>> | undefined

  constructor(account: Document, documents: Documents) {
    this.#documents = documents
    this.#subscriber = { account: accountOf(account), preflowId: textOf(nested(account, 'preflow', 'always')) }
  }

  get account(): Account {
    return this.#subscriber.account
  }

  async subscriber(): Promise<Subscriber> {
    return this.#subscriber
  }

  async endpoint(accountId: string, username: string): Promise<Endpoint | undefined> {
    this.#endpoints ??= this.#index(accountId)
    return (await this.#endpoints).get(username.toLowerCase())
  }

  /** To be told of each change of a document. */
  onChange({ collection }: DocumentChange): void {
    if (collection === 'devices') this.#endpoints = undefined
  }

  async #index(accountId: string): Promise<ReadonlyMap<string, Endpoint>> {
    const endpoints = new Map<string, Endpoint>()
    for (const device of await this.#documents.list(accountId, 'devices')) {
      const username = textOf(nested(device, 'sip', 'username'))
      if (username !== undefined && device['enabled'] !== false)
        endpoints.set(username.toLowerCase(), endpointOf(device))
    }
    return endpoints
  }
}

function endpointOf(device: Document): Endpoint {
  const owner = textOf(device['owner_id'])
  return {
    caller: { authorizingId: device.id, authorizingType: 'device', ownerIds: owner === undefined ? [] : [owner] },
    language: textOf(device['language']),
  }
}
