import { textsOf } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import { DocumentDirectory, Indexes, type WatchedDocuments } from '../documents/index.ts'
import { normalizeNumber } from '../number/index.ts'
import type { Subscriber, TrunkCall } from '../switchboard/index.ts'
import type { TrunkName } from './trunk-registrations.ts'

export interface TrunkCallsOptions {
  readonly documents: WatchedDocuments
  /** Has the trunks that bring calls to all accounts. */
  readonly defaultAccount: Document | undefined
  readonly operatorId: string
  /** The trunk that has called a contact of ours. */
  readonly byContact: (user: string) => TrunkName | undefined
  /** The trunks whose calls come from an address. */
  readonly at: (address: string) => readonly TrunkName[]
}

/** What is to be known of a call from outside. */
export interface IncomingCall {
  /** `192.0.2.1:5060` */
  readonly source: string
  readonly registeredContact?: string | undefined
  readonly request: { readonly user: string; readonly realm: string }
}

const mostAccounts = 2_000

/**
 * Whose a call is that comes by a trunk: the account's that has its number in a callflow. The operator's trunks bring calls
 * to all accounts, everybody else's to their own account alone. A call that names the realm of an account is that
 * account's, whatever the number.
 *
 * @source KAZOO stepswitch_inbound / trunkstore: calls of carriers go to the account that the number is assigned to
 */
export class TrunkCalls {
  readonly #options: TrunkCallsOptions
  readonly #directory: DocumentDirectory
  /** The numbers in the callflows of accounts, as normalized there. */
  readonly #numbers = new Indexes<ReadonlySet<string>>(mostAccounts)

  constructor(options: TrunkCallsOptions) {
    const { documents, defaultAccount } = options
    this.#options = options
    this.#directory = new DocumentDirectory(defaultAccount, documents)
    documents.onChange((change) => {
      this.#directory.onChange(change)
      if (change.collection === 'callflows' || change.collection === 'accounts') this.#numbers.forget(change.accountId)
    })
  }

  /** Undefined for a call that comes by no trunk, or by none that may bring it. */
  async find({ source, registeredContact, request }: IncomingCall): Promise<TrunkCall | undefined> {
    const { operatorId } = this.#options
    const trunks = this.#trunksOf(source, registeredContact)
    const [first] = trunks
    if (first === undefined) return undefined
    const ofOperator = trunks.find(({ accountId }) => accountId === operatorId)
    const trunkFor = (accountId: string): TrunkName | undefined =>
      trunks.find((one) => one.accountId === accountId) ?? ofOperator
    const named = await this.#directory.byRealm(request.realm)
    const all = named === undefined ? await this.#candidates(trunks, ofOperator !== undefined) : [named]
    for (const subscriber of all) {
      const number = await this.#numberAt(subscriber, request.user)
      if (number !== undefined) return callOf(subscriber, number, trunkFor(subscriber.account.id))
    }
    // Nobody lists it: patterns may have it, of whoever's trunk it is.
    const owner = named ?? (await this.#ownerOf(trunks, ofOperator))
    return owner && callOf(owner, normalizeNumber(request.user, owner.account.country), trunkFor(owner.account.id))
  }

  #trunksOf(source: string, contact: string | undefined): readonly TrunkName[] {
    const { byContact, at } = this.#options
    const registered = contact === undefined ? undefined : byContact(contact)
    return registered === undefined ? at(addressOf(source)) : [registered]
  }

  /** The operator's account comes first, so that nobody takes a number of it by writing it down. */
  async #candidates(trunks: readonly TrunkName[], isForAll: boolean): Promise<readonly Subscriber[]> {
    const { operatorId } = this.#options
    const all = await this.#directory.all()
    const operator = all.filter(({ account }) => account.id === operatorId)
    const others = all.filter(
      ({ account: { id } }) => id !== operatorId && (isForAll || trunks.some(({ accountId }) => accountId === id)),
    )
    return [...operator, ...others]
  }

  #ownerOf(trunks: readonly TrunkName[], ofOperator: TrunkName | undefined): Promise<Subscriber | undefined> {
    const owners = new Set(trunks.map(({ accountId }) => accountId))
    const [only] = owners
    const owner = ofOperator?.accountId ?? (owners.size === 1 ? only : undefined)
    return owner === undefined ? Promise.resolve(undefined) : this.#directory.byId(owner)
  }

  /** The number as the account has it: carriers leave the plus of E.164 out. */
  async #numberAt({ account }: Subscriber, dialled: string): Promise<string | undefined> {
    const { id, country } = account
    const numbers = await this.#numbers.get(id, async () => {
      const callflows = await this.#options.documents.list(id, 'callflows')
      return new Set(
        callflows.flatMap(({ numbers: listed }) => textsOf(listed).map((one) => normalizeNumber(one, country))),
      )
    })
    const bare = /^[1-9]\d{7,14}$/.test(dialled) ? [`+${dialled}`] : []
    return [normalizeNumber(dialled, country), ...bare].find((number) => numbers.has(number))
  }
}

/** Undefined when no trunk may bring calls to the account: the call is then like any other of a stranger. */
function callOf(subscriber: Subscriber, number: string, trunk: TrunkName | undefined): TrunkCall | undefined {
  if (trunk === undefined) return undefined
  return { subscriber, number, caller: { authorizingId: trunk.resourceId, authorizingType: 'resource', ownerIds: [] } }
}

const addressOf = (source: string): string => /^\[(.*)\]:\d+$/.exec(source)?.[1] ?? source.replace(/:\d+$/, '')
