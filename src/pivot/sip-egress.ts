import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { never, Outcome, within, type Clock } from '../base/index.ts'
import type { Egress } from '../http/index.ts'

export interface SipEgressOptions {
  readonly egress: Egress
  readonly clock: Clock
  /** All addresses of a name. Rejects when it has none. */
  readonly addressesOf?: (name: string) => Promise<readonly string[]>
}

const mostResolvingMs = 5_000

/**
 * Whether calls may go to a host that a document names: by the rules of requests to web servers, for every address that
 * the host has. A name that cannot be resolved is nowhere to go.
 */
export function sipEgress({
  egress,
  clock,
  addressesOf = resolved,
}: SipEgressOptions): (host: string) => Promise<boolean> {
  return async (host) => {
    const bare = host.replace(/^\[(.*)\]$/, '$1')
    if (isIP(bare) !== 0) return egress(bare)
    const late = (): Error => new Outcome('the name is not resolved in time')
    try {
      const addresses = await within({ clock, ms: mostResolvingMs, signal: never }, late, () => addressesOf(bare))
      return addresses.length > 0 && addresses.every((address) => egress(address))
    } catch {
      return false // There is no such name, or nobody knows.
    }
  }
}

const resolved = async (name: string): Promise<readonly string[]> =>
  (await lookup(name, { all: true })).map(({ address }) => address)
