import { Failure } from '../base/index.ts'
import type { Account } from '../call/index.ts'
import type { Document } from '../callflow/index.ts'
import type { Directory, Endpoint, Subscriber } from '../switchboard/index.ts'
import { isObject, nested, textOf } from './fields.ts'
import { Indexes } from './indexes.ts'
import type { DocumentChange, WatchedDocuments } from './store.ts'

/** The account of a house that nobody has told of any. */
export const demoAccount: Document = { id: 'demo', name: 'Demo', realm: 'pivot.local' }

const mostAccounts = 2_000
const everybody = ''

/** The account that a KAZOO account document describes. `country` and `secret` are ours. */
export function accountOf(document: Document): Account {
  const secret = textOf(document['secret'])
  const holdMusic = holdMusicOf(document)
  return {
    id: document.id,
    realm: textOf(document['realm']) ?? '',
    language: (textOf(document['language']) ?? 'en-us').toLowerCase(),
    timezone: textOf(document['timezone']) ?? 'UTC',
    country: (textOf(document['country']) ?? 'US').toUpperCase(),
    ...(secret === undefined ? {} : { secret }),
    ...(holdMusic === undefined ? {} : { holdMusic }),
  }
}

/**
 * The account that calls to a realm of nobody belong to: the one of this id when it is given, else the one that was
 * loaded at start, else the only one there is.
 *
 * @throws CONFIG_INVALID when there is no account of the given id
 */
export async function defaultAccountOf(
  documents: WatchedDocuments,
  { id, loaded }: { readonly id: string | undefined; readonly loaded: Document | undefined },
): Promise<Document | undefined> {
  if (id === undefined && loaded !== undefined) return loaded
  const accounts = await documents.accounts()
  if (id === undefined) return accounts.length === 1 ? accounts[0] : undefined
  const account = accounts.find((candidate) => candidate.id === id)
  if (account === undefined) throw new Failure('CONFIG_INVALID', { at: 'default_account', problem: 'no such account' })
  return account
}

/** Those that are switched off have their realms, but no calls. */
interface Accounts {
  readonly byId: ReadonlyMap<string, Subscriber>
  readonly byRealm: ReadonlyMap<string, Subscriber | undefined>
}

/** Accounts by the realms of their documents, and their devices. Indexed once, and again after a change. */
export class DocumentDirectory implements Directory {
  readonly #documents: WatchedDocuments
  readonly #default: Document | undefined
  readonly #accounts = new Indexes<Accounts>(1)
  readonly #endpoints = new Indexes<ReadonlyMap<string, Endpoint>>(mostAccounts)

  /** @param defaultAccount has the calls to realms of nobody, and is there whether it is stored or not */
  constructor(defaultAccount: Document | undefined, documents: WatchedDocuments) {
    this.#default = defaultAccount
    this.#documents = documents
  }

  /** The default account, as it was at start. */
  get account(): Account {
    return accountOf(this.#default ?? demoAccount)
  }

  /** The account of this id; undefined for one that is switched off. */
  async byId(accountId: string): Promise<Subscriber | undefined> {
    return (await this.#index()).byId.get(accountId)
  }

  /** The account that has this realm itself. */
  async byRealm(realm: string): Promise<Subscriber | undefined> {
    return (await this.#index()).byRealm.get(realm.toLowerCase())
  }

  /** All accounts that are not switched off, in the order of ids. */
  async all(): Promise<readonly Subscriber[]> {
    return [...(await this.#index()).byId.values()]
  }

  /** Undefined also for accounts that are switched off. */
  async subscriber(realm: string): Promise<Subscriber | undefined> {
    const { byId, byRealm } = await this.#index()
    const asked = realm.toLowerCase()
    if (byRealm.has(asked)) return byRealm.get(asked)
    return this.#default && byId.get(this.#default.id)
  }

  async endpoint(accountId: string, username: string): Promise<Endpoint | undefined> {
    const endpoints = await this.#endpoints.get(accountId, () => this.#buildEndpoints(accountId))
    const endpoint = endpoints.get(username.toLowerCase())
    const [ownerId] = endpoint?.caller.ownerIds ?? []
    if (endpoint === undefined || ownerId === undefined) return endpoint
    // What a user says goes before what the device says: see `preferredText`.
    const holdMusic = holdMusicOf(await this.#documents.get(accountId, 'users', ownerId))
    return holdMusic === undefined ? endpoint : { ...endpoint, caller: { ...endpoint.caller, holdMusic } }
  }

  /** ISO 3166 alpha-2: where an account's numbers in national form are. */
  async countryOf(accountId: string): Promise<string> {
    const { byId } = await this.#index()
    return byId.get(accountId)?.account.country ?? this.account.country
  }

  /** To be told of each change of a document. */
  onChange({ accountId, collection }: DocumentChange): void {
    if (collection === 'accounts') this.#accounts.forget(everybody)
    if (collection === 'accounts' || collection === 'devices') this.#endpoints.forget(accountId)
  }

  #index(): Promise<Accounts> {
    return this.#accounts.get(everybody, () => this.#buildAccounts())
  }

  async #buildAccounts(): Promise<Accounts> {
    const stored = await this.#documents.accounts()
    const isStored = stored.some(({ id }) => id === this.#default?.id)
    const all = this.#default === undefined || isStored ? stored : [this.#default, ...stored]
    const byId = new Map<string, Subscriber>()
    const byRealm = new Map<string, Subscriber | undefined>()
    for (const document of all) {
      const account = accountOf(document)
      const realm = account.realm.toLowerCase()
      const subscriber =
        document['enabled'] === false
          ? undefined
          : { account, preflowId: textOf(nested(document, 'preflow', 'always')) }
      if (subscriber !== undefined) byId.set(document.id, subscriber)
      // Of accounts that share a realm, which the API refuses, the first keeps it.
      if (realm !== '' && !byRealm.has(realm)) byRealm.set(realm, subscriber)
    }
    return { byId, byRealm }
  }

  async #buildEndpoints(accountId: string): Promise<ReadonlyMap<string, Endpoint>> {
    const endpoints = new Map<string, Endpoint>()
    for (const device of await this.#documents.list(accountId, 'devices')) {
      // Devices that are known by their address need no name.
      const username = (textOf(nested(device, 'sip', 'username')) ?? device.id).toLowerCase()
      if (device['enabled'] !== false && !endpoints.has(username)) endpoints.set(username, endpointOf(device))
    }
    return endpoints
  }
}

const holdMusicOf = (document: Document | undefined): string | undefined =>
  document && textOf(nested(document, 'music_on_hold', 'media_id'))

function endpointOf(device: Document): Endpoint {
  const holdMusic = holdMusicOf(device)
  const owner = textOf(device['owner_id'])
  const guests = nested(device, 'hotdesk', 'users') // Whoever is logged in at it counts instead of its owner.
  const users = isObject(guests) ? Object.keys(guests) : []
  const ownerIds = users.length > 0 || owner === undefined ? users : [owner]
  return {
    caller: {
      authorizingId: device.id,
      authorizingType: 'device',
      ownerIds,
      ...(holdMusic === undefined ? {} : { holdMusic }),
    },
    language: textOf(device['language']),
  }
}
