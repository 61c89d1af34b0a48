import { asFailure, type Clock, type Log } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import type { WatchedDocuments } from '../documents/index.ts'
import { readHook, type Hook } from './hook.ts'

/** Who is told of what happens in an account. */
export interface Subscriptions {
  readonly hooks: readonly Hook[]
  readonly resellerId: string | undefined
}

export interface SubscriptionsOptions {
  readonly documents: WatchedDocuments
  readonly clock: Clock
  readonly log: Log
  /** Told of each webhook that is read, also of those that are disabled. */
  readonly onRead: (hook: Hook) => void
}

/** Documents may be older than they should be while the database is away: nothing is believed for ever. */
const believedMs = 30_000
const none: Subscriptions = { hooks: [], resellerId: undefined }

/** Which webhooks each account has, those of the accounts above it included: read once, until a document changes. */
export class SubscriptionIndex {
  readonly #options: SubscriptionsOptions
  #known = new Map<string, { readonly reading: Promise<Subscriptions>; readonly at: number }>()
  /** What was known before the last change, for when the documents cannot be read. */
  #before = new Map<string, { readonly reading: Promise<Subscriptions> }>()

  constructor(options: SubscriptionsOptions) {
    this.#options = options
  }

  /** Never rejects: without documents, what was known before still holds. */
  of(accountId: string): Promise<Subscriptions> {
    const { clock, log } = this.#options
    const at = clock.now()
    const known = this.#known.get(accountId)
    if (known !== undefined && at < known.at + believedMs) return known.reading
    const before = known ?? this.#before.get(accountId)
    const reading = this.#read(accountId).catch((error: unknown) => {
      log.error('webhooks.unread', { accountId, error: asFailure(error) })
      return before?.reading ?? none
    })
    this.#known.set(accountId, { reading, at })
    return reading
  }

  /** A webhook or an account has changed: any account below may be concerned. */
  clear(): void {
    this.#before = this.#known
    this.#known = new Map()
  }

  async #read(accountId: string): Promise<Subscriptions> {
    const { documents } = this.#options
    const account = await documents.get(accountId, 'accounts', accountId)
    const own = await this.#hooksOf(accountId)
    const above = await Promise.all(ancestorsOf(account).map((id) => this.#hooksOf(id)))
    const inherited = above.flat().filter(({ hasSubaccounts }) => hasSubaccounts)
    const resellerId = account?.['pvt_reseller_id'] ?? account?.['reseller_id']
    return {
      hooks: [...own, ...inherited].filter(({ isEnabled }) => isEnabled),
      resellerId: typeof resellerId === 'string' ? resellerId : undefined,
    }
  }

  async #hooksOf(accountId: string): Promise<readonly Hook[]> {
    const { documents, onRead } = this.#options
    const hooks = (await documents.list(accountId, 'webhooks')).flatMap((document) => {
      const hook = readHook(document, accountId)
      return hook === undefined ? [] : [hook]
    })
    hooks.forEach(onRead)
    return hooks
  }
}

/** @source KAZOO kzd_accounts: pvt_tree */
function ancestorsOf(account: Document | undefined): readonly string[] {
  const tree = account?.['pvt_tree']
  return Array.isArray(tree) ? tree.filter((id): id is string => typeof id === 'string') : []
}
