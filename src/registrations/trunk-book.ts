import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { asFailure, Outcome, within, type Clock, type Log } from '../base/index.ts'
import type { WatchedDocuments } from '../documents/index.ts'
import { readTrunk, type Gateway, type Trunk } from '../trunks/index.ts'
import type { TrunkName } from './trunk-registrations.ts'

export interface TrunkBookOptions {
  readonly documents: WatchedDocuments
  /** The account whose word counts for all. */
  readonly operatorId: string
  /** All addresses that calls of a gateway's server may come from. Rejects when there are none. */
  readonly addressesOf: (gateway: Gateway) => Promise<readonly string[]>
  readonly clock: Clock
  readonly log: Log
}

interface Network {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6
  readonly bits: number
}

interface Entry {
  readonly name: TrunkName
  readonly networks: readonly Network[]
}

/** Names may move: they are looked up so often. */
const refreshMs = 300_000
const mostResolvingMs = 5_000
const mostTrunks = 10_000
/** No account but the operator's may claim more of the Internet than this at a time. */
const leastBits = { ipv4: 24, ipv6: 48 } as const

const closed: Error = new Outcome('the book is closed')

/** Which addresses the calls of which trunks come from. */
export class TrunkBook {
  readonly #options: TrunkBookOptions
  readonly #closing = new AbortController()
  readonly #unwatch: () => void
  /** The last that was found of each server, for when it cannot be found. */
  readonly #known = new Map<string, readonly string[]>()
  #entries: readonly Entry[] = []
  #reading: Promise<void> = Promise.resolve()
  #refreshing: Promise<void> = Promise.resolve()

  constructor(options: TrunkBookOptions) {
    this.#options = options
    this.#unwatch = options.documents.onChange(({ collection }) => {
      if (collection === 'resources' || collection === 'accounts') void this.#readSoon()
    })
  }

  /** Resolves when all trunks are known. */
  async begin(): Promise<void> {
    await this.#readSoon()
    this.#refreshing = this.#refreshAgainAndAgain()
  }

  /** The trunks that have this address. */
  at(address: string): readonly TrunkName[] {
    if (isIP(address) === 0 || this.#entries.length === 0) return []
    const parsed = ipaddr.process(address)
    return this.#entries.filter(({ networks }) => networks.some((one) => isIn(parsed, one))).map(({ name }) => name)
  }

  async close(): Promise<void> {
    this.#unwatch()
    this.#closing.abort(closed)
    await Promise.all([this.#reading, this.#refreshing])
  }

  async #refreshAgainAndAgain(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      await clock.sleep(refreshMs, signal).catch(() => undefined)
      await this.#readSoon()
    }
  }

  /** Reads go one after another. */
  #readSoon(): Promise<void> {
    this.#reading = this.#reading
      .then(() => this.#read())
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted)
          this.#options.log.error('registrations.trunks-unread', { error: asFailure(error) })
      })
    return this.#reading
  }

  async #read(): Promise<void> {
    if (this.#closing.signal.aborted) return
    const { documents } = this.#options
    const trunks: Trunk[] = []
    for (const { id, enabled } of await documents.accounts()) {
      if (enabled === false) continue
      for (const document of await documents.list(id, 'resources')) {
        const trunk = readTrunk(id, document)
        if (trunk !== undefined && trunks.length < mostTrunks) trunks.push(trunk)
      }
    }
    this.#entries = await Promise.all(
      trunks.map(async (trunk) => ({
        name: { accountId: trunk.accountId, resourceId: trunk.id },
        networks: await this.#networksOf(trunk),
      })),
    )
  }

  async #networksOf(trunk: Trunk): Promise<readonly Network[]> {
    const found = await Promise.all(
      trunk.gateways.map(async (gateway) => [...(await this.#serverOf(gateway)), ...gateway.inboundAddresses]),
    )
    return found.flat().flatMap((text) => this.#network(text, trunk) ?? [])
  }

  async #serverOf(gateway: Gateway): Promise<readonly string[]> {
    const { server } = gateway
    if (server === '') return []
    if (isIP(server) !== 0) return [server]
    const { clock, addressesOf } = this.#options
    const late = (): Error => new Outcome('the name is not resolved in time')
    const limits = { clock, ms: mostResolvingMs, signal: this.#closing.signal }
    try {
      this.#known.set(gateway.key, await within(limits, late, () => addressesOf(gateway)))
    } catch (error) {
      this.#closing.signal.throwIfAborted()
      this.#options.log.info('registrations.trunk-unresolved', { server, error })
    }
    return this.#known.get(gateway.key) ?? []
  }

  #network(text: string, { accountId, id }: Trunk): Network | undefined {
    const network = networkOf(text)
    const isTooWide =
      network !== undefined &&
      accountId !== this.#options.operatorId &&
      network.bits < leastBits[network.address.kind()]
    if (network !== undefined && !isTooWide) return network
    const why = isTooWide ? 'only the operator may have so many addresses' : 'this is no address and no network'
    this.#options.log.warn('registrations.address-left-out', { accountId, resourceId: id, address: text, why })
    return undefined
  }
}

function networkOf(text: string): Network | undefined {
  if (isIP(text) !== 0) {
    const address = ipaddr.process(text)
    return { address, bits: address.kind() === 'ipv4' ? 32 : 128 }
  }
  if (!ipaddr.isValidCIDR(text)) return undefined
  const [address, bits] = ipaddr.parseCIDR(text)
  return { address, bits }
}

const isIn = (one: ipaddr.IPv4 | ipaddr.IPv6, { address, bits }: Network): boolean =>
  one.kind() === address.kind() && one.match(address, bits)
