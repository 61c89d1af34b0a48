import type { Clock, Log } from './base/index.ts'
import type { Document } from './callflow/index.ts'
import type { WatchedDocuments } from './documents/index.ts'
import type { EmbeddedDriver } from './drivers/sip/index.ts'
import { TrunkBook, TrunkCalls, TrunkRegistrations } from './registrations/index.ts'
import { resolver, systemNames } from './sip/index.ts'

export interface TrunkingOptions {
  readonly documents: WatchedDocuments
  readonly defaultAccount: Document | undefined
  /** The account whose trunks are for all. */
  readonly operatorId: string
  readonly mayDial: (host: string) => Promise<boolean>
  /** What registers: it is there by the time of `begin`. */
  readonly driver: () => Pick<EmbeddedDriver, 'registration'>
  readonly clock: Clock
  readonly log: Log
}

/** Everything about trunks that goes on without a call, and what calls that come by them need. */
export interface Trunking {
  readonly registrations: TrunkRegistrations
  readonly book: TrunkBook
  readonly calls: TrunkCalls
  /** Once calls can arrive. */
  begin(): Promise<void>
  close(): Promise<void>
}

export function openTrunking({ driver, mayDial, ...options }: TrunkingOptions): Trunking {
  const resolve = resolver(systemNames(0), options.clock)
  const registrations = new TrunkRegistrations({
    ...options,
    mayDial,
    register: (order) => driver().registration(order),
  })
  const book = new TrunkBook({
    ...options,
    async addressesOf({ server: host, port, transport }) {
      const flows = await resolve({ host, port, transport })
      return flows.map(({ address }) => address)
    },
  })
  const calls = new TrunkCalls({
    ...options,
    byContact: (user) => registrations.byContact(user),
    at: (address) => book.at(address),
  })
  return {
    registrations,
    book,
    calls,
    async begin() {
      await Promise.all([book.begin(), registrations.begin()])
    },
    async close() {
      await Promise.all([book.close(), registrations.close()])
    },
  }
}
