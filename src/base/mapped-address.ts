import { isIPv4 } from 'node:net'

const prefix = '::ffff:'

/** An IPv4 address as itself, also when it comes from a socket for both families (`::ffff:192.0.2.1`). */
export function plainAddress(address: string): string {
  const rest = address.slice(prefix.length)
  return address.startsWith(prefix) && isIPv4(rest) ? rest : address
}

/** An address as a datagram socket of this family takes it; one for IPv6 that is bound to `::` reaches IPv4 too. */
export function addressFor(family: 4 | 6, address: string): string {
  return family === 6 && isIPv4(address) ? `${prefix}${address}` : address
}
